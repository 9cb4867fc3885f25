import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from colornb.filters import dilate
from colornb.hints import (
    EdgeScribble,
    Point,
    Region,
    count_law,
    from_json,
    mean_colors,
    paint_patches,
    paint_regions,
    prefix,
    rasterize,
    rasterize_scribbles,
    sample_counts,
    sample_patches,
    to_json,
)


def random_regions(batch, n, height, width, generator):
    labels = torch.randint(0, n, (batch, height, width), generator=generator)
    return torch.nn.functional.one_hot(labels, n).permute(0, 3, 1, 2).float()


def test_a_point_is_a_patch_around_its_place():
    dense = rasterize([Point(0.5, 0.25, "red", size=0.3)], 20, 40)
    rows, columns = dense.mask[0, 0].nonzero().T
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (3, 8, 18, 23)
    assert dense.color[0, :, 5, 20].tolist() == [1, 0, 0]


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1, 1), (1, 0), (0, 1)])
def test_points_in_the_corners_stay_inside(x, y):
    dense = rasterize([Point(x, y, "#fff", size=0.01)], 7, 5)
    assert dense.mask.sum() == 1
    assert dense.mask[0, 0, 6 * y, 4 * x] == 1


def test_later_hints_cover_earlier_ones_and_regions_follow_their_partition(generator):
    regions = torch.zeros(1, 2, 2, 2)
    regions[0, 0, :, 0] = regions[0, 1, :, 1] = 1
    dense = rasterize([Region(0, "blue"), Point(0.1, 0.1, "red", 0.01), Region(1, "#0f0")], 4, 4, regions)
    assert dense.mask.sum() == 16
    assert dense.color[0, :, 0, 0].tolist() == [1, 0, 0]
    assert dense.color[0, :, 3, 0].tolist() == [0, 0, 1]
    assert dense.color[0, :, 0, 3].tolist() == [0, 1, 0]


def test_hints_go_through_json_unchanged():
    hints = [Point(0.25, 1.0, "#a1b2c3", 0.1), Region(29, "tomato")]
    assert from_json(to_json(hints)) == hints


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "no json",
        "[1]",
        '{"colornb": 2, "hints": []}',
        '{"colornb": 1, "hints": [{"kind": "circle"}]}',
        '{"colornb": 1, "hints": [{"kind": "region", "rank": -1, "color": "red"}]}',
        '{"colornb": 1, "hints": [{"kind": "point", "x": NaN, "y": 0, "color": "red"}]}',
        '{"colornb": 1, "hints": [{"kind": "point", "x": 0, "y": 0, "color": "#12"}]}',
        '{"colornb": 1, "hints": [{"kind": "region", "rank": 0}]}',
    ],
)
def test_a_bad_hint_file_is_refused_in_one_line(text):
    with pytest.raises(ValueError) as error:
        from_json(text)
    assert "\n" not in str(error.value)


def test_the_json_is_small_and_readable():
    row = json.loads(to_json([Region(3, "red")]))["hints"][0]
    assert row == {"kind": "region", "rank": 3, "color": "red"}


def test_regions_need_a_partition_that_has_them():
    with pytest.raises(ValueError, match="does not accept region hints"):
        rasterize([Region(0, "red")], 4, 4)
    with pytest.raises(ValueError, match="0 to 1"):
        rasterize([Region(2, "red")], 4, 4, torch.ones(1, 2, 4, 4))


# Scribbles.


@pytest.mark.parametrize("path", [((0.1, 0.2), (1.0, 0.0)), [[0.1, 0.2], [1, 0]], [(0.5, 0.5)]])
def test_scribbles_go_through_json_unchanged(path):
    hints = [EdgeScribble(path, 0.02), Point(0.1, 0.2, "red")]
    again = from_json(to_json(hints))
    assert again == hints
    assert again[0].path == tuple(tuple(float(value) for value in point) for point in path)
    assert hash(again[0]) == hash(hints[0])


