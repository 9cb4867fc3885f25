"""What the plain re-computations share: weights drawn from the hash of their names, and layers read from a state dict.

Nothing here or in the functions named `plain` comes from the package: only keys, shapes and arithmetic of the published
classes. Wherever the package reads another key, leaves out a norm or adds in another order, outputs differ.
"""

import json
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb, rgb2lab

MANIFESTS = Path(__file__).parents[1] / "manifests"
POSITIVE = ("running_var", "weight_g", "gamma", "std")  # these, and what batch norms multiply with
EPS = 1e-5  # of all batch norms


def shapes(name):
    """The keys of a published state dict, and their shapes."""
    return {key: tuple(shape) for key, shape in json.loads((MANIFESTS / f"{name}.json").read_text()).items()}


def narrow(name, network):
    """The keys of a published state dict, with the shapes of the same network at another width."""
    own, published = {key: tuple(value.shape) for key, value in network.state_dict().items()}, shapes(name)
    assert {key: len(shape) for key, shape in own.items()} == {key: len(shape) for key, shape in published.items()}
    return own


def filled(name, network=None, **scales):
    """A state dict with the keys and shapes of a manifest, every entry drawn from the hash of its key.

    Another `network` has shapes of its own. Signals keep about their size. `scales` multiplies entries whose keys end
    so ("_" is for "."): what lies before a tanh or beside a shortcut must stay small, or all outputs lie at a bound.
    The numbers have 32 bits, kept in 64.
    """
    own = narrow(name, network) if network else shapes(name)
    state = {key: _drawn(key, shape) for key, shape in own.items()}
    for key in [key for key in state if key.endswith("weight_orig")]:
        _direct(state, key.removesuffix("weight_orig"))
    for ending, scale in scales.items():
        known = [key for key in state if key.replace(".", "_").endswith(ending)]
        assert known, ending
        for key in known:
            state[key] *= scale
    return {key: value.double() if value.is_floating_point() else value for key, value in state.items()}


def _drawn(key, shape):
    draw = torch.Generator().manual_seed(zlib.crc32(key.encode()))
    last = key.rpartition(".")[2]
    if last == "num_batches_tracked":
        return torch.randint(1, 99, (), generator=draw)
    if last in POSITIVE or (last == "weight" and len(shape) == 1):
        return 0.5 + torch.rand(shape, generator=draw)
    spread = (2 / max(1, np.prod(shape[1:]))) ** 0.5 if last.startswith("weight") and len(shape) > 1 else 0.3
    return torch.randn(shape, generator=draw).mul_(spread)


def _direct(state, prefix):
    """Directions of a spectral norm by which the gain is about 1, and not the largest there is."""
    u, flat = state[f"{prefix}weight_u"], state[f"{prefix}weight_orig"].flatten(1)
    v = flat.T @ u
    state[f"{prefix}weight_v"] = v * (1 + 0.3 * u[0].tanh()) / v.square().sum()


def dense(*shape, seed=0):
    """Inputs in [-1, 1] without a zero, at 64 bits."""
    return 2 * torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double) - 1


def official(name, state):
    """What `methods.load_official` makes of a file that holds this; at 64 bits, where rounding hides no mistake."""
    from colornb import checkpoints, methods

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "fetch", lambda path: path)
        patch.setattr(checkpoints, "read_published", lambda path: state)
        return methods.load_official(name, "the file").double()


def agree(found, expected, part=1e-9):
    """Whether two outputs are alike to so much of the largest; refuses outputs that would hide mistakes."""
    largest = expected.abs().max()
    assert found.shape == expected.shape
    assert expected.std() > 0.05 * largest, "hardly anything but a constant"
    assert (expected.abs() > 0.99 * largest).sum() <= 1 + expected.numel() // 10, "at its bounds"
    error = ((found - expected).abs().max() / largest).item()
    print(f"{error:.1e} of {largest:.2g}")
    return error <= part


# Layers


def conv(x, s, key, **how):
    return torch.conv2d(x, s[f"{key}.weight"], s.get(f"{key}.bias"), **how)


def grow(x, s, key):
    """A transposed convolution that doubles the size."""
    return torch.conv_transpose2d(x, s[f"{key}.weight"], s.get(f"{key}.bias"), stride=2, padding=1)


def norm(x, s, key):
    """A batch norm in evaluation mode."""
    mean, var, weight, bias = (
        s[f"{key}.{name}"].view(1, -1, 1, 1) for name in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / (var + EPS).sqrt() * weight + bias


def leaky(x):
    return torch.where(x > 0, x, 0.2 * x)


# Pictures of any size


def through_colorizer(network, plain, multiple, boxes=()):
    """A picture of odd size as `Colorizer` paints it, and as `plain` does, mirrored to a size that fits and cut back.

    `plain` makes (b, 2, h, w) in CIE units of (b, 1, h, w) in [0, 100]. A colorizer works at 32 bits.
    """
    from colornb import Colorizer

    rgb = (dense(1, 3, 21, 29, seed=3).float() + 1) / 2
    colorizer = Colorizer(network.float(), 21)
    colorizer.set_image(rgb, "photo")
    if boxes:
        colorizer.set_boxes(boxes)
    light = rgb2lab(rgb[0].permute(1, 2, 0).double().numpy())[..., 0]
    wide = np.pad(light, ((0, -21 % multiple), (0, -29 % multiple)), "reflect")
    ab = plain(torch.from_numpy(wide)[None, None])[0, :, :21, :29].permute(1, 2, 0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Conversion from CIE-LAB")  # colours that no screen shows
        painted = lab2rgb(np.concatenate([light[..., None], ab.numpy()], 2))
    return colorizer.predict(), torch.from_numpy(painted).permute(2, 0, 1)[None]
