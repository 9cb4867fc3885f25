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
def drawn(axis):
    """Where the dots of a figure are, and how far their intervals reach."""
    return [(bar[0].get_xydata(), bar[2][0].get_segments()) for bar in axis.containers]


def test_many_dots_have_colours_of_their_own():
    rows = [{"g": "one", "b": f"dot {i}", "v": float(i)} for i in range(13)]
    axis = figures.show_dots(rows, "g", "b", "v", "v").axes[0]
    assert len({bar[0].get_color() for bar in axis.containers}) == 13
    assert [label.get_text() for label in axis.get_yticklabels()] == [row["b"] for row in rows]


def colors_in(figure):
    """The colours of the names of a figure, as drawn."""
    axis = figure.axes[-1]
    dots = {bar.get_label(): bar[0].get_color() for bar in axis.containers}
    return dots | {line.get_label(): line.get_color() for line in axis.lines if line.get_label()[0] != "_"}


def test_a_method_has_one_colour_in_all_figures():
    names = ("GuidingPainter", "RTUG", "RTUG*", "something else")
    rows = [{"g": "one", "b": name, "x": x, "v": x} for name in names for x in (0, 1)]
    dots = colors_in(figures.show_dots(rows, "g", "b", "v", "v"))
    spread = colors_in(figures.show_spread(rows[::-1], "b", "x", "v", "x", "v"))
    curves = colors_in(figures.show_curve([0, 1], {"rtug-natural": [0, 1], "storybook": [1, 0]}, "x", "v"))
    assert dots["RTUG"] == dots["RTUG*"] == spread["RTUG"] == curves["rtug-natural"]
    assert dots["GuidingPainter"] == spread["GuidingPainter"]
    assert len({*dots.values()}) == 3
    assert curves["storybook"] != curves["rtug-natural"]
    assert figures.color_of("two stages, asked") == figures.color_of("asked") != figures.color_of("two stages, random")


def test_two_of_one_method_are_told_apart():
    rows = [{"g": "one", "b": name, "x": x, "v": x} for name in ("RTUG", "RTUG*") for x in (0, 1)]
    lines = figures.show_spread(rows, "b", "x", "v", "x", "v").axes[0].lines
    assert [line.get_linestyle() for line in lines] == ["-", "--"]
    first, second = figures.show_dots(rows, "g", "b", "v", "v").axes[0].containers
    assert first[0].get_markerfacecolor() != second[0].get_markerfacecolor()


def test_a_group_may_lack_a_dot():
    rows = [{"g": "x", "b": "one", "v": 1.0}, {"g": "x", "b": "two", "v": 2.0}, {"g": "y", "b": "two", "v": 3.0}]
    (one, _), (two, _) = drawn(figures.show_dots(rows, "g", "b", "v", "v").axes[0])
    assert one[:, 0].tolist() == [1]
    assert two[:, 0].tolist() == [2, 3]


def test_an_interval_is_that_over_rows_or_their_own_the_wider_of_the_two():
    from scipy.stats import ttest_1samp

    values, own = [1.0, 2.0, 4.0], 0.5
    rows = [{"g": "x", "b": "b", "v": value, "half": own} for value in values]
    ((_, (line,)),) = drawn(figures.show_dots(rows, "g", "b", "v", "v", "half").axes[0])
    interval = ttest_1samp(values, 0).confidence_interval(0.95)
    assert line[:, 0].tolist() == pytest.approx([interval.low, interval.high])
    ((_, (line,)),) = drawn(figures.show_dots(rows[:1], "g", "b", "v", "v", "half").axes[0])
    assert line[:, 0].tolist() == pytest.approx([0.5, 1.5])
    ((_, (line,)),) = drawn(figures.show_dots(rows[:1], "g", "b", "v", "v").axes[0])
    assert not line.size, "one row says nothing of another"


def test_what_does_not_compare_has_an_axis_of_its_own():
    rows = [{"g": g, "b": b, "v": v} for g, b, v in (("x", "one", 1.0), ("x", "two", 2.0), ("y", "one", 30.0))]
    assert len(figures.show_dots(rows, "g", "b", "v", "v").axes) == 1
    first, second = figures.show_dots(rows, "g", "b", "v", "v", apart=True).axes
    assert (first.get_title(), second.get_title()) == ("x", "y")
    assert first.get_xlim()[1] < 30
