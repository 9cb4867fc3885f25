"""Pictures once they are read: rounding, resizing, mirroring, gray, and the samples."""

import itertools

import numpy as np
import pytest
import torch
from picture_files import refused
from PIL import Image

from colornb import images
from colornb.images import ImageError, load_image, size_of


def test_uint8_rounds_clamps_and_comes_back():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    array = np.stack([levels, levels[::-1], levels.T], -1)
    assert np.array_equal(images.to_uint8(images.from_uint8(array)), array)
    wild = torch.tensor([-1.0, 0.4999 / 255, 0.5001 / 255, 2.0]).view(1, 1, 1, 4)
    assert images.to_uint8(wild)[0, :, 0].tolist() == [0, 0, 1, 255]
    assert images.to_uint8(wild).shape == (1, 4, 3)
    refused(lambda: images.from_uint8(np.zeros((2, 2))), "not uint8: use load_image")


@pytest.mark.parametrize(("size", "expected"), [(10, (10, 15)), (40, (40, 60)), ((7, 5), (7, 5))])
def test_resize(generator, size, expected):
    rgb = torch.rand(2, 3, 20, 30, generator=generator)
    resized = images.resize(rgb, size)
    assert resized.shape == (2, 3, *expected)
    assert torch.allclose(resized.mean((-2, -1)), rgb.mean((-2, -1)), atol=0.05)


def test_resize_never_leaves_the_range_it_was_given():
    edge = torch.zeros(1, 1, 8, 8)
    edge[..., 4:] = 100.0
    bicubic = torch.nn.functional.interpolate(edge, (20, 20), mode="bicubic", antialias=True)
    assert bicubic.min() < 0 and bicubic.max() > 100  # the overshoot that must not come through
    resized = images.resize(edge, 20)
    assert resized.min() == 0 and resized.max() == 100


def test_resize_antialiases():
    stripes = torch.arange(64).remainder(2).float().expand(1, 1, 64, 64)
    assert images.resize(stripes, 8).std() < 0.05
    assert images.resize(stripes, 8, antialias=False).std() < 0.6
    assert torch.equal(images.resize(stripes, (64, 64)), stripes)


def test_resize_refuses_empty_sizes():
    with pytest.raises(ValueError, match="give at least 1"):
        images.resize(torch.zeros(1, 3, 4, 4), (0, 4))
    with pytest.raises(ValueError, match="give at least 1"):
        images.resize(torch.zeros(1, 3, 4, 4), 0)


def test_mirror_pad_equals_numpy(generator):
    for size, margin in itertools.product([(4, 7), (1, 1), (5, 1), (17, 16)], (0, 1, 3, 9, 25)):
        image = torch.rand(2, 3, *size, generator=generator)
        ours = images.mirror_pad(image, margin, 2, 1, margin)
        pads = ((0, 0), (0, 0), (1, margin), (margin, 2))
        assert np.array_equal(ours.numpy(), np.pad(image.numpy(), pads, mode="reflect"))


def test_grey_is_told_from_colour(generator):
    gray = torch.rand(1, 1, 50, 50, generator=generator).expand(1, 3, 50, 50).clone()
    assert images.is_gray(gray)
    assert images.is_gray((gray + 0.01 * torch.rand(gray.shape, generator=generator)).clamp(0, 1))
    sepia = gray * torch.tensor([1.0, 0.9, 0.7]).view(3, 1, 1)
    assert not images.is_gray(sepia)
    one_red_rose = gray.clone()
    one_red_rose[0, :, :5, :5] = torch.tensor([1.0, 0, 0]).view(3, 1, 1)
    assert not images.is_gray(one_red_rose)
    assert not images.is_gray(torch.cat([gray, one_red_rose]))


@pytest.mark.parametrize("name", images.SAMPLES)
def test_samples_are_colour_photographs(name):
    rgb = images.sample(name)
    assert rgb.shape[:2] == (1, 3) and min(rgb.shape[-2:]) >= 300
    assert not images.is_gray(rgb) and rgb.std() > 0.1


def test_sample_is_the_picture_of_that_name():
    import skimage.data

    assert np.array_equal(images.to_uint8(images.sample("astronaut")), skimage.data.astronaut())


def test_samples_say_what_is_missing(monkeypatch):
    refused(lambda: images.sample("lena"), "no sample named 'lena': choose one of astronaut")
    monkeypatch.setattr(images, "find_spec", lambda _: None)
    refused(lambda: images.sample("china"), "pip install scikit-learn")


def test_the_size_of_a_picture_is_told_before_it_is_shrunk(tmp_path):
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    Image.new("RGB", (60, 40)).save(path, exif=exif)
    assert size_of(path) == size_of(path.read_bytes()) == (60, 40)
    assert load_image(path, max_side=30).shape == (1, 3, 30, 20)
    assert size_of(np.zeros((5, 7), np.uint8)) == size_of(Image.new("L", (7, 5))) == (5, 7)
    with pytest.raises(ImageError, match="no picture"):
        size_of(b"letters")
