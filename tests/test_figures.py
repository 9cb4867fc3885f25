import io

import pytest
import torch
from PIL import Image

from colornb import Colorizer, Region, figures, methods, sample
from colornb.color import encode


@pytest.fixture(scope="module")
def painter():
    painter = Colorizer(methods.build("guiding_painter", "tiny"), 48)
    painter.set_image(sample("chelsea"))
    return painter


def png(figure):
    return Image.open(io.BytesIO(figure._repr_png_()))


def test_pictures_stand_in_rows_and_columns_with_their_names(painter):
    figure = figures.show_grid([[painter.image, painter.sketch], [painter.image]], ["a", "b"], ["one", "two"])
    assert len(figure.axes) == 4
    assert [axis.get_title() for axis in figure.axes[:2]] == ["a", "b"]
    assert [axis.get_ylabel() for axis in figure.axes[::2]] == ["one", "two"]
    assert not figure.axes[3].images
    assert png(figure).width > 200


def test_a_figure_shows_the_colours_it_was_given():
    red = torch.zeros(1, 3, 8, 8)
    red[:, 0] = 1
    picture = png(figures.show_row([red])).convert("RGB")
    assert picture.getpixel((picture.width // 2, picture.height // 2)) == (255, 0, 0)


def test_the_story_of_a_painting_has_a_column_for_each_hint(painter):
    hints = [Region(rank, "tomato") for rank in painter.region_order[:2]]
    assert len(figures.show_steps(painter, hints).axes) == 9


def test_a_spotlight_dims_all_but_its_region(painter):
    rank = painter.region_order[0]
    inside = torch.nn.functional.interpolate(painter.regions[rank][None, None].float(), painter.image.shape[-2:]) > 0
    lit = figures.spotlight(painter.image, painter.regions[rank])
    assert torch.equal(lit[inside.expand_as(lit)], painter.image[inside.expand_as(lit)])
    assert lit[~inside.expand_as(lit)].max() <= 0.5 + 1e-6


def test_hint_maps_show_colour_under_the_lines(painter):
    rank = painter.region_order[0]
    shown = figures.hint_map(painter, [Region(rank, "#ff0000")])
    inside = torch.nn.functional.interpolate(painter.regions[rank][None, None].float(), shown.shape[-2:]) > 0
    red, green = shown[:, :1][inside], shown[:, 1:2][inside]
    assert torch.equal(red, painter.sketch[inside])
    assert not green.any()


def test_regions_and_curves_and_swatches_draw(painter):
    assert len(figures.show_regions(painter).axes) == 2
    assert figures.show_curve([0, 1], {"a": [1, 2], "b": [2, 1]}, "hints", "PSNR (dB)").axes[0].get_legend()
    assert len(figures.swatches(["red", "#0f0"]).axes) == 2


def test_network_space_does_not_pass_for_pixels(painter):
    assert encode(painter.image, "rgb").min() < 0  # what show_grid would clip: decode first


@pytest.mark.filterwarnings("error")
def test_many_bars_have_colours_of_their_own():
    rows = [{"g": "one", "b": f"bar {i}", "v": float(i)} for i in range(13)]
    bars = figures.show_bars(rows, "g", "b", "v", "v").axes[0].patches
    assert len({bar.get_facecolor() for bar in bars}) == 13


def test_a_group_may_lack_a_bar():
    rows = [{"g": "x", "b": "one", "v": 1.0}, {"g": "x", "b": "two", "v": 2.0}, {"g": "y", "b": "two", "v": 3.0}]
    axis = figures.show_bars(rows, "g", "b", "v", "v").axes[0]
    heights = [bar.get_height() for bar in axis.patches]
    assert heights[0] == 1
    assert heights[1] != heights[1]  # NaN
    assert heights[2:] == [2, 3]
