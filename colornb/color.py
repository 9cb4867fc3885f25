"""Colour spaces, and the two gates between pixel space and network space.

Pixel space holds sRGB floats in [0, 1] or CIE L*a*b* (D65, 2 degrees); network space holds [-1, 1].
`encode` leads from the first to the second and `decode` back; nothing else in the package converts.

All functions are pure, batched and differentiable, and run where their input lies. The matrices are
applied as sums of planes weighted by Python numbers: no constant has to travel to the device, and
the 10 bits of TF32 and the 8 of autocast, which round matrix products, never touch a colour.
"""

import math
import re
from collections.abc import Sequence

import torch
from PIL import ImageColor
from torch import Tensor

from colornb.types import RGB, Bool, Float, Lab, Planes, Sketch
from colornb.types import L as Lightness

# Linear sRGB to CIE XYZ, its inverse, and the white point D65: the numbers of scikit-image.
XYZ_FROM_RGB = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
RGB_FROM_XYZ = (
    (3.240481343200527, -1.537151516271318, -0.498536326168888),
    (-0.969254949996568, 1.875990001489891, 0.041555926558293),
    (0.055646639135177, -0.204041338366511, 1.057311069645344),
)
WHITE = (0.95047, 1.0, 1.08883)

L_HALF = 50.0  # L in [0, 100] becomes L / 50 - 1
AB_MAX = 110.0  # a and b of sRGB lie in [-107.9, 98.3]; the field divides by 110
ROUNDING = 1e-6  # a mean of float32 ones may be 1.0000001, and is still white


def rgb_to_lab(rgb: RGB) -> Lab:
    """CIE L*a*b* of sRGB in [0, 1]: L in [0, 100], a and b in about [-110, 110].

    Half precision is computed and returned in float32, which Lab needs. Gradients are finite
    everywhere.
    """
    rgb = at_least_float32(rgb)
    x, y, z = (_lab_curve(plane / white) for plane, white in zip(_mix(XYZ_FROM_RGB, _linear(rgb)), WHITE, strict=True))
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def lab_to_rgb(lab: Lab, clip: bool = True) -> RGB:
    """Convert CIE L*a*b* to sRGB.

    With `clip` the result is in [0, 1], and colours outside the gamut of sRGB are cut off channel
    by channel, their gradient zero in the channels that were cut. Without it they leave [0, 1],
    which is how `in_gamut` knows them.
    """
    light, a, b = at_least_float32(lab).unbind(1)
    y = (light + 16) / 116
    # A very blue b makes Z's curve negative; scikit-image stops it at 0 as well.
    curves = (y + a / 500, y, (y - b / 200).clamp(min=0))
    xyz = [_lab_curve_inverse(t) * white for t, white in zip(curves, WHITE, strict=True)]
    rgb = _gamma(torch.stack(_mix(RGB_FROM_XYZ, torch.stack(xyz, 1)), 1))
    return rgb.clamp(0, 1) if clip else rgb


def gray(lightness: Lightness) -> Float[Tensor, "b 1 h w"]:
    """The level of sRGB, [0, 1], of a gray with CIE lightness in [0, 100]."""
    return _gamma(_lab_curve_inverse((lightness + 16) / 116))


def in_gamut(lab: Lab, tolerance: float = 1e-4) -> Bool[Tensor, "b 1 h w"]:
    """Whether a screen can show the colour: its sRGB leaves [0, 1] by at most `tolerance`."""
    rgb = lab_to_rgb(lab, clip=False)
    return ((rgb >= -tolerance) & (rgb <= 1 + tolerance)).all(1, keepdim=True)


def gamut_at(light: float, step: float = 1.0) -> Bool[Tensor, "n n"]:
    """Which colours of one lightness (0 to 100) a screen can show: a square map, a down and b across, -110 to 110."""
    line = torch.arange(-AB_MAX, AB_MAX + step / 2, step)
    a, b = torch.meshgrid(line, line, indexing="ij")
    return in_gamut(torch.stack([torch.full_like(a, light), a, b])[None])[0, 0]


