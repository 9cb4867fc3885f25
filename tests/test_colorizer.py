import pytest
import torch

from colornb import Colorizer, Point, Region, methods
from colornb.color import decode, encode, harmonies, luma, parse_color, rgb_to_lab
from colornb.drawings import is_drawing
from colornb.filters import guided_upsample
from colornb.hints import EdgeScribble, rasterize, rasterize_scribbles
from colornb.images import check_picture, resize, sample
from colornb.metrics import psnr


class Painter(torch.nn.Module):
    """Paints each region in its hint, white elsewhere: what a perfect, dull network would do."""

    def __init__(self, condition="sketch", target="rgb"):
        super().__init__()
        self.condition, self.target, self.line_art, self.n_regions = condition, target, ("clean",), 3
        self.hint_kinds, self.multiple = ("region", "point"), 16
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.looked = 0

    def encode(self, condition, generator=None):
        self.looked += 1
        regions = torch.zeros(1, 3, *condition.shape[-2:])
        half = condition.shape[-1] // 2
        regions[:, 0, :, :half], regions[:, 2, :, half:] = 1, 1
        return methods.Encoding(condition, regions)

    def paint(self, encoding, color, mask):
        paper = 1.0 if self.target == "rgb" else 0.0
        return torch.where(mask > 0, color, paper)


@pytest.fixture
def colorizer():
    colorizer = Colorizer(Painter(), 64)
    colorizer.set_image(sample("coffee"), "photo")
    return colorizer


def test_the_picture_is_looked_at_once(colorizer):
    for color in ("red", "green"):
        colorizer.predict([Region(0, color)])
    assert colorizer.network.looked == 1


def test_output_has_the_resolution_of_the_input(colorizer):
    assert colorizer.predict([Region(0, "red")]).shape == colorizer.image.shape
    assert colorizer.predict([Region(0, "red")], full_size=False).shape[-2:] == (64, 96)
    assert colorizer.sketch.shape[-2:] == colorizer.image.shape[-2:]


def test_empty_regions_are_left_out_of_the_order(colorizer):
    assert colorizer.region_order == [0, 2]
    assert colorizer.regions.shape == (3, 64, 96)
    assert colorizer.n_regions == 3
    assert (colorizer.region_at(0.1, 0.9), colorizer.region_at(1, 1)) == (0, 2)


def test_hints_colour_their_region_and_points_their_place(colorizer):
    rgb = colorizer.predict([Region(0, "#204080"), Point(0.75, 0.5, "red", 0.2)], full_size=False)[0]
    assert torch.allclose(rgb[:, 5, 5], torch.tensor(parse_color("#204080")), atol=1e-3)
    assert torch.allclose(rgb[:, 32, 72], torch.tensor([1.0, 0, 0]), atol=1e-3)
    assert torch.allclose(rgb[:, 2, 90], torch.ones(3), atol=1e-3)


@pytest.mark.parametrize("size", [(1, 1), (17, 300), (40, 2000), (65, 64)])
def test_any_shape_of_picture_is_painted(size, generator):
    colorizer = Colorizer(methods.build("guiding_painter", "tiny"), 48)
    colorizer.set_image(torch.rand(1, 3, *size, generator=generator))
    painted = colorizer.predict([Region(0, "red")])
    assert painted.shape[-2:] == size
    assert painted.amin() >= 0
    assert painted.amax() <= 1


def test_regions_are_drawn_with_noise_by_choice(generator):
    network = methods.build("guiding_painter", "tiny")
    plain, noisy = Colorizer(network, 48), Colorizer(network, 48, noise=generator)
    seen = []
    for colorizer in (plain, plain, noisy, noisy):
        colorizer.set_image(sample("coffee"), "photo")
        seen.append(colorizer.regions)
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[2], seen[3]), "every look draws anew"
    with pytest.raises(ValueError, match="no regions"):
        guideless = Painter()
        guideless.n_regions = 0
        Colorizer(guideless, 48, noise=generator)


def test_lightness_survives_where_only_colour_is_painted():
    colorizer = Colorizer(Painter("L", "ab"), 64)
    image = sample("coffee")
    colorizer.set_image(image)
    painted = colorizer.predict()
    assert torch.allclose(rgb_to_lab(painted)[:, 0], rgb_to_lab(image)[:, 0], atol=0.1)
    assert (painted.amax(1) - painted.amin(1)).max() < 0.01  # no hint, no colour


