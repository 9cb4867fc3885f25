"""CDR against Eq. 7 and 8 written as loops, and against what it is there to see."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.ndimage import binary_dilation, binary_erosion, gaussian_filter
from skimage.feature import canny
from skimage.segmentation import slic

from colornb.color import lab_to_rgb, rgb_to_lab
from colornb.edges import ab_edges
from colornb.images import resize, sample
from colornb.metrics import cdr
from colornb.metrics.cdr import PROTOCOLS, discrepancy, divide, superpixels


def by_the_book(painted, true, edges, kernel):
    """Eq. 7 and 8, pixel by pixel; pixels of which Omega is empty do not count."""
    reach, (height, width) = kernel // 2, true.shape
    shares = []
    for y, x in zip(*edges.nonzero(), strict=True):
        omega = [
            (i, j)
            for i in range(max(0, y - reach), min(height, y + reach + 1))
            for j in range(max(0, x - reach), min(width, x + reach + 1))
            if true[i, j] != true[y, x]
        ]
        if omega:
            shares.append(1 - sum(painted[place] == painted[y, x] for place in omega) / len(omega))
    return sum(shares) / len(shares) if shares else math.nan


def by_the_script(painted, true, inside, kernel, protocol="released"):
    """What the authors' script computes of one picture's a and b, pixel by pixel; `inside` may be None."""
    scores = []
    for channel in (0, 1):
        source = true[channel] if inside is None else true[0]
        edges = canny(source, 1.2, 0.2, 0.7, use_quantiles=True)
        clusters = [slic(np.stack([x[channel]] * 3, -1), 250, 10.0, sigma=1) for x in (painted, true)]
        edges = edges if inside is None else edges & inside
        shares = [script_share(*clusters, y, x, kernel, protocol) for y, x in zip(*edges.nonzero(), strict=True)]
        scores.append(sum(shares) / len(shares) if shares else math.nan)
    return sum(scores) / 2


# Where the window begins and ends, the end left out: first at dc33c3d and 1abbe79, then as copies have it.
WINDOWS = {"released": lambda i, k: range(i - k + 1, i + k), "published": lambda i, k: range(i - k, i + k)}


def script_share(painted, true, y, x, kernel, protocol):
    omega = alike = 0
    for i in WINDOWS[protocol](y, kernel):
        for j in WINDOWS[protocol](x, kernel):
            if not (0 <= i < true.shape[0] and 0 <= j < true.shape[1]):
                omega += 1
            elif true[i, j] != true[y, x]:
                omega += 1
                alike += painted[i, j] == painted[y, x]
    return 1 - alike / omega if omega else 1.0


def ab_of(rgb):
    return rgb_to_lab(rgb.double())[:, 1:].numpy()


def edges_of(ab):
    return (ab_edges(torch.from_numpy(ab)[None])[0, 0] > 0).numpy()


def bled(rgb, sigma):
    """Colours run over edges by so many pixels, the lightness stays."""
    lab = rgb_to_lab(rgb)
    lab[:, 1:] = torch.from_numpy(gaussian_filter(lab[:, 1:].numpy(), (0, 0, sigma, sigma)))
    return lab_to_rgb(lab)


def one_colour(rgb):
    lab = rgb_to_lab(rgb)
    lab[:, 1:] = lab[:, 1:].mean((2, 3), keepdim=True)
    return lab_to_rgb(lab)


def disc(inside, outside, size=64):
    """A disc of one colour of CIE Lab on another."""
    y, x = torch.meshgrid(*[torch.arange(size) - size / 2 + 0.5] * 2, indexing="ij")
    colors = torch.tensor([outside, inside])
    return lab_to_rgb(colors[(torch.hypot(y, x) < 0.3 * size).long()].permute(2, 0, 1)[None])


RED, GREEN, YELLOW, BLUE = (60.0, 40.0, 0.0), (60.0, -40.0, 20.0), (60.0, 0.0, 50.0), (60.0, 0.0, -50.0)


@pytest.fixture(scope="module")
def photos():
    """Two photographs of 64 x 64 pixels."""
    return torch.cat([resize(sample(name), 80)[..., 8:72, 8:72] for name in ("astronaut", "chelsea")])


@pytest.mark.parametrize("kernel", [1, 3, 7])
@pytest.mark.parametrize("clusters", [1, 2, 9])
def test_counting_is_that_of_the_equations(kernel, clusters):
    draw = np.random.default_rng(0)
    painted, true = draw.integers(clusters, size=(2, 13, 17))
    edges = draw.random((13, 17)) < 0.3
    edges[0, 0] = edges[-1, -1] = True
    found = discrepancy(painted, true, edges, kernel // 2)
    assert found == pytest.approx(by_the_book(painted, true, edges, kernel), nan_ok=True)
    assert math.isnan(found) == (kernel == 1 or clusters == 1)


def test_a_window_may_be_larger_than_the_picture():
    painted, true = np.random.default_rng(0).integers(4, size=(2, 3, 5))
    edges = np.ones((3, 5), bool)
    assert discrepancy(painted, true, edges, 9) == pytest.approx(by_the_book(painted, true, edges, 19))


def test_only_what_is_divided_counts_not_what_it_is_called():
    true = np.arange(4).repeat(6)[None].repeat(24, 0)
    edges = np.ones_like(true, bool)
    assert discrepancy(7 - true, true, edges, 3) == 1
    assert discrepancy(np.arange(true.size).reshape(true.shape), true, edges, 3) == 1  # divided even finer
    assert discrepancy(np.zeros_like(true), true, edges, 3) == 0
    joined = np.where(true > 1, 1, true)  # of three borders only the first is left
    assert discrepancy(joined, true, edges, 1) == pytest.approx(1 / 3)


@pytest.mark.parametrize("kernel", [3, 7])
def test_the_whole_is_that_of_the_equations(photos, kernel):
    where = (torch.rand(2, 1, 64, 64, generator=torch.Generator().manual_seed(1)) < 0.5).float()
    painted = bled(photos, 2)
    everywhere, somewhere = (cdr(painted, photos, kernel, place, side=8) for place in (None, where))
    for i, (one, two) in enumerate(zip(ab_of(painted), ab_of(photos), strict=True)):
        clusters, edges = [superpixels(ab, side=8) for ab in (one, two)], edges_of(two)
        assert everywhere[i].item() == pytest.approx(by_the_book(*clusters, edges, kernel), rel=1e-5)
        edges &= where[i, 0].numpy() > 0
        assert somewhere[i].item() == pytest.approx(by_the_book(*clusters, edges, kernel), rel=1e-5)
    assert not torch.allclose(everywhere, somewhere, rtol=1e-3)


@pytest.mark.parametrize("protocol", ["released", "published"])
@pytest.mark.parametrize("local", [False, True])
def test_the_other_protocols_are_those_of_the_script(photos, local, protocol):
    true, painted = photos[..., :40, :48], bled(photos, 2)[..., :40, :48]
    where = torch.zeros(2, 1, 40, 48)
    where[..., :20, 10:] = 1
    found = cdr(painted, true, 5, where if local else None, protocol=protocol)
    for i, (one, two) in enumerate(zip(ab_of(painted), ab_of(true), strict=True)):
        inside = where[i, 0].numpy() > 0 if local else None
        assert found[i].item() == pytest.approx(by_the_script(one, two, inside, 5, protocol), rel=1e-5)


def script_in_its_words(painted, true, edges, kernel, protocol):
    """One channel with maps padded as far as that version of the script pads them, and cut as slices cut.

    At the older commits slices that begin below 0 are empty, and count as 1.
    """
    pad = kernel // 2 + 1 if protocol == "released" else kernel - 1
    (painted, true), shares = (np.pad(clusters, pad, constant_values=-1) for clusters in (painted, true)), []
    for y, x in np.argwhere(np.pad(edges, pad)):
        first = [i - kernel + (protocol == "released") for i in (y, x)]
        window = slice(first[0], y + kernel), slice(first[1], x + kernel)
        other = true[window] != true[y, x]
        alike = (painted[window] == painted[y, x]) & other
        shares.append(1 - alike.sum() / other.sum() if other.any() else 1.0)
    return sum(shares) / len(shares)


@pytest.mark.parametrize(("protocol", "kernel"), [("released", 3), ("released", 5), ("published", 5), ("published", 7)])
def test_no_window_is_lost_where_the_script_loses_none(photos, protocol, kernel):
    """Canny finds no edge on the border itself, so that these cases are the script's to the last window."""
    true, painted = photos[:1, :, :40, :48], bled(photos[:1], 2)[..., :40, :48]
    scores = []
    for one, two in zip(ab_of(painted)[0], ab_of(true)[0], strict=True):
        clusters = [slic(np.stack([x] * 3, -1), 250, 10.0, sigma=1) for x in (one, two)]
        edges = canny(two, 1.2, 0.2, 0.7, use_quantiles=True)
        scores.append(script_in_its_words(*clusters, edges, kernel, protocol))
    assert cdr(painted, true, kernel, protocol=protocol).item() == pytest.approx(sum(scores) / 2, rel=1e-5)


