"""How a painted picture is toned as a whole: towards a palette, vivid or pale, warm or cool. Its lightness stays."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import torch

from colornb.color import hex_color, in_gamut, lab_to_rgb, parse_color, rgb_to_lab
from colornb.images import by_rows
from colornb.types import AB, RGB, Float, L

PAPER_WHITE = (2.4, 17.7)  # a and b of the white of daylight at 5000 K (D50), seen in that of screens (D65)
GRAYEST = 8.0  # chroma: a paler colour of a palette has no hue to draw others to
NARROWNESS = 12.0  # of the hues of a palette: between two, colours change from one to the other within 10 to 20 degrees
HUES, HALVINGS = 8192, 10  # steps of the hue circle, and of the search for the border of the gamut


@dataclass(frozen=True)
class Toning:
    """What is done to all colours of a painted picture, in this order; by default nothing.

    Attributes:
        palette: the colours that the picture is drawn towards, "#rrggbb": each hue is turned to the nearest one among
            these (halfway between two it is a blend of both), while lightness and chroma stay. Grays have no hue, and
            a palette of grays alone takes all colour away. Empty: hues stay.
        vividness: what chroma is multiplied by, from 0, gray, to 2.
        warmth: from -1 to 1, how far all is moved from the white of screens, 6500 K, to that of 5000 K: `PAPER_WHITE`
            is added to a and b, so often. Less than 0 is cooler.
        strength: how much of all colour is kept, from 0, the gray of the same lightness, to 1.

    A colour that no screen can show then keeps hue and lightness, and as much chroma as can be shown. Raises ValueError
    for other numbers and for what is no colour.
    """

    vividness: float = 1.0
    strength: float = 1.0
    warmth: float = 0.0
    palette: tuple[str, ...] = ()

    RANGES: ClassVar[Mapping[str, tuple[float, float]]] = {
        "vividness": (0, 2), "strength": (0, 1), "warmth": (-1, 1),
    }  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, (least, most) in self.RANGES.items():
            value = getattr(self, name)
            if type(value) not in (int, float) or not least <= value <= most:
                raise ValueError(f"{name} {value!r} cannot be: give a number from {least} to {most}")
        colors = self.palette if isinstance(self.palette, (list, tuple)) else (self.palette,)
        object.__setattr__(self, "palette", tuple(hex_color(parse_color(color)) for color in colors))

    def apply(self, rgb: RGB) -> RGB:
        """The picture so toned, sRGB in [0, 1]; the same tensor where nothing is to be done."""
        return by_rows(self._tone, rgb) if self.changes else rgb

    @property
    def changes(self) -> bool:
        """Whether there is anything to be done."""
        return self != Toning()

    def _tone(self, rgb: RGB) -> RGB:
        lab = rgb_to_lab(rgb)
        light, ab = lab[:, :1], lab[:, 1:]
        if self.palette:
            ab = draw_towards(ab, self.palette)
        ab = self.vividness * ab + self.warmth * ab.new_tensor(PAPER_WHITE).view(1, 2, 1, 1)
        return lab_to_rgb(torch.cat([light, self.strength * fit_chroma(light, ab)], 1))

    def to_dict(self) -> dict[str, Any]:
        """What differs from the default, JSON-able."""
        plain = asdict(Toning())
        return {name: value for name, value in asdict(self).items() if value != plain[name]}


def read_toning(state: Mapping[str, Any]) -> Toning:
    """The toning of a saved session; an older one has none. Raises ValueError for what cannot be."""
    names = {field.name for field in fields(Toning)}
    found = state.get("toning", {})
    if not isinstance(found, Mapping) or not found.keys() <= names:
        raise ValueError(f"toning {found!r} in the session: give numbers for {', '.join(sorted(names))}")
    return Toning(**found)


def draw_towards(ab: AB, palette: tuple[str, ...]) -> AB:
    """CIE a and b with their hues turned to the nearest of a palette, as `Toning` says of it."""
    colors = torch.tensor([parse_color(color) for color in palette]).view(-1, 3, 1, 1)
    _, a, b = rgb_to_lab(colors).flatten(1).unbind(1)
    hues = torch.atan2(b, a)[torch.hypot(a, b) >= GRAYEST]
    table = _turned(hues).to(ab)
    angle = torch.atan2(ab[:, 1], ab[:, 0]) * (HUES / (2 * math.pi))
    towards = table[angle.round().long() % HUES].movedim(-1, 1)
    return torch.hypot(ab[:, :1], ab[:, 1:]) * towards


def _turned(hues: Float[torch.Tensor, " n"]) -> Float[torch.Tensor, "hues 2"]:
    """Where each step of the hue circle is turned to: a unit vector on a hue, a shorter one between two."""
    angles = torch.arange(HUES) * (2 * math.pi / HUES)
    near = (NARROWNESS * torch.cos(angles[:, None] - hues)).softmax(1)
    return near @ torch.stack([hues.cos(), hues.sin()], 1)


def fit_chroma(light: L, ab: AB) -> AB:
    """CIE a and b as they are where a screen can show them, else with as much of their chroma as it can."""
    outside = ~in_gamut(torch.cat([light, ab], 1))
    if not outside.any():
        return ab
    light, a, b = (plane[outside] for plane in (light, ab[:, :1], ab[:, 1:]))
    low, high = torch.zeros_like(light), torch.ones_like(light)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        fits = in_gamut(torch.stack([light, middle * a, middle * b])[None, ..., None]).flatten()
        low, high = torch.where(fits, middle, low), torch.where(fits, high, middle)
    return ab * torch.ones_like(ab[:, :1]).masked_scatter(outside, low)