@pytest.mark.parametrize(
    ("path", "width", "words"),
    [
        ([], 0.1, "at least one"),
        ([(0.5, 1.1)], 0.1, "outside the picture"),
        ([(0.5, 0.5), (float("nan"), 0.5)], 0.1, "outside the picture"),
        ([(0.5, 0.5, 0.5)], 0.1, "pairs"),
        ([(0.5, 0.5)], 0.0, "width"),
        ([(0.5, 0.5)], 1.5, "width"),
        ([(0.5, 0.5)], float("nan"), "width"),
    ],
)
def test_scribbles_that_no_picture_shows_are_refused_in_one_line(path, width, words):
    text = json.dumps({"colornb": 1, "hints": [{"kind": "edge", "path": path, "width": width}]})
    with pytest.raises(ValueError, match=words) as error:
        from_json(text)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("hint 0")


@pytest.mark.parametrize("pixels", range(1, 9))
def test_a_scribble_is_as_wide_as_a_share_of_the_shorter_side(pixels):
    mask = rasterize_scribbles([EdgeScribble([(0.2, 0.5), (0.8, 0.5)], pixels / 64)], 64, 100)
    assert mask.shape == (1, 1, 64, 100)
    assert mask.unique().tolist() == [0, 1]
    assert mask[0, 0, :, 50].sum() == pixels
    rows = mask[0, 0, :, 50].nonzero().flatten().double()
    assert rows.mean().item() == pytest.approx(32, abs=0.5)


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1, 1), (0.5, 0.25)])
def test_a_scribble_of_one_point_marks_its_pixel(x, y):
    mask = rasterize_scribbles([EdgeScribble([(x, y)], 1e-6)], 8, 12)
    assert mask.sum() == 1
    assert mask[0, 0, min(7, int(8 * y)), min(11, int(12 * x))] == 1


def test_scribbles_lie_together_in_one_mask_and_leave_no_colour():
    across, down = EdgeScribble([(0.0, 0.5), (1.0, 0.5)], 0.01), EdgeScribble([(0.5, 0.0), (0.5, 1.0)], 0.01)
    both = rasterize_scribbles([across, Point(0.1, 0.1, "red"), down], 9, 9)
    alone = [rasterize_scribbles([one], 9, 9) for one in (across, down)]
    assert torch.equal(both, torch.maximum(*alone))
    assert both.sum() == 17
    assert not rasterize([across], 9, 9).mask.any()
    assert not rasterize_scribbles([Point(0.1, 0.1, "red")], 9, 9).any()


def test_counts_follow_the_bounded_geometric_law(generator):
    n = 200_000
    counts = sample_counts(n, 30, generator)
    seen = torch.bincount(counts, minlength=31).double() / n
    law = torch.tensor([0.125 * 0.875**i for i in range(30)] + [0.875**30], dtype=torch.float64)
    assert torch.equal(count_law(30), law)
    assert law.sum() == pytest.approx(1)
    deviation = (seen - law).abs() / (law * (1 - law) / n).sqrt()
    assert deviation.max() < 4.5
    assert counts.double().mean().item() == pytest.approx(7 * (1 - 0.875**30), abs=0.06)


def test_the_mask_vector_is_a_prefix():
    assert prefix(torch.tensor([0, 2, 3]), 3).tolist() == [[0, 0, 0], [1, 1, 0], [1, 1, 1]]


def test_each_region_is_shown_as_often_as_the_user_goes_on(generator):
    n = 100_000
    seen = prefix(sample_counts(n, 30, generator, stop=0.25), 30).mean(0).double()
    law = 0.75 ** torch.arange(1, 31, dtype=torch.float64)  # hint i is given if the user went on i times
    assert ((seen - law).abs() / (law * (1 - law) / n).sqrt()).max() < 4.5


