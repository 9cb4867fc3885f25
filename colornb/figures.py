"""Pictures of pictures: arrays in, a matplotlib Figure out. Nothing here shows a figure or keeps one."""

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as _Figure
from torch import Tensor

from colornb.color import hex_color, parse_color
from colornb.colorizer import Colorizer
from colornb.hints import Hint, Region
from colornb.images import to_uint8
from colornb.training import Tick
from colornb.types import RGB, Bool
from colornb.writing import png

INK = "#22262e"
DPI = 110
CELL = 1.9  # inches, the side of a picture in a grid
WIDE = 8.0  # inches, about the width of a page
LEGEND = {"frameon": False, "fontsize": 8, "loc": "upper left", "bbox_to_anchor": (1, 1)}  # where a legend is
# Of each method, in all figures, of both kinds of edge-enhancing networks, and of orders of hints; without blanks.
METHOD_COLORS = {
    "guidingpainter": "#1f77b4",
    "rtug": "#ff7f0e",
    "alacgan": "#2ca02c",
    "pix2pix": "#d62728",
    "cic": "#9467bd",
    "deoldify": "#8c564b",
    "suetal.": "#e377c2",
    "withoutlearning": "#7f7f7f",
    "efficientunet": "#bcbd22",
    "edgescribbles": "#17becf",
    "paper": "#17becf",
    "context": "#0b5563",
    "asked": "#1f77b4",  # GuidingPainter's own
    "random": "#7f7f7f",
    "reversed": "#8c564b",
}


class Figure(_Figure):
    """A matplotlib Figure that any notebook shows, whether or not it set up a backend."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None}, pil_kwargs={"optimize": True})
        return buffer.getvalue()

    def panels(self, n: int = 1) -> Sequence[Axes]:
        """So many axes side by side, without frames, over the same y."""
        axes = self.subplots(1, n, sharey=True, squeeze=False)[0]
        for axis in axes:
            axis.spines[["top", "right"]].set_visible(False)
        return axes


def show_grid(rows: Sequence[Sequence[Tensor]], columns: Sequence[str] = (), labels: Sequence[str] = ()) -> Figure:
    """Pictures in rows and columns; each is (1, 3 or 1, h, w) or (3 or 1, h, w) in [0, 1]."""
    n, m = len(rows), max(map(len, rows))
    height, width = rows[0][0].shape[-2:]
    cell = min(CELL, WIDE / m)
    figure = Figure(figsize=(cell * m, cell * n * height / width + 0.25), layout="constrained")
    _fill(figure.subplots(n, m, squeeze=False), rows, columns, labels)
    return figure


def show_row(pictures: Sequence[Tensor], titles: Sequence[str] = ()) -> Figure:
    """Pictures side by side with their titles."""
    return show_grid([pictures], titles)


@dataclass(frozen=True)
class Curtain:
    """Pictures side by side, for HTML; the book's pages lay them on each other (`_static/figures.js`)."""

    # by what is to be said of both; a switch leads from the first pair to the second
    pairs: dict[str, tuple[RGB, RGB]] = field(repr=False)
    titles: tuple[str, str]  # what is on each of the two
    caption: str

    def _repr_html_(self) -> str:
        rows = [
            f'<div data-pair="{escape(name)}">{"".join(map(_img, pair, self.titles))}</div>'
            for name, pair in self.pairs.items()
        ]
        said = f"<figcaption>{escape(self.caption)}</figcaption>"
        return f'<figure class="colornb-curtain">{"".join(rows)}{said}</figure>'


def _img(picture: RGB, alt: str) -> str:
    data = base64.b64encode(png(to_uint8(picture))).decode()
    return f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}" width="{2 * picture.shape[-1]}"> '