def test_drawings_are_told_from_photographs():
    photo = sample("chelsea")
    drawing = torch.ones(1, 3, 64, 64)
    drawing[..., 30:33, :] = 0
    assert is_drawing(drawing)
    assert not is_drawing(photo)
    assert not is_drawing(luma(photo).expand(-1, 3, -1, -1))
    colorizer = Colorizer(Painter(), 64)
    colorizer.set_image(drawing)
    assert torch.equal(colorizer.sketch, drawing[:, :1])
    colorizer.set_image(drawing, kind="photo")
    assert not torch.equal(colorizer.sketch, drawing[:, :1])


def test_joined_lines_are_sharper_than_enlarged_ones():
    """A flat drawing, made small and brought back: the guided filter beats plain enlargement."""
    lines = torch.ones(1, 1, 256, 256)
    lines[..., 60:64, :] = lines[..., :, 120:124] = 0
    truth = lines * torch.tensor([0.9, 0.5, 0.2]).view(1, 3, 1, 1)
    small, small_lines = resize(truth, 64), resize(lines, 64)
    joined = guided_upsample(small, small_lines, lines)
    assert psnr(joined, truth).item() > psnr(resize(small, 256), truth).item() + 3
    assert guided_upsample(truth, lines, lines) is truth


def test_suggestions_begin_with_the_models_own_colour(colorizer):
    network = colorizer.network
    network.paint = lambda encoding, color, mask: torch.full_like(encoding.condition, 0.5).expand(-1, 3, -1, -1)
    colors = colorizer.suggest_region_colors(0, n=6)
    assert len(colors) == len(set(colors)) == 6
    assert colors[0] == "#bfbfbf"
    assert colorizer.suggest_region_colors(1) == []


def test_harmonies_keep_to_colours_that_exist():
    for hue in range(0, 360, 45):
        for color in harmonies(50, 60 * hue / 360, 40, 10):
            parse_color(color)
    assert harmonies(50, 0, 0, 0) == []


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p: p.set_image(torch.rand(2, 3, 8, 8)), "give one"),
        (lambda p: p.set_image(torch.rand(1, 3, 8, 8), kind="photograph"), "'auto', 'photo' or 'drawing'"),
        (lambda p: p.region_at(1.5, 0), "outside"),
        (lambda p: Colorizer(Painter()).predict(), "set_image"),
        (lambda p: p.predict([Region(7, "red")]), "regions 0 to 2"),
    ],
)
def test_mistakes_are_named_in_one_line(colorizer, call, words):
    with pytest.raises(ValueError, match=words) as error:
        call(colorizer)
    assert "\n" not in str(error.value)


# Palettes for a point.


@pytest.fixture
def photo():
    colorizer = Colorizer(methods.build("rtug", "tiny"), 64)
    colorizer.set_image(sample("coffee"), "photo")
    return colorizer