def test_one_region_that_fills_the_picture(generator):
    image = torch.rand(1, 3, 5, 7, generator=generator)
    regions = torch.zeros(1, 4, 5, 7)
    regions[:, 2] = 1
    colors = mean_colors(regions, image)
    assert torch.allclose(colors[0, 2], image[0].flatten(1).mean(1))
    assert not colors[0, [0, 1, 3]].any()
    for count in (0, 2):
        color, mask = paint_regions(regions, colors, prefix(torch.tensor([count]), 4))
        assert not color.any()
        assert not mask.any()
    color, mask = paint_regions(regions, colors, prefix(torch.tensor([3]), 4))
    assert torch.equal(color, colors[:, 2, :, None, None].expand(-1, -1, 5, 7))
    assert mask.all()


def test_the_gradient_of_hints_is_that_of_the_equations_written_as_loops(generator):
    soft = torch.rand(1, 3, 3, 5, generator=generator, dtype=torch.float64).mul(4).softmax(1)
    image = torch.rand(1, 2, 3, 5, generator=generator, dtype=torch.float64)
    shown = torch.tensor([[1.0, 1.0, 0.0]], dtype=torch.float64)
    pull = torch.rand(1, 3, 3, 5, generator=generator, dtype=torch.float64)
    mine, other = soft.clone().requires_grad_(), soft.clone().requires_grad_()
    color, mask = paint_regions(mine, mean_colors(mine, image), shown)
    (torch.cat([color, mask], 1) * pull).sum().backward()
    total = 0.0
    for i in range(2):
        s = other[0, i]
        for c in range(2):
            mean = sum(s[y, x] * image[0, c, y, x] for y in range(3) for x in range(5)) / s.sum()
            total += sum(mean * s[y, x] * pull[0, c, y, x] for y in range(3) for x in range(5))
        total += (s * pull[0, 2]).sum()
    total.backward()
    assert torch.allclose(mine.grad, other.grad, atol=1e-12)


def test_mean_colors_and_maps_equal_the_equations_written_as_loops(generator):
    regions = random_regions(2, 5, 6, 7, generator)
    regions[:, 3] += regions[:, 4]  # empties the last region
    regions[:, 4] = 0
    image = torch.rand(2, 3, 6, 7, generator=generator) * 2 - 1
    shown = prefix(torch.tensor([2, 5]), 5)
    colors = mean_colors(regions, image)
    color, mask = paint_regions(regions, colors, shown)
    for b in range(2):
        expected, covered = torch.zeros(3, 6, 7), torch.zeros(6, 7)
        for i in range(5):
            inside = regions[b, i] == 1
            mean = image[b, :, inside].mean(1) if inside.any() else torch.zeros(3)
            assert torch.allclose(colors[b, i], mean, atol=1e-6)
            if shown[b, i]:
                expected[:, inside] = mean[:, None]
                covered[inside] = 1
        assert torch.allclose(color[b], expected, atol=1e-6)
        assert torch.equal(mask[b, 0], covered)


def test_an_empty_region_has_no_gradient_that_is_not_a_number(generator):
    regions = torch.zeros(1, 3, 4, 4)
    regions[:, 0] = 1
    regions.requires_grad_()
    image = torch.rand(1, 3, 4, 4, generator=generator)
    color, mask = paint_regions(regions, mean_colors(regions, image), torch.ones(1, 3))
    (color.sum() + mask.sum()).backward()
    assert regions.grad.isfinite().all()


# Patches.


def one_by_one(patches, image, counts):
    """The same, patch after patch."""
    color, mask = torch.zeros_like(image), torch.zeros_like(image[:, :1])
    for b, count in enumerate(counts.tolist()):
        for i in range(count):
            top, left, side = (int(x[b, i]) for x in patches[:3])
            place = (b, slice(None), slice(top, top + side), slice(left, left + side))
            color[place] = image[place].mean((1, 2), keepdim=True)
            mask[place] = 1
    return color, mask