def show_curve(x: Sequence[float], curves: dict[str, Sequence[float]], xlabel: str, ylabel: str) -> Figure:
    """Named curves over the same x."""
    figure = Figure(figsize=(5.2, 2.9), layout="constrained")
    (axis,) = figure.panels()
    for style, y in zip(_styles(list(curves), linestyle="--").values(), curves.values(), strict=True):
        axis.plot(x, y, marker="o" if len(x) < 40 else None, markersize=4, **style)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.grid(alpha=0.25)
    if len(curves) > 1:
        axis.legend(frameon=False)
    return figure


def show_spread(
    rows: Sequence[dict], line: str, x: str, y: str, xlabel: str, ylabel: str, panel: str | None = None
) -> Figure:
    """Mean of `y` over `x`, a curve for each value of `line`; the band spans all rows at that place, such as seeds.

    With `panel`, each of its values gets axes of its own, side by side.
    """
    panels = [None] if panel is None else list(dict.fromkeys(row[panel] for row in rows))
    figure = Figure(figsize=(3.4 + 3 * len(panels), 3), layout="constrained")
    axes, styles = figure.panels(len(panels)), _styles([row[line] for row in rows], linestyle="--")
    for axis, name in zip(axes, panels, strict=True):
        _spread(axis, [row for row in rows if panel is None or row[panel] == name], line, x, y, styles)
        axis.set(xlabel=xlabel, title=name or "")
    axes[0].set_ylabel(ylabel)
    axes[-1].legend(**LEGEND)
    return figure


def color_of(name: str) -> str | None:
    """The colour that a method has in all figures, whatever a label says of it besides; nothing for other names.

    >>> color_of("RTUG*") == color_of("rtug-natural") == color_of("RTUG, followed")
    True
    """
    parts = re.sub(r"[ _*]|-\w*", "", name.split(" + E, ")[-1]).lower().split(",")
    return next((METHOD_COLORS[part] for part in parts if part in METHOD_COLORS), None)


def _styles(names: Sequence[str], **again: str) -> dict[str, dict[str, str]]:
    """How each name is drawn: in its colour; a second about the same method `again`, a third in another colour."""
    own = {name: color_of(name) for name in names}  # each once, in their order
    palette = "tab10" if len(own) <= len(colormaps["tab10"].colors) else "tab20"
    free = (color for color in map(to_hex, colormaps[palette].colors) if color not in own.values())
    styles: dict[str, dict[str, str]] = {}
    for name, color in own.items():
        before = [style["color"] for style in styles.values()].count(color)
        known = color is not None and before < 2
        styles[name] = {"color": color if known else next(free), "label": name} | (again if known and before else {})
    return styles


def _spread(axis: Axes, rows: Sequence[dict], line: str, x: str, y: str, styles: dict[str, dict[str, str]]) -> None:
    for name in dict.fromkeys(row[line] for row in rows):
        own = [row for row in rows if row[line] == name]
        at = sorted({row[x] for row in own})
        each = [[row[y] for row in own if row[x] == place] for place in at]
        (curve,) = axis.plot(at, [np.mean(values) for values in each], marker="o", markersize=3, **styles[name])
        low, high = [min(values) for values in each], [max(values) for values in each]
        axis.fill_between(at, low, high, color=curve.get_color(), alpha=0.15, linewidth=0)
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.grid(alpha=0.25)


def show_dots(
    rows: Sequence[dict], group: str, dot: str, value: str, xlabel: str, half: str | None = None, apart: bool = False
) -> Figure:
    """Means of `value` as dots with their 95 % intervals, one for each `dot` in each `group`; small ones are the rows.

    An interval is over the rows, such as seeds, by Student's t, or what they hold as `half`, half of one of their own:
    the wider of the two. A single row without one has none. `apart`: what does not compare has an axis for each group.
    """
    groups = list(dict.fromkeys(row[group] for row in rows))
    panels = [[row for row in rows if row[group] == name] for name in groups] if apart else [rows]
    lines = sum(len({row[dot] for row in panel}) * (1 if apart else len(groups)) for panel in panels)
    figure = Figure(figsize=(6.4, 0.5 + 0.55 * len(panels) + 0.18 * lines), layout="constrained")
    for axis, panel in zip(figure.subplots(len(panels), 1, squeeze=False)[:, 0], panels, strict=True):
        axis.spines[["top", "right"]].set_visible(False)
        _dots(axis, panel, group, dot, value, half)
        axis.set_title(panel[0][group] if apart else "", fontsize=9)
    axis.set_xlabel(xlabel)
    return figure


