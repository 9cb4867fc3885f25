import io

import pytest
import torch
from PIL import Image

from colornb import Colorizer, Region, figures, methods, sample
from colornb.color import encode


@pytest.fixture(scope="module")
def colorizer():
    colorizer = Colorizer(methods.build("guiding_painter", "tiny"), 48)
    colorizer.set_image(sample("chelsea"), "photo")
    return colorizer


def png(figure):
    return Image.open(io.BytesIO(figure._repr_png_()))


def test_pictures_stand_in_rows_and_columns_with_their_names(colorizer):
    figure = figures.show_grid([[colorizer.image, colorizer.sketch], [colorizer.image]], ["a", "b"], ["one", "two"])
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


def test_the_story_of_a_painting_has_a_column_for_each_hint(colorizer):
    hints = [Region(rank, "tomato") for rank in colorizer.region_order[:2]]
    assert len(figures.show_steps(colorizer, hints).axes) == 9


def test_a_spotlight_dims_all_but_its_region(colorizer):
    rank = colorizer.region_order[0]
    inside = (
        torch.nn.functional.interpolate(colorizer.regions[rank][None, None].float(), colorizer.image.shape[-2:]) > 0
    )
    lit = figures.spotlight(colorizer.image, colorizer.regions[rank])
    assert torch.equal(lit[inside.expand_as(lit)], colorizer.image[inside.expand_as(lit)])
    assert lit[~inside.expand_as(lit)].max() <= 0.5 + 1e-6


def test_hint_maps_show_colour_under_the_lines(colorizer):
    rank = colorizer.region_order[0]
    shown = figures.hint_map(colorizer, [Region(rank, "#ff0000")])
    inside = torch.nn.functional.interpolate(colorizer.regions[rank][None, None].float(), shown.shape[-2:]) > 0
    red, green = shown[:, :1][inside], shown[:, 1:2][inside]
    assert torch.equal(red, colorizer.sketch[inside])
    assert not green.any()


def test_regions_and_curves_and_swatches_draw(colorizer):
    shown = figures.show_regions(colorizer)
    assert len(shown.axes) == 2
    for text, rank in zip(shown.axes[1].texts, colorizer.region_order, strict=True):
        column, row = text.get_position()
        assert colorizer.regions[rank, row, column], "a number lies on its region"
    assert figures.show_curve([0, 1], {"a": [1, 2], "b": [2, 1]}, "hints", "PSNR (dB)").axes[0].get_legend()
    assert len(figures.swatches(["red", "#0f0"]).axes) == 2


def test_network_space_does_not_pass_for_pixels(colorizer):
    assert encode(colorizer.image, "rgb").min() < 0  # what show_grid would clip: decode first


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
