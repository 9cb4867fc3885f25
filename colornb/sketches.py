"""Line art from colour pictures by XDoG, the extended difference of Gaussians.

XDoG is by Winnemoeller et al. (2012). The luminance I in [0, 1] is sharpened to u and thresholded
to T in [0, 1], where 1 is white paper and 0 a line:

    u = (1 + p) G_s - p G_ks    (p form)
    u = G_s - tau G_ks          (tau form: the p form times 1 - tau)
    T = 1 where u >= epsilon, else 1 + tanh(phi (u - epsilon))

G_s is I blurred by a Gaussian of standard deviation s pixels. With tau = p / (1 + p) both forms
draw the same lines if epsilon_tau = (1 - tau) epsilon_p and phi_tau = phi_p / (1 - tau).

Everything is computed in float32 or better, where the picture lies. Tools built on OpenCV blur
8-bit pictures with shorter kernels than float pictures, and round in between, so that their lines
depend on the type of the array; here 8-bit pictures become floats first
(`colornb.images.from_uint8`), and both draw the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from colornb.color import at_least_float32, luma
from colornb.filters import Scale, kernel_radius, mirrored_gaussian_blur
from colornb.images import resize
from colornb.types import RGB, Float, Planes, Sketch


def _check_form(p: float | None, tau: float | None) -> None:
    if (p is None) == (tau is None):
        raise ValueError("XDoG is written with p or with tau: give exactly one of them")


@dataclass(frozen=True)
class XDoG:
    """How to draw: the parameters of XDoG.

    `sigma` (pixels) and `k` list what they may be: each picture gets one of them, or with `uniform`
    a number between the first and the last. Give `p` or `tau`, not both; `epsilon` and `phi` are in
    that form. Where u is below `floor` the paper stays white. `colored` draws a line wherever red,
    green or blue has one, instead of the luminance. `side` scales sigma up with pictures whose
    shorter side is longer than this many pixels.
    """

    sigma: tuple[float, ...]
    k: tuple[float, ...]
    epsilon: float
    phi: float
    p: float | None = None
    tau: float | None = None
    uniform: bool = False
    floor: float | None = None
    colored: bool = False
    side: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if not self.sigma or not self.k or min(self.sigma) <= 0 or min(self.k) <= 0:
            raise ValueError("sigma and k must list positive numbers, such as sigma=(0.4,), k=(1.6,)")
        _check_form(self.p, self.tau)


PRESETS: dict[str, XDoG] = {
    # The recipe of Lee et al. (CVPR 2020), which GuidingPainter's data follow: three line widths,
    # hard black and white. Literal, with what that does to photographs: areas with luma below 0.01
    # are filled black, and the noise of dark areas becomes a stipple (a quarter of the pixels of a
    # photograph are ink). Cartoons, for which it was made, fare well. The kernel's radius and the
    # treatment of edges are not published; ours are those of `mirrored_gaussian_blur`.
    "guiding_painter": XDoG(sigma=(0.3, 0.4, 0.5), k=(4.5,), p=19.0, epsilon=0.01, phi=1e9),
    # Winnemoeller et al. 2012: k = 1.6 approximates the Laplacian of a Gaussian. Their epsilon is a
    # tone to be chosen; 0 draws contours only.
    "classic": XDoG(sigma=(1.0,), k=(1.6,), tau=0.98, epsilon=0.0, phi=200.0),
    # Tag2Pix (Kim et al. 2019). Deviation: its code blurs in 8 bits and writes paper as 254 (255
    # where u is exactly 0 or below the floor); here all is float and paper is 1.
    "tag2pix": XDoG(sigma=(0.35, 0.45), k=(2.0, 3.0), tau=0.95, epsilon=0.0, phi=1e9, uniform=True, floor=-0.5),
    # Ours, for drawings from photographs: no tone (tau = 1), edges of colour as well as of
    # lightness, slightly soft lines, a threshold that ignores noise and fine texture, and the same
    # drawing at every size.
    "clean": XDoG(sigma=(1.2,), k=(1.6,), tau=1.0, epsilon=-0.012, phi=50.0, colored=True, side=256),
}


def sketch(rgb: RGB, preset: str | XDoG = "guiding_painter", generator: torch.Generator | None = None) -> Sketch:
    """Draw pictures (sRGB in [0, 1]) as line art in [0, 1], 1 = white paper.

    `preset` is a name in `PRESETS` or an `XDoG`. `generator` chooses sigma and k for every picture;
    without one all get the middle. Areas of one colour become white paper ("guiding_painter": if
    their luma is above 0.01). Raises ValueError for unknown presets.
    """
    style = preset if isinstance(preset, XDoG) else PRESETS.get(preset)
    if style is None:
        raise ValueError(f"no sketch preset named {preset!r}: choose one of {', '.join(PRESETS)}")
    u = _sharpened(rgb if style.colored else luma(rgb), style, generator)
    lines = threshold(u, style.epsilon, style.phi)
    return lines if style.floor is None else lines.where(u >= style.floor, 1.0)


def xdog(
    luma: Float[Tensor, "b 1 h w"],
    sigma: Scale,
    k: Scale,
    *,
    p: float | None = None,
    tau: float | None = None,
    epsilon: float,
    phi: float,
) -> Sketch:
    """XDoG of luminance in [0, 1], in the p form or the tau form, whichever of the two is given."""
    return threshold(difference(luma, sigma, k, p=p, tau=tau), epsilon, phi)


def difference(
    image: Planes,
    sigma: Scale,
    k: Scale,
    *,
    p: float | None = None,
    tau: float | None = None,
    radii: tuple[int, int] | None = None,
) -> Planes:
    """The sharpened picture u of XDoG, in the p form or the tau form; `radii` as in `mirrored_gaussian_blur`."""
    _check_form(p, tau)
    near, far = radii or (None, None)
    narrow, wide = mirrored_gaussian_blur(image, sigma, near), mirrored_gaussian_blur(image, sigma * k, far)
    if tau is not None:
        return narrow - tau * wide
    # (1 + p) G_s - p G_ks, written so that areas of one colour come out exact whatever p is.
    return narrow + p * (narrow - wide)


def threshold(u: Planes, epsilon: float, phi: float) -> Planes:
    """T of XDoG: 1 where u >= epsilon, and 1 + tanh(phi (u - epsilon)) below.

    tanh(0) = 0 makes one expression of both. Computed in float32 or better, as phi = 1e9 is beyond
    half precision; finite for any u that is.
    """
    return 1 + torch.tanh(phi * (at_least_float32(u) - epsilon).clamp(max=0))


def _sharpened(image: Planes, style: XDoG, generator: torch.Generator | None) -> Float[Tensor, "b 1 h w"]:
    size, scale = image.shape[-2:], 1.0
    if style.side is not None:
        scale = max(1.0, min(size) / style.side)
        if scale > 2:  # blurred that much, u is smooth: found on a smaller copy, it grows back without loss
            image, scale = resize(image, 2 * style.side), 2.0
    widest = scale * max(style.sigma)
    radii = kernel_radius(widest), kernel_radius(widest * max(style.k))
    sigma = scale * _draw(style.sigma, image, style.uniform, generator)
    k = _draw(style.k, image, style.uniform, generator)
    u = difference(image, sigma, k, p=style.p, tau=style.tau, radii=radii)
    return resize(u.amin(1, keepdim=True), tuple(size))


def _draw(
    values: Sequence[float], like: Tensor, uniform: bool, generator: torch.Generator | None
) -> Float[Tensor, " b"]:
    """One of `values`, or a number between the first and the last, for each picture of `like`."""
    n, dtype = like.shape[0], torch.promote_types(like.dtype, torch.float32)
    if generator is None or len(values) == 1:
        middle = (values[0] + values[-1]) / 2 if uniform else sorted(values)[len(values) // 2]
        return torch.full((n,), middle, dtype=dtype, device=like.device)
    if uniform:
        share = torch.rand(n, generator=generator, device=generator.device)
        drawn = values[0] + (values[-1] - values[0]) * share
    else:
        which = torch.randint(len(values), (n,), generator=generator, device=generator.device)
        drawn = torch.tensor(values, dtype=dtype, device=generator.device)[which]
    return drawn.to(like.device, dtype)