def test_the_window_of_the_script_has_grown(photos):
    first, later = (cdr(bled(photos, 2), photos, 5, protocol=protocol) for protocol in PROTOCOLS[1:])
    assert (first != later).all()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_target_may_be_divided_once_for_several_predictions(photos, protocol):
    divided = divide(photos, protocol=protocol)
    for sigma in (1, 4):
        painted = bled(photos, sigma)
        assert torch.equal(cdr(painted, divided, 5, protocol=protocol), cdr(painted, photos, 5, protocol=protocol))


def test_a_target_divided_in_another_way_is_refused(photos):
    for divided in (divide(photos, side=8), divide(photos, protocol="released")):
        with pytest.raises(ValueError, match="other settings"):
            cdr(photos, divided)


def test_superpixels_are_as_large_as_asked_for(photos):
    ab = ab_of(photos)[0]
    for side in (4, 8, 16):
        assert len(np.unique(superpixels(ab, side))) == pytest.approx(64 * 64 / side**2, rel=0.25)


def test_compactness_is_in_units_of_lab(photos):
    ab = ab_of(photos)[0]
    assert np.array_equal(superpixels(ab / 2, 8, 5.0), superpixels(ab, 8, 10.0))
    assert np.array_equal(superpixels(ab + 7, 8), superpixels(ab, 8))
    assert not np.array_equal(superpixels(ab / 2, 8), superpixels(ab, 8))