def at_lightness(color: str | Sequence[float], light: float) -> str:
    """How `color` comes out where a picture's lightness is `light` (0 to 100), as "#rrggbb": see `fit_gamut`."""
    _, a, b = rgb_to_lab(torch.tensor(parse_color(color)).view(1, 3, 1, 1)).flatten().tolist()
    return fit_gamut(light, a, b)


def fit_gamut(light: float, a: float, b: float) -> str:
    """A CIE Lab colour as "#rrggbb"; one that no screen can show is made paler, its hue and lightness kept."""
    share = torch.linspace(1, 0, 101)
    line = torch.stack([torch.full_like(share, light), a * share, b * share])[None, :, None]
    first = int(in_gamut(line, tolerance=2 / 255)[0, 0, 0].int().argmax())
    return hex_color(lab_to_rgb(line[..., first : first + 1]).flatten().tolist())


def luma(rgb: RGB) -> Float[Tensor, "b 1 h w"]:
    """The gray that line art is read as, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), in [0, 1]."""
    r, g, b = rgb.split(1, 1)
    return 0.299 * r + 0.587 * g + 0.114 * b


def lightness(rgb: RGB) -> Sketch:
    """CIE lightness of sRGB in [0, 1], scaled to [0, 1]."""
    (luminance,) = _mix(XYZ_FROM_RGB[1:2], _linear(at_least_float32(rgb)))  # a and b would take twice as long
    return ((116 * _lab_curve(luminance) - 16) / 100)[:, None]


def encode(image: RGB | Sketch, space: str) -> Planes:
    """Lead a picture from pixel space to network space, [-1, 1].

    `space` says what the network sees: "rgb" (3 planes of an RGB), "sketch" (1 plane of a Sketch),
    or, taken from an RGB, "L" (CIE lightness / 50 - 1) or "ab" (CIE a and b / 110). Raises
    ValueError for other spaces or channel counts.
    """
    channels = _ENCODE_CHANNELS.get(space)
    if channels is None:
        raise ValueError(f"no space {space!r} to encode to: choose {', '.join(_ENCODE_CHANNELS)}")
    if image.shape[1] != channels:
        raise ValueError(
            f"encoding to {space!r} takes {channels} channels, not {image.shape[1]}: give "
            + ("a sketch" if channels == 1 else "an RGB picture")
        )
    if space in ("rgb", "sketch"):
        return 2 * image - 1
    lab = rgb_to_lab(image)
    return lab[:, :1] / L_HALF - 1 if space == "L" else lab[:, 1:] / AB_MAX


def decode(prediction: Planes, space: str, L: Lightness | None = None) -> RGB:  # noqa: N803
    """Lead a network's prediction back to pixel space: sRGB in [0, 1], float32 or better.

    `space` is "rgb" (3 planes, clamped) or "ab" (2 planes), which takes the lightness `L` in [0,
    100] at the same size. Raises ValueError for other spaces or channel counts, or a missing `L`.
    """
    channels = CHANNELS.get(space)
    if channels is None:
        raise ValueError(f"no space {space!r} to decode from: choose {', '.join(CHANNELS)}")
    if prediction.shape[1] != channels:
        raise ValueError(
            f"decoding from {space!r} takes {channels} channels, not {prediction.shape[1]}: "
            "check the network's output space"
        )
    prediction = at_least_float32(prediction)
    if space == "rgb":
        return ((prediction + 1) / 2).clamp(0, 1)
    if L is None:
        raise ValueError("decoding from 'ab' needs the lightness: pass L=, in [0, 100]")
    return lab_to_rgb(torch.cat([L, prediction * AB_MAX], 1))


