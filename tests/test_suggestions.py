"""colornb.suggestions: what is known of a picture for the same hints is not computed again."""

import pytest

from colornb import Colorizer, methods
from colornb.hints import EdgeScribble, Point
from colornb.images import sample

NETWORKS = {
    "rtug": lambda: methods.build("rtug", "tiny"),
    "efficient_unet": lambda: methods.build("efficient_unet", "tiny"),
    "edge_enhancing": lambda: methods.build("edge_enhancing", "tiny", backbone="rtug:tiny"),
}
GIVEN, NEXT = [Point(0.3, 0.4, "tomato", 0.1)], Point(0.6, 0.5, "navy", 0.1)


@pytest.fixture(params=NETWORKS)
def colorizer(request):
    colorizer = Colorizer(NETWORKS[request.param](), 64)
    colorizer.set_image(sample("coffee"), "photo")
    return colorizer


@pytest.fixture
def computed(colorizer):
    """How often the map before the palette was computed so far."""
    network, count = getattr(colorizer.network, "backbone", colorizer.network), []
    last = network.model8 if hasattr(network, "model8") else network.up[2]
    last.register_forward_hook(lambda *_: count.append(1))
    return count


def test_the_palette_of_a_new_point_needs_nothing_but_what_was_painted_before_it(colorizer, computed):
    fresh = Colorizer(colorizer.network, 64)
    fresh.set_image(colorizer.image, "photo")
    expected = [fresh.suggest_colors_at(x, 0.5, GIVEN) for x in (0.6, 0.2)]
    del computed[:]
    colorizer.predict(GIVEN)
    colorizer.predict([*GIVEN, NEXT])
    painted = len(computed)
    assert [colorizer.suggest_colors_at(x, 0.5, GIVEN) for x in (0.6, 0.2)] == expected
    assert len(computed) == painted
    colorizer.suggest_colors_at(0.6, 0.5, [NEXT])
    assert len(computed) == painted + 1, "for other hints it is computed"


def test_previews_suggest_nothing_but_what_exact_pictures_do(colorizer):
    quick = Colorizer(colorizer.network, 64, precision="bf16")
    quick.set_image(colorizer.image, "photo")
    quick.preview(GIVEN)
    assert quick.suggest_colors_at(0.6, 0.5, GIVEN) == colorizer.suggest_colors_at(0.6, 0.5, GIVEN)


def test_another_picture_has_another_palette(colorizer):
    colorizer.predict(GIVEN)
    before = colorizer.suggest_colors_at(0.6, 0.5, GIVEN)
    colorizer.set_image(1 - colorizer.image, "photo")
    again = Colorizer(colorizer.network, 64)
    again.set_image(colorizer.image, "photo")
    assert colorizer.suggest_colors_at(0.6, 0.5, GIVEN) == again.suggest_colors_at(0.6, 0.5, GIVEN) != before


def test_scribbles_change_no_palette(computed, colorizer):
    if "edge" not in colorizer.hint_kinds:
        pytest.skip("knows no scribbles")
    colorizer.predict([*GIVEN, EdgeScribble([(0.1, 0.1), (0.9, 0.2)])])
    painted = len(computed)
    colorizer.suggest_colors_at(0.6, 0.5, [*GIVEN, EdgeScribble([(0.1, 0.1), (0.9, 0.2)])])
    assert len(computed) == painted