def _dots(axis: Axes, rows: Sequence[dict], group: str, dot: str, value: str, half: str | None) -> None:
    groups, dots = (list(dict.fromkeys(row[key] for row in rows)) for key in (group, dot))
    styles = _styles(dots, markerfacecolor="white")
    offsets = 0.8 * ((np.arange(len(dots)) + 0.5) / len(dots) - 0.5)
    for offset, name in zip(offsets, dots, strict=True):
        each = [[row for row in rows if row[group] == g and row[dot] == name] for g in groups]
        there = [(j + offset, own) for j, own in enumerate(each) if own]  # a group may lack it
        at, means, halves = zip(*((place, *_mean(own, value, half)) for place, own in there), strict=True)
        bars = axis.errorbar(means, at, xerr=halves, fmt="o", markersize=5, capsize=2, **styles[name])
        single = [(row[value], place) for place, own in there for row in own if len(own) > 1]
        axis.plot(*(zip(*single, strict=True) if single else ([], [])), ".", color=bars[0].get_color(), markersize=4)
    lone = len(groups) == 1  # then names stand where groups would
    axis.set(yticks=offsets if lone else range(len(groups)), yticklabels=dots if lone else groups)
    axis.set_ylim(len(groups) - 0.5, -0.5)
    axis.grid(axis="x", alpha=0.25)
    if axis.get_xlim()[0] < 0 < axis.get_xlim()[1]:
        axis.axvline(0, color=INK, linewidth=0.8)
    if not lone:
        axis.legend(**LEGEND)


def _mean(rows: Sequence[dict], value: str, half: str | None) -> tuple[float, float]:
    """The mean, and half of its interval: NaN where there is none."""
    from scipy.stats import t  # takes a second to import

    values = np.array([row[value] for row in rows], float)
    n, own = len(values), [row[half] for row in rows if half and row.get(half) is not None]
    of_rows = t.ppf(0.975, n - 1) * values.std(ddof=1) / n**0.5 if n > 1 else np.nan
    return float(values.mean()), float(np.fmax(of_rows, np.mean(own) if own else np.nan))


def show_training(ticks: Sequence[Tick], rows: Sequence[Sequence[Tensor]], columns: Sequence[str]) -> Figure:
    """A training run as it goes: the reconstruction loss on the left, some pictures in rows on the right."""
    n, m = len(rows), len(columns)
    figure = Figure(figsize=(3.2 + 1.25 * m, 1.3 * n + 0.3), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[3.2, 1.25 * m])
    axis = left.subplots()
    axis.plot([tick.step for tick in ticks], [tick.logs["rec"] for tick in ticks], color=INK)
    axis.set(xlabel="step", ylabel="reconstruction loss", xlim=(0, ticks[-1].steps), ylim=(0, None))
    axis.spines[["top", "right"]].set_visible(False)
    _fill(right.subplots(n, m, squeeze=False), rows, columns, ())
    return figure


def show_steps(colorizer: Colorizer, hints: Sequence[Region]) -> Figure:
    """The story of a painting, one hint a column: the region asked for, the hints so far, the picture."""
    paper = colorizer.sketch.expand(-1, 3, -1, -1)
    rows = [[paper], [paper], [colorizer.predict()]]
    for count, hint in enumerate(hints, 1):
        rows[0].append(spotlight(paper, colorizer.area(hint)))
        rows[1].append(hint_map(colorizer, hints[:count]))
        rows[2].append(colorizer.predict(hints[:count]))
    titles = ["sketch", *(f"hint {i + 1}" for i in range(len(hints)))]
    return show_grid(rows, titles, ["asked for", "hints", "painted"])