def test_a_palette_for_a_point_has_its_lightness_and_likely_colours_first(photo):
    height, width = photo._small_lines.shape[-2:]
    logits = torch.full((1, 529, -(-height // 4), -(-width // 4)), -40.0)
    logits[0, 23 * 15 + 13] = 5.0  # a = 40, b = 20, wherever one asks
    logits[0, 23 * 9 + 7] = 0.0  # a = -20, b = -40
    photo.network.classify = lambda *_: logits
    light = photo.lightness_at(0.3, 0.6)
    first, second = (
        rgb_to_lab(torch.tensor(parse_color(c)).view(1, 3, 1, 1)).flatten() for c in photo.suggest_colors_at(0.3, 0.6)
    )
    assert torch.allclose(torch.stack([first, second])[:, 0], torch.tensor(light), atol=1.5)
    assert torch.allclose(first[1:] / first[1:].norm(), torch.tensor([2.0, 1.0]) / 5**0.5, atol=0.05)
    assert torch.allclose(second[1:] / second[1:].norm(), -torch.tensor([1.0, 2.0]) / 5**0.5, atol=0.05)


def _hue(color):
    _, a, b = rgb_to_lab(torch.tensor(parse_color(color)).view(1, 3, 1, 1)).flatten()
    return torch.atan2(b, a)


def test_a_model_without_a_palette_suggests_what_it_would_paint(colorizer):
    hints = [Region(0, "#204080"), Region(2, "#d02020")]
    blue, *others = colorizer.suggest_colors_at(0.1, 0.5, hints, 4)
    assert len(set(others)) == 3
    assert torch.allclose(_hue(blue), _hue("#204080"), atol=0.1)


def test_points_outside_and_hints_for_the_deaf_are_refused(photo):
    with pytest.raises(ValueError, match="outside the picture"):
        photo.suggest_colors_at(1.2, 0.5)
    photo.network.hint_kinds = ()
    with pytest.raises(ValueError, match="does not accept hints"):
        photo.predict([Point(0.5, 0.5, "red")])


PREVIEWED = [Point(0.5, 0.5, "tomato", 0.2)], [Point(0.2, 0.7, "tomato"), EdgeScribble([(0.2, 0.1), (0.4, 0.9)])]


@pytest.mark.parametrize("hints", PREVIEWED, ids=["a point", "a scribble"])
@pytest.mark.parametrize("full_size", [True, False])
def test_half_precision_paints_nearly_the_same_and_only_previews(photo, hints, full_size):
    network = methods.build("edge_enhancing", "tiny", backbone="rtug:tiny")
    for layer in network.enhancers.values():
        torch.nn.init.normal_(layer.last.weight, 0, 0.1, generator=torch.Generator().manual_seed(0))
    plain, quick = (Colorizer(network, 64, precision=precision) for precision in ("32", "bf16"))
    for colorizer in (plain, quick):
        colorizer.set_image(photo.image, "photo")
    shown = quick.preview(hints, full_size)
    exact = plain.predict(hints, full_size)
    assert 0 < (shown - exact).abs().max() < 0.05
    assert torch.equal(quick.predict(hints, full_size), exact), "whatever was previewed before"
    assert torch.equal(quick.preview(hints, full_size), shown), "and the other way round"
    assert torch.equal(plain.preview(hints, full_size), exact)
    assert (plain.is_quick, quick.is_quick) == (False, True)


def test_a_precision_that_there_is_not_is_refused(photo):
    with pytest.raises(ValueError, match="choose 'auto', '32' or 'bf16'"):
        Colorizer(photo.network, precision="fp4")


# Scribbles.

EDGES = [EdgeScribble([(0.2, 0.1), (0.4, 0.9)], 0.05), EdgeScribble([(0.7, 0.5), (0.9, 0.5)], 0.05)]


@pytest.fixture
def mender():
    """An edge network whose every E adds something; the picture is no multiple of what the network sees."""
    network = methods.build("edge_enhancing", "tiny")
    generator = torch.Generator().manual_seed(1)
    for name, value in network.enhancers.named_parameters():
        if "last.weight" in name:
            value.data.normal_(0, 0.05, generator=generator)
    mender = Colorizer(network, 61)
    mender.set_image(sample("coffee"), "photo")
    return mender


def test_a_picture_is_painted_once_for_all_scribbles_on_the_same_colours(mender, monkeypatch):
    painted, begin = [], mender.network.encode_and_paint
    monkeypatch.setattr(mender.network, "encode_and_paint", lambda *told: painted.append(told) or begin(*told))
    red = Point(0.5, 0.5, "red", 0.1)
    for hints in ([], EDGES[:1], EDGES, EDGES[1:]):
        mender.predict(hints)
    assert len(painted) == 1
    for hints in ([red], [red, *EDGES], [EDGES[0], red]):
        mender.predict(hints)
    assert len(painted) == 2
    mender.predict(EDGES)
    mender.set_image(sample("chelsea"), "photo")
    mender.predict(EDGES)
    assert len(painted) == 4


def test_a_picture_with_scribbles_is_what_the_network_enhances(mender):
    network, lines = mender.network, mender._small_lines
    hints = [EDGES[0], Point(0.5, 0.5, "red", 0.1), EDGES[1]]
    size = lines.shape[-2:]
    scribble, dense = rasterize_scribbles(hints, *size), rasterize(hints, *size)
    padding = (0, -size[1] % 8, 0, -size[0] % 8)
    assert any(padding)
    color, mask, scribble = (
        torch.nn.functional.pad(x, padding) for x in (encode(dense.color, "ab") * dense.mask, dense.mask, scribble)
    )
    with torch.no_grad():
        start = network.encode_and_paint(mender._encoding, color, mask)
        ab = network.enhance(start, scribble)[..., : size[0], : size[1]]
    expected = decode(ab, "ab", 100 * lines)
    assert torch.allclose(mender.predict(hints, full_size=False), expected, atol=1e-5)
    assert (mender.predict(hints) - mender.predict(hints[1:2])).abs().max() > 0.01


def test_without_scribbles_the_picture_is_that_of_the_backbone(mender):
    plain = Colorizer(mender.network.backbone, 61)
    plain.set_image(sample("coffee"), "photo")
    hints = [Point(0.5, 0.5, "red", 0.1)]
    mender.predict([*hints, *EDGES])
    assert torch.equal(mender.predict(hints), plain.predict(hints))
    assert mender.suggest_colors_at(0.5, 0.5, [*hints, *EDGES]) == plain.suggest_colors_at(0.5, 0.5, hints)


def test_a_model_that_mends_no_edges_says_so_in_one_line(photo, colorizer):
    for plain in (photo, colorizer):
        with pytest.raises(ValueError, match="does not accept edge scribbles") as error:
            plain.predict(EDGES)
        assert "\n" not in str(error.value)


def test_colours_for_a_backbone_that_takes_none_are_refused():
    deaf = Colorizer(methods.build("edge_enhancing", "tiny", backbone="pix2pix:tiny"), 64)
    deaf.set_image(sample("coffee"), "photo")
    deaf.predict(EDGES)
    with pytest.raises(ValueError, match="does not accept hints"):
        deaf.predict([Point(0.5, 0.5, "red"), *EDGES])


# Boxes


def test_boxes_are_those_of_the_picture_whatever_is_padded():
    """A picture of which a side is no multiple of eight: the network sees it padded, and the boxes where they were."""
    network = methods.build("instcolorization", "tiny")
    colorizer = Colorizer(network, 60)
    colorizer.set_image(sample("coffee"), "photo")
    without = colorizer.predict(full_size=False)
    colorizer.set_boxes([(0.25, 0.5, 1.0, 1.0)])
    height, width = colorizer._small_lines.shape[-2:]
    padded_height, padded_width = colorizer._encoding.condition.shape[-2:]
    assert padded_height > height or padded_width > width
    left, top, right, bottom = colorizer._encoding.boxes[0, 0].tolist()
    assert left * padded_width == pytest.approx(0.25 * width)
    assert right * padded_width == pytest.approx(width)
    assert top * padded_height == pytest.approx(0.5 * height)
    assert bottom * padded_height == pytest.approx(height)
    assert not torch.equal(colorizer.predict(full_size=False), without)
    colorizer.set_boxes([])
    assert torch.equal(colorizer.predict(full_size=False), without)


def test_a_new_picture_has_no_boxes_yet():
    colorizer = Colorizer(methods.build("instcolorization", "tiny"), 64)
    colorizer.set_image(sample("coffee"), "photo")
    without = colorizer.predict()
    colorizer.set_boxes([(0, 0, 0.5, 1)])
    colorizer.set_image(sample("coffee"), "photo")
    assert torch.equal(colorizer.predict(), without)


def test_boxes_reach_what_an_edge_network_mends():
    network = methods.build("edge_enhancing", "tiny", backbone="instcolorization:tiny")
    colorizer = Colorizer(network, 64)
    colorizer.set_image(sample("coffee"), "photo")
    without = colorizer.predict()
    colorizer.set_boxes([(0, 0, 0.5, 1)])
    assert not torch.equal(colorizer.predict(), without)


def test_what_makes_nothing_of_boxes_says_so_in_one_line():
    colorizer = Colorizer(methods.build("rtug", "tiny"), 64)
    colorizer.set_image(sample("coffee"), "photo")
    for call in (lambda: colorizer.set_boxes([(0, 0, 1, 1)]), lambda: Colorizer(colorizer.network).set_boxes([])):
        with pytest.raises(ValueError, match="choose one that colours by instance|call set_image first") as error:
            call()
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("image", "mend"),
    [
        ("char.png", "str is no picture: give what colornb.load_image makes of it"),
        (None, "NoneType is no picture"),
        (torch.zeros(3, 8, 8), r"shape \(3, 8, 8\): give \(1, 3, height, width\)"),
        (torch.zeros(1, 1, 8, 8), r"shape \(1, 1, 8, 8\)"),
        (torch.zeros(2, 3, 8, 8), "2 pictures at once"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(image, mend):
    with pytest.raises(ValueError, match=mend) as caught:
        check_picture(image)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shading", [2, -0.1, float("nan"), "x", None])
def test_a_shading_that_cannot_be_is_refused(shading):
    page = torch.ones(1, 3, 64, 64)
    page[..., 20:44, 20:22] = 0
    colorizer = Colorizer(Painter(), 64)
    colorizer.set_image(page, "drawing")
    colorizer.shading = shading
    with pytest.raises(ValueError, match="give a number from 0, flat, to 1"):
        colorizer.predict()
