"""Feature networks: by name, Inception through its library, and the small one that is trained here."""

import math
from types import SimpleNamespace

import pytest
import torch
from pictures import Boxes
from shapes import unchecked
from torchvision.transforms.functional import gaussian_blur

from colornb import checkpoints, data
from colornb.color import lab_to_rgb, luma, rgb_to_lab
from colornb.metrics import (
    FeatureNetwork,
    Gaussian,
    distance_key,
    distance_label,
    features,
    frechet_distance,
)
from colornb.metrics._features import Inception
from tools import features as training


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory):
    """A file like the published one, with random weights, and the library's own network that holds them."""
    library = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    path = tmp_path_factory.mktemp("inception") / "random.pth"
    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng():
        torch.manual_seed(0)
        patch.setattr(library, "load_state_dict_from_url", lambda *_, **__: {})
        patch.setattr(library.FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
        network = library.FeatureExtractorInceptionV3("oracle", ["2048"])
    torch.save(network.state_dict(), path)
    return path, network


@pytest.mark.slow
def test_inception_sees_pictures_as_files_hold_them(random_weights, generator):
    path, oracle = random_weights
    rgb = torch.rand(2, 3, 40, 32, generator=generator)
    found = Inception(path)(rgb)
    assert found.shape == (2, 2048)
    pixels = torch.from_numpy((rgb.numpy() * 255).round().astype("uint8"))
    torch.testing.assert_close(found, oracle(pixels)[0])


@pytest.mark.slow
def test_inception_is_found_in_the_cache(random_weights, tmp_path, monkeypatch):
    path, _ = random_weights
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path))
    monkeypatch.setitem(checkpoints.OFFICIAL, "inception", checkpoints.Official(path.as_uri(), ""))
    assert isinstance(network := features("inception"), FeatureNetwork)
    assert network.name == "inception"
    assert not network.training
    assert (tmp_path / "weights" / path.name).is_file()


def test_where_inception_cannot_be_had_one_line_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path))
    nowhere = checkpoints.Official((tmp_path / "none.pth").as_uri(), "")
    monkeypatch.setitem(checkpoints.OFFICIAL, "inception", nowhere)
    with pytest.raises(OSError, match="put the file at .*none.pth, or take other features, such as .*crops") as error:
        features("inception")
    assert "\n" not in str(error.value)


def test_a_file_of_something_else_is_named_in_one_line(tmp_path):
    pytest.importorskip("torch_fidelity")
    torch.save({"w": torch.zeros(2)}, tmp_path / "other.pth")
    (tmp_path / "text.pth").write_text("no weights at all")
    for name in ("other.pth", "text.pth"):
        with pytest.raises(ValueError, match="Inception's weights: get https") as error:
            Inception(tmp_path / name)
        assert "\n" not in str(error.value)


def test_distances_are_called_after_their_network():
    assert (distance_key("inception"), distance_label("inception")) == ("fid", "FID")
    assert (distance_key("crops"), distance_label("crops")) == ("fd_crops", "Fréchet distance (crops)")
    with pytest.raises(ValueError, match="crops, inception, lite0"):
        features("resnet")


def test_the_loss_is_that_of_the_paper(generator):
    one, two = torch.randn(2, 4, 5, generator=generator)
    rows, total = torch.cat([one, two]).double(), 0.0
    for i in range(8):
        similar = [math.exp(torch.cosine_similarity(rows[i], rows[k], dim=0).item() / 0.5) for k in range(8)]
        total -= math.log(similar[(i + 4) % 8] / (sum(similar) - similar[i])) / 8
    assert training.contrastive_loss(one, two, 0.5).item() == pytest.approx(total, rel=1e-5)


def test_views_are_crops_that_keep_their_colours(generator):
    flat = torch.rand(64, 3, 1, 1, generator=generator).expand(-1, -1, 32, 32)
    one, two = training.views(flat, generator)
    torch.testing.assert_close(one, two)  # of an even picture every crop is alike
    kept = (one - flat).abs().amax((1, 2, 3)) < 1e-5
    assert 0.5 < kept.float().mean() < 1
    gray = one[~kept]
    torch.testing.assert_close(gray[:, :1].expand_as(gray), gray)


def test_views_differ_where_a_picture_does(generator):
    ramp = torch.linspace(0, 1, 32).expand(200, 3, 32, 32)
    one, two = training.views(ramp, generator)
    assert not torch.allclose(one, two, atol=0.05)
    rising = one[:, 0, 16, -1] > one[:, 0, 16, 0]
    assert 0.3 < rising.float().mean() < 0.7  # half of them are mirrored
    width = (one[:, 0, 16, -1] - one[:, 0, 16, 0]).abs() * 32 / 31
    assert width.min() > 0.2**0.5 - 0.05
    assert width.max() <= 1.05