def spotlight(picture: RGB, region: Bool[Tensor, "h2 w2"]) -> RGB:
    """A picture with everything outside one region dimmed."""
    where = _fit(region, picture)
    return torch.where(where, picture, 0.35 * picture + 0.15)


def hint_map(colorizer: Colorizer, hints: Sequence[Hint]) -> RGB:
    """The sketch with the regions that have a colour filled with it."""
    paper = colorizer.sketch.expand(-1, 3, -1, -1)
    picture = paper.clone()
    for hint in hints:
        color = torch.tensor(parse_color(hint.color)).view(1, 3, 1, 1)
        picture = torch.where(_fit(colorizer.area(hint), picture), color * paper, picture)
    return picture


def show_regions(colorizer: Colorizer, seed: int = 0) -> Figure:
    """All regions of a picture in colours of their own, beside the sketch; numbers are the order asked for."""
    regions, order = colorizer.regions, colorizer.region_order
    generator = np.random.default_rng(seed)
    hues = generator.permutation(len(order)) / max(1, len(order))
    picture = torch.zeros(1, 3, *regions.shape[-2:])
    for hue, rank in zip(hues, order, strict=True):
        picture += regions[rank] * torch.tensor(_hue(hue)).view(1, 3, 1, 1)
    figure = show_row([colorizer.sketch, picture], ["sketch", "regions, numbered"])
    for place, rank in enumerate(order, 1):
        row, column = _innermost(regions[rank].cpu().numpy())
        figure.axes[1].text(column, row, place, fontsize=8, color="white", ha="center", va="center")
    return figure


def _innermost(mask: np.ndarray) -> tuple[int, int]:
    """The place in a mask that is farthest from its border, and from that of the picture: row and column."""
    import cv2

    depth = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return int(row), int(column)


def swatches(colors: Sequence[str], titles: Sequence[str] = ()) -> Figure:
    """A palette."""
    figure = Figure(figsize=(0.9 * len(colors), 0.9), layout="constrained")
    for index, axis in enumerate(figure.subplots(1, len(colors), squeeze=False)[0]):
        axis.set_facecolor(hex_color(parse_color(colors[index])))
        axis.set(xticks=[], yticks=[])
        axis.set_xlabel(titles[index] if index < len(titles) else colors[index], fontsize=7)
    return figure


def _fill(axes: np.ndarray, rows: Sequence[Sequence[Tensor]], columns: Sequence[str], labels: Sequence[str]) -> None:
    for i, row in enumerate(rows):
        for j in range(axes.shape[1]):
            _picture(axes[i, j], row[j] if j < len(row) else None, DPI * min(CELL, WIDE / axes.shape[1]))
    for axis, title in zip(axes[0], columns, strict=False):
        axis.set_title(title, fontsize=9, color=INK)
    for axis, label in zip(axes[:, 0], labels, strict=False):
        axis.set_ylabel(label, fontsize=9, color=INK)


def _picture(axis: Axes, picture: Tensor | None, side: float) -> None:
    """Show a picture on about so many dots: a smaller one with its pixels as they are, a larger one smoothly shrunk."""
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    if picture is not None:
        array = picture.detach().reshape(-1, *picture.shape[-2:]).permute(1, 2, 0).cpu().numpy()
        pixels = array[..., 0] if array.shape[-1] == 1 else array
        how = "nearest" if array.shape[1] < side else "antialiased"
        axis.imshow(pixels, cmap="gray", vmin=0, vmax=1, interpolation=how)


def _fit(region: Tensor, picture: Tensor) -> Tensor:
    size = picture.shape[-2:]
    return torch.nn.functional.interpolate(region[None, None].float(), size, mode="nearest") > 0.5


def _hue(hue: float) -> tuple[float, float, float]:
    angle = 2 * np.pi * (hue + np.array([0, 1 / 3, 2 / 3]))
    return tuple(0.5 + 0.38 * np.cos(angle))