@pytest.mark.parametrize("size", [(20, 31), (64, 40)])
def test_patches_are_painted_as_if_one_by_one(size, generator):
    image = torch.rand(4, 3, *size, generator=generator)
    counts = torch.tensor([0, 1, 12, 40])
    patches = sample_patches(4, 40, size, generator)
    color, mask = paint_patches(patches, image, counts)
    slow_color, slow_mask = one_by_one(patches, image, counts)
    assert torch.equal(mask, slow_mask)
    assert torch.allclose(color, slow_color, atol=1e-6)
    assert not paint_patches(patches.first(0), image, 0 * counts)[1].any()


def test_patches_lie_inside_crowd_in_the_middle_and_have_every_side(generator):
    top, left, side, _ = sample_patches(200, 50, (100, 160), generator)
    assert min(top.min(), left.min()) >= 0
    assert (top + side).max() <= 100
    assert (left + side).max() <= 160
    assert side.unique().tolist() == list(range(1, 10))
    middle = (left + (side - 1) / 2).double() / 159
    assert middle.mean().item() == pytest.approx(0.5, abs=0.01)
    # A normal law with deviation 1/4, cut at 0 and 1 where what is beyond gathers: its deviation is 0.24.
    assert middle.std().item() == pytest.approx(0.24, abs=0.01)
    assert sample_patches(50, 50, (30, 30), generator, odd_sizes=True).side.unique().tolist() == [1, 3, 5, 7, 9]


def test_scaled_patches_cover_the_same_share_of_a_smaller_picture():
    def covered(size, scale):
        patches = sample_patches(400, 50, (size, size), torch.Generator().manual_seed(0), scale=scale)
        assert patches.side.max() <= patches.largest
        assert (patches.top + patches.side).max() <= size
        return patches.side, patches.side.double().square().mean().item() / size**2

    large, share = covered(256, 1.0)
    half, there = covered(128, 0.5)
    assert torch.equal(half, (large / 2).round().long().clamp(min=1)), "the same user"
    assert there == pytest.approx(share, rel=0.1)
    quarter, there = covered(64, 0.25)
    assert quarter.unique().tolist() == [1, 2]
    assert there == pytest.approx(share, rel=0.25), "nothing is smaller than a pixel"
    assert covered(64, 1.0)[1] == pytest.approx(16 * share)


def test_patches_fit_pictures_smaller_than_themselves(generator):
    patches = sample_patches(5, 20, (3, 4), generator)
    assert patches.side.max() == 3
    paint_patches(patches, torch.rand(5, 1, 3, 4), torch.full((5,), 20))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(1, 9)), min_size=1, max_size=6))
def test_scribbles_are_lines_thickened_by_a_square_brush(lines):
    scribbles = [EdgeScribble([(x, y), (1 - y, x)], side / 40) for x, y, side in lines]
    alone = [dilate(rasterize_scribbles([EdgeScribble(s.path, 1e-6)], 40, 50), round(s.width * 40)) for s in scribbles]
    assert torch.equal(rasterize_scribbles(scribbles, 40, 50), torch.stack(alone).amax(0))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"kind": ["point"], "x": 0.5, "y": 0.5, "color": "red"}, "no known kind"),
        ({"kind": "point", "x": "a", "y": 0.5, "color": "red"}, "x, y, color, size"),
        ({"kind": "point", "x": 0.5, "y": 0.5, "color": "red", "foo": 1}, "x, y, color, size"),
    ],
)
def test_fields_of_another_type_or_name_are_refused_in_one_line(row, reason):
    with pytest.raises(ValueError, match=reason) as error:
        from_json(json.dumps({"colornb": 1, "hints": [row]}))
    assert "\n" not in str(error.value)


def test_a_file_of_brackets_is_no_hint_file():
    with pytest.raises(ValueError, match="no hint file"):
        from_json("[" * 100_000)
