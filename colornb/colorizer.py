"""One picture, many tries: look at it once, then paint it again for every change of a hint.

This is what widgets, the command line and scripts hold. Everything here is in pixel space and at any size; the network
sees the picture at its own size, and its colours are joined with the full-resolution lightness or lines.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from colornb import methods
from colornb.areas import SHADING
from colornb.boxes import Box, pack_boxes
from colornb.color import decode, encode, lightness, rgb_to_lab
from colornb.drawn_page import Partition, PixelRegions, read_page
from colornb.filters import guided_upsample
from colornb.half_precision import half_is_faster
from colornb.hints import EdgeScribble, Hint, Point, Region, area, rasterize, rasterize_scribbles
from colornb.images import by_rows, check_picture, mirror_pad, resize, working_size
from colornb.lasso import Lasso, keep_inside
from colornb.methods.base import Hook, NetworkModule
from colornb.refusals import check_hints
from colornb.sketches import PRESETS, sketch
from colornb.suggestions import Suggestions, check_inside
from colornb.toning import Toning
from colornb.types import RGB, Bool, Float, HintMaps, Mask, Planes, Sketch

LARGE = 6_000_000  # pixels: of a larger page, what was painted before a scribble is not kept for the next
MARGIN = 1 / 16  # of the shorter side: a point that is nearer to the border lies beside it


class Colorizer(Suggestions):
    """A network and the picture it is working on.

    Args:
        network: what `colornb.methods.build` or `load` returns; it is put into evaluation mode.
        size: the picture's shorter side as the network sees it; by default the size it was trained at, or 256.
        noise: where the noise of the regions comes from, a generator on the network's device; without one each pixel
            belongs to its likeliest region. Only for networks that guide.
        precision: that of `preview` alone: "32", as all else; "bf16", which is faster on processors that know it and
            changes colours by less than 1 %; or "auto", the faster of both, which is measured once.

    Attributes:
        shading: of a drawing, how much of the network's light and shade an area keeps whose colour was given: from 0,
            flat colours, to 1 (`areas.fill_areas`).
        refine: of a drawing, whether regions are sets of whole areas (`drawn_page.AreaRegions`), or False for regions
            as the network cuts them, pixel by pixel, as in the paper. All that speaks of regions follows it at once.
        toning: what is done to all colours of what is painted, but not to ink: nothing by default (`toning.Toning`).
            Suggestions are of colours as they are before that.
    """

    def __init__(
        self,
        network: NetworkModule,
        size: int | None = None,
        noise: torch.Generator | None = None,
        precision: str = "auto",
    ) -> None:
        if noise is not None and not network.n_regions:
            raise ValueError("this model has no regions to draw: leave out noise")
        if precision not in ("auto", "32", "bf16"):
            raise ValueError(f"no precision named {precision!r}: choose 'auto', '32' or 'bf16'")
        # This layout of memory halves the time on a processor.
        self.network, self.noise = network.eval().to(memory_format=torch.channels_last), noise
        self._precision, self.size = precision, size or getattr(network, "about", {}).get("size", 256)
        self._image: RGB | None = None
        self.shading, self.refine, self.toning = SHADING, True, Toning()
        self._margin = 0  # pixels that the network sees around the picture
        self._starts: dict[bool, tuple[Any, Any]] = {}  # what was painted last before any scribble, quickly or not
        self._palette_maps: list[tuple[Any, Tensor]] = []  # what palettes are made of, for the last two lists of hints

    @classmethod
    def load(cls, name: str | Path, size: int | None = None) -> "Colorizer":
        """A colorizer for a checkpoint: a shipped name, a file, or the folder of a training run."""
        return cls(methods.load(name), size)

    @torch.no_grad()
    def set_image(self, image: RGB, kind: str = "auto", keep_white: bool = True, keep_lines: bool = True) -> None:
        """Look at a picture; everything that does not depend on hints is computed here, once.

        Args:
            image: one picture, sRGB in [0, 1], any size.
            kind: for networks that colour line art, whether the picture is a "drawing" already or a "photo" from which
                lines are drawn first; "auto" takes lines on paper, however lit, for a drawing (`drawings.is_drawing`).
            keep_white: of a drawing, leave speech balloons and the gutters between panels white where no hint asks for
                a colour (`page_layout.find_white`).
            keep_lines: of a drawing, let no colour cross a line: hints are about the areas that its lines close, and
                each is painted by itself (`areas.find_areas`). Else colours bleed as the network paints them.
        """
        check_picture(image)
        if kind not in ("auto", "photo", "drawing"):
            raise ValueError(f"no kind of picture named {kind!r}: choose 'auto', 'photo' or 'drawing'")
        page = read_page(image, kind, keep_white, keep_lines) if self.network.condition == "sketch" else None
        self._image, self._page = image, page
        small = resize(image, working_size(image.shape[-2], image.shape[-1], self.size))
        self._lines, lines = self._draw(image, small)
        self._small_lines, self._seen = lines, lines if self.network.condition == "sketch" else small
        self._encoding, self._crop = self._look(0)
        self._area_regions = None
        if page is not None and isinstance(pixels := self.partition, PixelRegions):
            self._area_regions = page.refine(pixels, lines)

    def set_boxes(self, boxes: Sequence[Box]) -> None:
        """Say where things are in the picture: (x0, y0, x1, y1) in [0, 1] each, y down; none by default.

        For models that colour by instance, which look at the first few. `colornb.boxes.detect` finds some.
        Raises ValueError for what is no box, and for a model that does not accept boxes.
        """
        encoding, (height, width) = self._ready()._encoding, self._small_lines.shape[-2:]
        if not getattr(self.network, "sees_boxes", False):
            raise ValueError("this model does not accept boxes: choose one that colours by instance")
        full_height, full_width = encoding.condition.shape[-2:]
        share = torch.tensor([width / full_width, height / full_height] * 2)
        self._encoding = replace(encoding, boxes=(pack_boxes([boxes]) * share).to(encoding.condition.device))
        self._starts, self._palette_maps = {}, []

    @property
    def image(self) -> RGB:
        """The picture as it was given."""
        if self._image is None:
            raise ValueError("there is no picture yet: call set_image first")
        return self._image

    @property
    def hint_kinds(self) -> tuple[str, ...]:
        """The kinds of hints that are accepted here: those of the network, and where it has any, lines on a drawing."""
        kinds = tuple(self.network.hint_kinds)
        return (*kinds, "edge") if kinds and "edge" not in kinds and self._has_areas() else kinds

    @property
    def sketch(self) -> Sketch:
        """The picture as it waits for colour, at full size: its line art, or its lightness in gray."""
        return self._ready()._lines

    @property
    def ink(self) -> RGB | None:
        """The ink of a drawing at full size, to be multiplied with the colours below it; None for a photograph."""
        return None if (page := self._ready()._page) is None else page.ink

    @property
    def n_regions(self) -> int:
        """How many regions the network can guide through; 0 where the user alone decides."""
        return self.network.n_regions

    @property
    def regions(self) -> Bool[Tensor, "n h w"] | None:
        """The model's regions at its own size, in the order it asks for them; some may be empty.

        Of a drawing each is a set of whole areas, see `refine`, and what stays white is one more, the last.
        """
        return None if (found := self.partition) is None else found.masks

    @property
    def partition(self) -> Partition | None:
        """What `Region` hints speak of: regions, and how each is cut; None for a model without regions."""
        regions = self._ready()._encoding.regions
        if self.refine and self._area_regions is not None:
            return self._area_regions
        return None if regions is None else PixelRegions((regions[0][self._crop] > 0.5).to(self.image.device))

    def pieces(self, rank: int) -> Bool[Tensor, "k h w"]:
        """The pieces of a region, which can be answered one by one, the largest first.

        Of a drawing its areas, else as `hints.pieces` cuts it. Raises ValueError for a model without regions.
        """
        return self._own_partition().pieces(rank)

    def area(self, region: Region) -> Bool[Tensor, "h w"]:
        """Where a hint gives its colour, at the size of `regions`. Raises ValueError for a region that there is not."""
        return area(region, self._own_partition().masks, self.pieces)

    def _own_partition(self) -> Partition:
        if (found := self.partition) is None:
            raise ValueError("this model has no regions: give it points")
        return found

    @property
    def region_order(self) -> list[int]:
        """Ranks of the regions that are not empty, in the order the model asks for them."""
        return [] if (regions := self.regions) is None else regions.flatten(1).any(1).nonzero().flatten().tolist()

    def region_at(self, x: float, y: float) -> int:
        """The rank of the region at (x, y) in [0, 1], y down. Raises ValueError for a model without regions."""
        regions = self._own_partition().masks
        check_inside(x, y)
        height, width = regions.shape[-2:]
        return int(regions[:, min(height - 1, int(y * height)), min(width - 1, int(x * width))].int().argmax())

    @torch.no_grad()
    def predict(
        self, hints: Sequence[Hint] = (), full_size: bool = True, with_ink: bool = True, dense: HintMaps | None = None
    ) -> RGB:
        """Paint the picture for these hints: sRGB in [0, 1].

        At the picture's own resolution, or with `full_size=False` quickly at the network's; `with_ink=False` leaves out
        the `ink` that lies above the colours of a drawing. `dense` are more hints, a picture and a mask at any size
        (`hints.DenseHint`). What a `Lasso` changes is kept inside of it; of a drawing an `EdgeScribble` parts areas.
        """
        return self._predict(check_hints(hints, self.hint_kinds, dense), full_size, with_ink, self.toning)

    @property
    def is_quick(self) -> bool:
        """Whether `preview` paints in another precision than `predict`."""
        device = next(self.network.parameters()).device.type
        return self._precision == "bf16" or (self._precision == "auto" and half_is_faster(device))

    def preview(self, hints: Sequence[Hint] = (), full_size: bool = True) -> RGB:
        """Much the same as `predict`, to be looked at while it is worked on: in the `precision` of this colorizer.

        What is kept is painted by `predict`, whose pixels do not depend on the processor.
        """
        return self._predict(check_hints(hints, self.hint_kinds), full_size, True, self.toning, self.is_quick)

    @torch.no_grad()
    def _predict(
        self, hints: Sequence[Hint], full_size: bool, with_ink: bool, toning: Toning, quick: bool = False
    ) -> RGB:
        painted = self._paint_picture(hints, full_size, with_ink, toning, quick)
        others = [hint for hint in hints if not isinstance(hint, Lasso)]
        if len(others) == len(hints) or self._has_areas():  # which lassos fill
            return painted
        return keep_inside(hints, self._paint_picture(others, full_size, with_ink, toning, quick), painted)

    def _paint_picture(
        self, hints: Sequence[Hint], full_size: bool, with_ink: bool, toning: Toning, quick: bool
    ) -> RGB:
        network = self._ready().network
        prediction = self._paint(hints, quick)[self._crop].to(self.image.device, torch.float32)
        if self._lines.numel() > LARGE:  # where there is no room for both
            self._starts = {}
        if network.target == "ab":
            return toning.apply(self._join_lightness(prediction, full_size))
        small = decode(prediction, network.target)
        if self._page is None:
            return toning.apply(guided_upsample(small, self._small_lines, self._lines) if full_size else small)
        ink = self._page.ink if full_size else resize(self._page.ink, (small.shape[-2], small.shape[-1]))
        above = torch.ones_like(ink) if toning.changes or not with_ink else ink
        painted = toning.apply(self._page.paint(small, self._small_lines, hints, self.partition, above, self.shading))
        return painted.mul_(ink) if toning.changes and with_ink else painted

    def _paint(self, hints: Sequence[Hint], quick: bool = False) -> Planes:
        """In network space."""
        self._use_margin(self._margin_for(hints))
        network = self.network
        with torch.autocast(self._encoding.condition.device.type, torch.bfloat16, enabled=quick):
            start = self._before_scribbles(hints, quick)
            if "edge" not in network.hint_kinds:
                return start
            if not any(isinstance(hint, EdgeScribble) for hint in hints):
                return start.prediction
            return network.enhance(start, self._pad(self._mark(hints)))

    def _before_scribbles(self, hints: Sequence[Hint], quick: bool = False) -> Any:
        """What was painted for the same colours is kept: the next scribble, or suggestion, starts from there."""
        known, colors = self._starts.get(quick), self._colors(hints)
        if known is None or known[0] != colors:
            paint = getattr(self.network, "encode_and_paint", self.network.paint)
            start = paint(self._encoding, *self._dense(hints), *self._keep_map(hints, quick))
            known = self._starts[quick] = colors, start
        return known[1]

    def _colors(self, hints: Sequence[Hint]) -> tuple[bool, list[Hint]]:
        """All that the backbone of an edge network depends on."""
        return self.refine, [hint for hint in hints if not isinstance(hint, EdgeScribble)]

    def _keep_map(self, hints: Sequence[Hint], quick: bool = False) -> tuple[Hook, ...]:
        """A hook by which the map that palettes are made of is computed once for the same hints, if there is one."""
        layer = getattr(self.network, "palette_layer", "")
        if quick or not layer:
            return ()
        colors = self._colors(hints)

        def keep(name: str, feature: Callable[[], Tensor]) -> Tensor:
            if name != layer:
                return feature()
            found = next((value for known, value in self._palette_maps if known == colors), None)
            value = feature() if found is None else found
            others = [pair for pair in self._palette_maps if pair[0] != colors]
            self._palette_maps = [*others[-1:], (colors, value)]
            return value

        return (keep,)

    def lightness_at(self, x: float, y: float) -> float:
        """CIE lightness, 0 to 100, at the point (x, y) in [0, 1], y down, of the picture that waits for colour."""
        self._ready()
        check_inside(x, y)
        value = self._at(self._small_lines.expand(-1, 3, -1, -1), x, y)
        return float(100 * value[0] if self.network.target == "ab" else rgb_to_lab(value.view(1, 3, 1, 1))[0, 0])

    def _at(self, picture: RGB, x: float, y: float) -> Float[Tensor, " 3"]:
        height, width = picture.shape[-2:]
        return picture[0, :, min(height - 1, int(y * height)), min(width - 1, int(x * width))]

    def _dense(self, hints: Sequence[Hint]) -> tuple[Planes, Mask]:
        """Hints as the network takes them: its own space, its own size, padded."""
        (height, width), regions = self._small_lines.shape[-2:], self.regions
        fills = Hint if getattr(self.network, "fills_areas", False) else Lasso  # an outline is drawn around areas
        filling = [hint for hint in hints if self._has_areas() and isinstance(hint, fills)]
        rest = [hint for hint in hints if not (self._has_areas() and isinstance(hint, fills))]
        dense = rasterize(rest, height, width, None if regions is None else regions[None].float(), self.pieces)
        color, mask = dense.color, dense.mask
        if filling and self._page is not None:
            filled = self._page.fill(filling, self.partition, (height, width))
            color, mask = torch.where(filled.mask > 0, filled.color, color), torch.maximum(mask, filled.mask)
        mask = mask.to(self._encoding.condition.device)
        return self._pad(encode(color.to(mask.device), self.network.target) * mask), self._pad(mask)

    def _has_areas(self) -> bool:
        return self._image is not None and self._page is not None and self._page.areas is not None

    def _mark(self, hints: Sequence[Hint]) -> Mask:
        """Edge scribbles at the network's size."""
        return rasterize_scribbles(hints, *self._small_lines.shape[-2:]).to(self._encoding.condition.device)

    def _margin_for(self, hints: Sequence[Hint]) -> int:
        """How wide a margin the network needs to see around the picture, in its own pixels.

        Outside are zeros, and a point beside them would count for less: so both are mirrored at the border there.
        """
        if self.network.n_regions or getattr(self.network, "sees_boxes", False):
            return 0
        height, width = self._small_lines.shape[-2:]
        margin = round(MARGIN * min(height, width))
        points = (p for p in hints if isinstance(p, Point))
        beside = (min(p.x * width, (1 - p.x) * width, p.y * height, (1 - p.y) * height) < margin for p in points)
        return margin if any(beside) else 0

    def _use_margin(self, margin: int) -> None:
        """Let the network look at the picture with this margin."""
        if margin != self._margin:
            self._encoding, self._crop = self._look(margin)

    def _look(self, margin: int) -> tuple[Any, tuple]:
        """What the network makes of the picture with this margin, and where in it the picture lies."""
        self._margin, self._starts, self._palette_maps = margin, {}, []
        padded, crop = self._with_margin(self._seen)
        device = next(self.network.parameters()).device
        return self.network.encode(encode(padded, self.network.condition).to(device), self.noise), crop

    def _with_margin(self, planes: Float[Tensor, "1 c h w"]) -> tuple[Float[Tensor, "1 c h2 w2"], tuple]:
        """Mirrored at its edges, to a multiple of what the network halves; and where in it the picture lies."""
        (height, width), multiple, margin = planes.shape[-2:], self.network.multiple, self._margin
        right, bottom = (margin + -(side + 2 * margin) % multiple for side in (width, height))
        padded = mirror_pad(planes, margin, right, margin, bottom)
        return padded, (..., slice(margin, margin + height), slice(margin, margin + width))

    def _pad(self, planes: Float[Tensor, "1 c h w"]) -> Float[Tensor, "1 c h2 w2"]:
        if self._margin:
            return self._with_margin(planes)[0]
        (height, width), (full_height, full_width) = planes.shape[-2:], self._encoding.condition.shape[-2:]
        return F.pad(planes, (0, full_width - width, 0, full_height - height))

    def _ready(self) -> "Colorizer":
        _ = self.image  # which is refused where there is none
        return self

    def _draw(self, image: RGB, small: Float[Tensor, "1 3 h2 w2"]) -> tuple[Sketch, Float[Tensor, "1 1 h2 w2"]]:
        """What waits for colour, at full size and at the network's."""
        size = small.shape[-2], small.shape[-1]
        if self.network.condition != "sketch":
            return by_rows(lightness, image), lightness(small)
        if self._page is not None:
            return self._page.lines, resize(self._page.lines, size)
        # Drawn as in training, where the network saw lines that were `draw` times as large, shrunk; sigma grows with
        # the picture, so that the lines at full size are the same lines.
        side = min(small.shape[-2:]) * max(1, getattr(self.network, "about", {}).get("draw", 1))
        large = image if min(image.shape[-2:]) >= side else resize(image, side)
        style = PRESETS[self.network.line_art[0]]
        lines = sketch(large, replace(style, side=min(side, style.side or side)))
        return resize(lines, (image.shape[-2], image.shape[-1])), resize(lines, size)

    def _join_lightness(self, ab: Float[Tensor, "1 2 h w"], full_size: bool) -> Float[Tensor, "1 3 h2 w2"]:
        light = self._lines if full_size else self._small_lines
        if ab.shape[-2:] != light.shape[-2:]:
            ab = F.interpolate(ab, light.shape[-2:], mode="bilinear", align_corners=False)
        return by_rows(lambda ab, light: decode(ab, "ab", 100 * light), ab, light)
