"""Previews: while a person paints, pads show what is quickly painted; what rests, and what is taken home, is exact."""

import asyncio

import numpy as np
import pytest
import torch
from widgets.driver import click, drag, is_painted, pixel, pixels, until
from widgets.fake_colorizer import GUESS, EdgeFinder, FakeColorizer, picture

from colornb import Colorizer, methods
from colornb.color import parse_color
from colornb.hints import EdgeScribble, Point
from colornb.images import load_image, sample, to_uint8
from colornb.widgets import EdgePad, PointPad, Studio, _pad

pytestmark = pytest.mark.usefixtures("small_canvases")
OFF = 8  # levels


class QuickColorizer(EdgeFinder):
    """One whose previews are a little brighter, and are counted."""

    is_quick, previewed = True, 0

    def preview(self, hints=(), full_size=True):
        self.previewed += 1
        painted = FakeColorizer.predict(self, hints, full_size)
        self.predicted.pop()
        return (painted + OFF / 255).clamp(max=1)


@pytest.fixture(autouse=True)
def rests_soon(monkeypatch):
    monkeypatch.setattr(_pad, "DETAIL_DELAY", 0.3)


@pytest.fixture
def rests_when_told(monkeypatch):
    """A busy machine may have the exact picture ready before anybody has seen the preview."""
    monkeypatch.setattr(_pad, "DETAIL_DELAY", 3600)


def in_a_loop(scenario):
    asyncio.run(scenario())


def seen(pad):
    """As a page tells a pad that it is on show."""
    pad.fit(*(2 * side + 100 for side in pad.scene.size), 1.0)
    return pad


def test_a_preview_is_shown_at_once_and_gives_way_to_the_exact_picture(rests_when_told):
    async def scenario():
        colorizer = QuickColorizer()
        pad = seen(PointPad(colorizer, picture(), kind="drawing"))
        pad.flush()
        blank = pixels(pad, "right").copy()
        pad.add(0.5, 0.5, "#204060", 0.3)
        await until(lambda: not np.array_equal(pixels(pad, "right"), blank))
        shown = pixels(pad, "right").copy()
        assert tuple(colorizer.predicted[-1]) == (), "nothing waits for the exact picture"
        assert abs(int(pad.right.rgb_at(0.5, 0.5)[0] * 255) - (0x20 + OFF)) <= 1
        pad.flush()
        assert is_painted(pad)
        assert not np.array_equal(pixels(pad, "right"), shown)
        assert colorizer.predicted[-1] == tuple(pad.hints)

    in_a_loop(scenario)


def test_whoever_waits_for_all_sees_the_exact_picture():
    async def scenario():
        pad = seen(PointPad(QuickColorizer(), picture(), kind="drawing"))
        pad.add(0.5, 0.5, "#204060")
        pad.flush()
        assert is_painted(pad)
        pad.add(0.2, 0.5, "#602040")
        assert torch.equal(pad.rgb, painted(pad, pad.hints)), "and so is what is taken home meanwhile"

    in_a_loop(scenario)


def painted(pad, hints):
    """What is painted exactly."""
    own = FakeColorizer()
    own.set_image(pad.scene.image)
    return own.predict(hints)


def test_nothing_is_previewed_where_nobody_looks_or_it_would_be_no_faster():
    async def scenario():
        unseen, slow = QuickColorizer(), QuickColorizer()
        slow.is_quick = False
        for pad in (PointPad(unseen, picture()), seen(PointPad(slow, picture()))):
            pad.add(0.5, 0.5, "red")
            await until(lambda pad=pad: is_painted(pad))
        assert (unseen.previewed, slow.previewed) == (0, 0)

    in_a_loop(scenario)


def test_a_preview_that_was_left_becomes_exact_when_its_tool_is_taken_again():
    async def scenario():
        studio = Studio(picture(), kind="drawing", models={"drawing": QuickColorizer()})
        studio.tool = "point"
        seen(studio.pad).add(0.5, 0.5, "#204060", 0.3)
        studio.pad.renderer.flush()
        assert not is_painted(studio)
        studio.tool = "edge"
        await until(lambda: is_painted(studio))
        studio.tool = "point"
        await until(lambda: is_painted(studio))

    in_a_loop(scenario)


def test_scribbles_and_the_picture_without_them_become_exact(rests_when_told):
    async def scenario():
        pad = seen(EdgePad(QuickColorizer(), picture(), kind="drawing"))
        guess = [round(255 * part) for part in parse_color(GUESS)]
        drag(pad, (0.2, 0.5), (0.8, 0.6), "right")
        pad.shade(0.2)  # so that both are painted anew
        await until(lambda: pixel(pad, "left", "picture", 0.1, 0.1)[0] == guess[0] + OFF)
        pad.flush()
        assert pixel(pad, "left", "picture", 0.1, 0.1)[0] == guess[0]
        assert is_painted(pad)

    in_a_loop(scenario)


def test_a_preview_becomes_exact_by_itself():
    async def scenario():
        for pad in (PointPad, EdgePad):
            pad = seen(pad(QuickColorizer(), picture(), kind="drawing"))
            pad.shade(0.2)
            pad.renderer.flush()
            assert not is_painted(pad)
            await until(lambda pad=pad: is_painted(pad))

    in_a_loop(scenario)


@pytest.mark.parametrize("precision", ["bf16", "32", "auto"])
def test_what_is_saved_while_previews_are_on_show_is_that_of_32_bits_to_the_bit(precision, tmp_path):
    network = methods.build("edge_enhancing", "tiny", backbone="rtug:tiny")
    for layer in network.enhancers.values():
        torch.nn.init.normal_(layer.last.weight, 0, 0.1, generator=torch.Generator().manual_seed(0))
    image = sample("coffee")[..., ::4, ::4]
    reference = Colorizer(network, 48, precision="32")
    reference.set_image(image, "photo")

    async def scenario():
        models = {"photograph": Colorizer(network, 48, precision=precision)}
        studio = Studio(image, kind="photo", models=models)
        studio.tool = "point"
        click(seen(studio.pad), 0.4, 0.5)
        studio.pad.paint("tomato")
        studio.pad.renderer.flush()
        assert is_painted(studio) == (precision == "32") or precision == "auto"
        studio.tool = "edge"
        drag(seen(studio.pad), (0.2, 0.5), (0.8, 0.6), "right")
        studio.pad.renderer.flush()
        studio.save(tmp_path / "out.png")
        studio.save(tmp_path / "work.json")
        assert [type(hint) for hint in studio.hints] == [Point, EdgeScribble]
        expected = to_uint8(reference.predict(studio.hints))
        assert np.array_equal(to_uint8(load_image(tmp_path / "out.png")), expected)
        studio.flush()
        assert is_painted(studio)

    in_a_loop(scenario)