def parse_color(color: str | Sequence[float]) -> tuple[float, float, float]:
    """Return sRGB floats in [0, 1] for "#rrggbb", "#rgb", a CSS name, or three such floats.

    Raises ValueError for anything else.
    """
    if isinstance(color, str):
        text = color.strip().lower()
        if not re.fullmatch(r"#([0-9a-f]{3}){1,2}", text) and text not in ImageColor.colormap:
            raise ValueError(f"{color!r} is not a colour: write #rrggbb, #rgb or a CSS name such as 'tomato'")
        red, green, blue = ImageColor.getrgb(text)[:3]
        return red / 255, green / 255, blue / 255
    return _checked_color(color)


def hex_color(color: Sequence[float]) -> str:
    """Write three sRGB floats in [0, 1] as "#rrggbb", to 8 bits. Raises ValueError outside."""
    return "#" + "".join(f"{round(255 * value):02x}" for value in _checked_color(color))


_ENCODE_CHANNELS = {"rgb": 3, "sketch": 1, "L": 3, "ab": 3}
CHANNELS = {"rgb": 3, "ab": 2}  # of what is painted, by its space


def harmonies(light: float, a: float, b: float, n: int) -> list[str]:
    """`n` colours around a CIE Lab colour: itself, then turned around the hue circle and made lighter or darker."""
    chroma, hue = max(30.0, math.hypot(a, b)), math.atan2(b, a)
    light = min(max(light, 35.0), 85.0)
    steps = [(0, 0), (0, 18), (0, -18), (60, 0), (-60, 0), (180, 0), (120, 0), (-120, 0), (30, 12), (-30, -12)]
    labs = [[light, a, b]] if n else []
    for turn, lift in steps[1:n]:
        angle = hue + math.radians(turn)
        labs.append([light + lift, chroma * math.cos(angle), chroma * math.sin(angle)])
    rgb = lab_to_rgb(torch.tensor(labs).view(-1, 3, 1, 1)) if labs else torch.zeros(0, 3, 1, 1)
    return [hex_color(color.flatten().tolist()) for color in rgb]


def _checked_color(color: Sequence[float]) -> tuple[float, float, float]:
    try:
        red, green, blue = (float(value) for value in color)
    except (TypeError, ValueError):
        red = green = blue = float("nan")
    if not all(-ROUNDING <= value <= 1 + ROUNDING for value in (red, green, blue)):
        raise ValueError(f"{color!r} is not a colour: give three numbers from 0 to 1, or '#rrggbb'")
    return min(max(red, 0.0), 1.0), min(max(green, 0.0), 1.0), min(max(blue, 0.0), 1.0)


def at_least_float32(image: Tensor) -> Tensor:
    """A map in 32 bits, or more where it has more."""
    return image.to(torch.promote_types(image.dtype, torch.float32))


def _mix(matrix: tuple[tuple[float, ...], ...], image: Planes) -> list[Float[Tensor, "b h w"]]:
    x, y, z = image.unbind(1)
    return [row[0] * x + row[1] * y + row[2] * z for row in matrix]


# The four curves below join a power and a straight line. torch.where differentiates the arm it does
# not take too, and 0 * inf is NaN: a power near 0 would poison the gradient of every black pixel.
# Each power therefore sees its argument clamped to where it is taken, so that both arms are finite,
# in value and in slope.


def _linear(srgb: Tensor) -> Tensor:
    """Undo the gamma of sRGB (IEC 61966-2-1)."""
    power = ((srgb.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4
    return torch.where(srgb > 0.04045, power, srgb / 12.92)


def _gamma(linear: Tensor) -> Tensor:
    """Apply the gamma of sRGB; negative values, outside the gamut, stay on the straight line."""
    power = 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear > 0.0031308, power, linear * 12.92)


def _lab_curve(t: Tensor) -> Tensor:
    """CIE's f: a cube root above 0.008856, a straight line below."""
    return torch.where(t > 0.008856, t.clamp(min=0.008856) ** (1 / 3), 7.787 * t + 16 / 116)


def _lab_curve_inverse(t: Tensor) -> Tensor:
    return torch.where(t > 0.2068966, t**3, (t - 16 / 116) / 7.787)