def test_superpixels_keep_to_a_strong_edge_within_a_pixel():
    ab = ab_of(disc(RED, GREEN))[0]
    red = ab[0] > 0
    near = binary_dilation(red, iterations=2) & ~binary_erosion(red, iterations=2)
    clusters = np.where(near, -1, superpixels(ab))
    assert np.array_equal(np.intersect1d(clusters[red], clusters[~red]), [-1])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_true_picture_scores_one(photos, protocol):
    painted = photos.clone().requires_grad_()
    assert (cdr(painted, photos, protocol=protocol) == 1).all()


def test_other_colours_that_keep_apart_score_as_the_true_ones():
    true = disc(RED, GREEN)
    scores = [cdr(painted, true).item() for painted in (disc(YELLOW, BLUE), bled(true, 2), disc(YELLOW, YELLOW))]
    assert scores[0] > 0.8
    assert scores[0] > scores[1] > scores[2]
    assert scores[2] < 0.5


# One wide ramp of colour is divided anew, so that a disc may score higher again; photographs have many edges.
@pytest.mark.parametrize(("picture", "sigmas"), [("disc", (1, 3)), ("astronaut", (1, 3, 8)), ("chelsea", (1, 3, 8))])
def test_the_farther_colours_bleed_the_lower_the_score(picture, sigmas):
    true = disc(RED, GREEN, 96) if picture == "disc" else resize(sample(picture), 96)
    scores = [cdr(painted, true).item() for painted in (true, *(bled(true, sigma) for sigma in sigmas))]
    scores.append(cdr(one_colour(true), true).item())
    assert all(more > less for more, less in pairwise(scores)), scores
    assert scores[-1] < 0.4  # what is left is chance: even areas are divided by place


def test_only_the_edges_asked_for_count(photos):
    broken, (left, right) = photos.clone(), torch.zeros(2, 2, 1, 64, 64)
    broken[..., 32:] = one_colour(photos)[..., 32:]
    left[..., :20], right[..., 44:] = 1, 1
    scores = [cdr(broken, photos, where=where) for where in (left, right)]
    assert (scores[0] > scores[1] + 0.1).all()


def test_each_picture_has_a_score_of_its_own(photos):
    painted = torch.stack([photos[0], bled(photos, 4)[1]])
    found = cdr(painted, photos)
    assert found[0] == 1
    assert found[1] == cdr(painted[1:], photos[1:])[0] < 1


def test_pictures_in_which_nothing_counts_have_no_score(photos):
    flat = torch.full((1, 3, 32, 32), 0.5)
    assert cdr(flat, flat).isnan().all()  # no edge
    assert cdr(photos, photos, side=64).isnan().all()  # one superpixel
    assert cdr(photos, photos, kernel=1).isnan().all()  # no neighbour
    for protocol in PROTOCOLS:
        nowhere = torch.zeros(2, 1, 64, 64)
        assert cdr(photos, photos, where=nowhere, protocol=protocol).isnan().all()
        nowhere[0] = 1
        assert cdr(photos, photos, where=nowhere, protocol=protocol).isnan().tolist() == [False, True]


@pytest.mark.parametrize(
    ("how", "mend"),
    [
        ({"kernel": 4}, "odd number"),
        ({"kernel": -1}, "odd number"),
        ({"side": 0}, "at least 1"),
        ({"compactness": 0.0}, "above 0"),
        ({"protocol": "mine"}, "choose 'paper', 'released', 'published'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(photos, how, mend):
    with pytest.raises(ValueError, match=mend) as error:
        cdr(photos, photos, **how)
    assert "\n" not in str(error.value)


def test_network_space_is_refused(photos):
    with pytest.raises(ValueError, match="decode"):
        cdr(photos * 2 - 1, photos)


@pytest.fixture(scope="module")
def large():
    """A photograph of 256 x 256 pixels with many edges, and one that has bled."""
    photo = resize(sample("astronaut"), 256)
    return bled(photo, 2), photo


def test_a_large_picture_is_counted_as_the_loop_counts_it(large):
    ab = [ab_of(picture)[0] for picture in large]
    clusters, edges = [superpixels(one) for one in ab], edges_of(ab[1])
    assert edges.sum() > 5000
    assert discrepancy(*clusters, edges, 3) == pytest.approx(by_the_book(*clusters, edges, 7))


def test_a_large_picture_is_judged_as_the_script_judges_it(large):
    expected = by_the_script(*(ab_of(picture)[0] for picture in large), None, 9)
    assert cdr(*large, kernel=9, protocol="released").item() == pytest.approx(expected, rel=1e-5)
