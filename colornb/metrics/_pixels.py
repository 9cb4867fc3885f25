"""Pictures as metrics want them."""

from colornb.types import RGB


def checked(rgb: RGB) -> RGB:
    """The same in double precision, if it is in range; a ValueError in one line otherwise."""
    low, high = rgb.amin().item(), rgb.amax().item()
    if not (low >= 0 and high <= 1):
        raise ValueError(f"pictures must be sRGB in [0, 1], these go from {low:.3g} to {high:.3g}: decode them first")
    return rgb.float() if rgb.device.type == "mps" else rgb.double()  # Apple's GPUs have no double precision