def test_training_brings_crops_of_one_picture_together():
    boxes = Boxes(32)
    encoder = training.build(seed=0)
    losses = list(training.fit(encoder, boxes, 12, batch_size=16))
    assert len(losses) == 12
    assert not encoder.training
    assert sum(losses[-3:]) < 0.8 * sum(losses[:3])
    again = training.build(seed=0)
    assert list(training.fit(again, boxes, 12, batch_size=16)) == losses


def test_every_picture_is_seen_once_before_any_is_seen_twice(generator):
    seen = torch.stack(list(training._order(10, 5, 4, generator)))
    assert seen.shape == (4, 5)
    for epoch in seen.view(2, 10):
        assert epoch.sort().values.tolist() == list(range(10))


def test_there_must_be_something_to_tell_apart():
    with pytest.raises(ValueError, match="at least two"):
        next(training.fit(training.build(), Boxes(1), 1))


def test_any_size_from_32_pixels_on_gives_128_numbers(generator):
    encoder = training.build().eval()
    for height, width in [(32, 32), (65, 48)]:
        assert encoder(torch.rand(2, 3, height, width, generator=generator)).shape == (2, 128)
    with pytest.raises(ValueError, match="too small"):
        encoder(torch.rand(1, 3, 31, 64, generator=generator))


# The encoder that is shipped: does its distance see damage, and more of it in more damage?


def desaturated(rgb, share):
    return rgb.lerp(luma(rgb).expand_as(rgb), share)


def turned(rgb, degrees):
    """Every hue, turned in CIE Lab."""
    light, a, b = rgb_to_lab(rgb).unbind(1)
    turn = math.radians(degrees)
    a, b = a * math.cos(turn) - b * math.sin(turn), a * math.sin(turn) + b * math.cos(turn)
    return lab_to_rgb(torch.stack([light, a, b], 1))


def blurred(rgb, sigma):
    return gaussian_blur(rgb, 2 * math.ceil(3 * sigma) + 1, sigma)


def bled(rgb, sigma):
    """Colours run over edges, the lightness stays."""
    lab = rgb_to_lab(rgb)
    return lab_to_rgb(torch.cat([lab[:, :1], blurred(lab[:, 1:], sigma)], 1))


DAMAGES = {desaturated: (0.3, 0.6, 1.0), turned: (20, 60, 180), blurred: (0.5, 1.0, 2.0), bled: (1.0, 2.0, 4.0)}


@pytest.fixture(scope="module")
def shipped():
    """The shipped encoder, 400 pages it has never seen, and a function that gathers features of such pages.

    With them the features of all, and how far two halves of them are apart: every damage is compared with both.
    """
    with unchecked():  # a page is drawn by a thousand small calls
        encoder, book = features("crops"), data.open("storybook", "test", size=64, n=400)
    pages = book.batch(torch.arange(400)).rgb

    def gathered(rgb):
        found = Gaussian("crops")
        for part in rgb.split(50):
            found.add(encoder(part))
        return found

    halves = frechet_distance(gathered(pages[::2]), gathered(pages[1::2]))
    return SimpleNamespace(encoder=encoder, pages=pages, gathered=gathered, real=gathered(pages), halves=halves)


@pytest.mark.slow
def test_two_halves_of_true_pictures_are_close(shipped):
    assert shipped.halves < 0.1 * shipped.real.covariance.trace()


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_more_damage_is_farther_away(shipped, damage):
    found = [shipped.gathered(damage(shipped.pages, strength).clamp(0, 1)) for strength in DAMAGES[damage]]
    distances = [frechet_distance(one, shipped.real) for one in found]
    assert distances == sorted(distances)
    assert distances[-1] > 3 * shipped.halves, (distances, shipped.halves)


@pytest.mark.slow
def test_the_shipped_encoder_tells_a_crop_from_those_of_other_pages(shipped, generator):
    encoder, pages = shipped.encoder, shipped.pages
    one, two = (torch.nn.functional.normalize(encoder(view), dim=1) for view in training.views(pages[:100], generator))
    nearest = (one @ two.T).argmax(1)
    assert (nearest == torch.arange(100)).float().mean() > 0.5  # by chance 0.01
    assert encoder.about["steps"] >= 1000
