"""colornb.color: against scikit-image, finite gradients, gates and colour names."""

import numpy as np
import pytest
import skimage.color
import torch

from colornb import color

STEPS = 24


def nchw(array, dtype):
    return torch.tensor(array, dtype=dtype).permute(0, 3, 1, 2)


def nhwc(tensor):
    return tensor.detach().permute(0, 2, 3, 1).double().numpy()


@pytest.fixture(scope="module")
def srgb():
    """A grid through the whole cube with its corners, and the dark levels where the curves join."""
    steps = np.linspace(0, 1, STEPS)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(1, -1, 1, 3)
    dark = np.repeat(np.arange(20) / 255, 3).reshape(1, -1, 1, 3)
    return np.concatenate([cube, dark], 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rgb_to_lab_equals_skimage(srgb, dtype):
    lab = color.rgb_to_lab(nchw(srgb, dtype))
    assert lab.dtype == dtype
    assert np.abs(nhwc(lab) - skimage.color.rgb2lab(srgb)).max() < 1e-4


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_lab_to_rgb_equals_skimage_in_gamut(srgb, dtype):
    lab = skimage.color.rgb2lab(srgb)
    rgb = nhwc(color.lab_to_rgb(nchw(lab, dtype)))
    assert np.abs(rgb - skimage.color.lab2rgb(lab)).max() < 1e-5
    assert np.abs(rgb - srgb).max() < 1e-5


@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB")
def test_lab_to_rgb_equals_skimage_out_of_gamut():
    random = np.random.default_rng(0)
    lab = random.uniform([0, -110, -110], [100, 110, 110], (1, 5000, 1, 3))
    ours = nhwc(color.lab_to_rgb(nchw(lab, torch.float64)))
    assert ours.min() == 0 and ours.max() == 1  # the draw does leave the gamut
    assert np.abs(ours - skimage.color.lab2rgb(lab)).max() < 1e-6


def test_white_and_black_are_neutral():
    lab = color.rgb_to_lab(torch.tensor([[[0.0, 1.0]]] * 3)[None])
    assert torch.allclose(lab[0, :, 0, 0], torch.zeros(3), atol=1e-4)
    assert torch.allclose(lab[0, :, 0, 1], torch.tensor([100.0, 0, 0]), atol=1e-2)


def test_batches_are_converted_picture_by_picture(generator):
    rgb = torch.rand(3, 3, 4, 5, generator=generator)
    one_by_one = torch.cat([color.rgb_to_lab(picture[None]) for picture in rgb])
    assert torch.allclose(color.rgb_to_lab(rgb), one_by_one, atol=1e-4)


def test_half_precision_is_converted_in_float32(generator):
    rgb = torch.rand(1, 3, 8, 8, generator=generator).half()
    lab = color.rgb_to_lab(rgb)
    assert lab.dtype == torch.float32
    assert torch.equal(lab, color.rgb_to_lab(rgb.float()))


def test_autocast_does_not_round_colours(generator):
    rgb = torch.rand(1, 3, 8, 8, generator=generator)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        lab = color.rgb_to_lab(rgb)
    assert torch.equal(lab, color.rgb_to_lab(rgb))


@pytest.mark.parametrize("value", [-1.0, -0.055, 0.0, 0.04045, 1.0, 2.0])
def test_rgb_to_lab_has_finite_gradients(value):
    rgb = torch.full((1, 3, 1, 1), value, requires_grad=True)
    color.rgb_to_lab(rgb).sum().backward()
    assert rgb.grad.isfinite().all() and rgb.grad.abs().sum() > 0


@pytest.mark.parametrize("lab", [(0, 0, 0), (100, 0, 0), (0, 110, 110), (100, -110, -110), (50, 0, 200), (0, -50, 200)])
@pytest.mark.parametrize("clip", [True, False])
def test_lab_to_rgb_has_finite_gradients(lab, clip):
    lab = torch.tensor(lab, dtype=torch.float32).view(1, 3, 1, 1).requires_grad_()
    rgb = color.lab_to_rgb(lab, clip=clip)
    rgb.sum().backward()
    assert rgb.isfinite().all() and lab.grad.isfinite().all()


def test_gradients_are_right(generator):
    lab = torch.rand(1, 3, 2, 2, generator=generator, dtype=torch.float64) * 40 + 30
    lab[:, 1:] -= 50
    assert torch.autograd.gradcheck(lambda x: color.lab_to_rgb(x, clip=False), lab.requires_grad_())
    rgb = torch.rand(1, 3, 2, 2, generator=generator, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(color.rgb_to_lab, rgb)


def test_in_gamut_knows_every_screen_colour(srgb):
    lab = color.rgb_to_lab(nchw(srgb, torch.float32))
    assert color.in_gamut(lab).all()
    vivid = torch.tensor([50.0, 100, -100]).view(1, 3, 1, 1)  # no screen shows this
    assert color.in_gamut(vivid).logical_not().all()
    assert color.in_gamut(vivid).shape == (1, 1, 1, 1)


def test_luma_weights():
    primaries = torch.eye(3).view(3, 3, 1, 1)
    assert torch.allclose(color.luma(primaries).flatten(), torch.tensor([0.299, 0.587, 0.114]))
    assert torch.allclose(color.luma(torch.ones(1, 3, 1, 1)), torch.ones(1, 1, 1, 1))


def test_rgb_gate_is_undone(generator):
    rgb = torch.rand(2, 3, 4, 4, generator=generator)
    planes = color.encode(rgb, "rgb")
    assert planes.min() < -0.5 and planes.max() > 0.5
    assert torch.allclose(color.decode(planes, "rgb"), rgb, atol=1e-6)


def test_ab_gate_is_undone(generator):
    rgb = torch.rand(2, 3, 4, 4, generator=generator)
    lightness, ab = color.encode(rgb, "L"), color.encode(rgb, "ab")
    assert lightness.shape == (2, 1, 4, 4) and ab.shape == (2, 2, 4, 4)
    assert torch.allclose(color.decode(ab, "ab", L=(lightness + 1) * 50), rgb, atol=1e-5)


def test_network_space_is_within_one(srgb):
    rgb = nchw(srgb, torch.float64)
    for space in ("rgb", "L", "ab"):
        assert color.encode(rgb, space).abs().max() <= 1 + 1e-6
    ends = color.encode(torch.tensor([0.0, 1.0]).view(1, 1, 1, 2), "sketch")
    assert ends.flatten().tolist() == [-1, 1]
    white = color.encode(torch.ones(1, 3, 1, 1), "L")
    assert white.item() == pytest.approx(1, abs=1e-4)


def test_decode_clamps_and_keeps_precision():
    wild = torch.tensor([-7.0, 7.0]).view(1, 1, 1, 2).expand(1, 3, 1, 2)
    assert color.decode(wild, "rgb").unique().tolist() == [0, 1]
    half = torch.zeros(1, 2, 2, 2, dtype=torch.bfloat16)
    gray = color.decode(half, "ab", L=torch.full((1, 1, 2, 2), 53.39))
    assert gray.dtype == torch.float32
    assert torch.allclose(gray, torch.full_like(gray, 0.5), atol=1e-3)


@pytest.mark.parametrize(
    ("call", "mend"),
    [
        (lambda: color.encode(torch.zeros(1, 3, 2, 2), "lab"), "choose rgb, sketch, L, ab"),
        (lambda: color.encode(torch.zeros(1, 3, 2, 2), "sketch"), "give a sketch"),
        (lambda: color.encode(torch.zeros(1, 1, 2, 2), "L"), "give an RGB picture"),
        (lambda: color.decode(torch.zeros(1, 3, 2, 2), "lab"), "choose rgb, ab"),
        (lambda: color.decode(torch.zeros(1, 2, 2, 2), "ab"), "pass L="),
        (lambda: color.decode(torch.zeros(1, 3, 2, 2), "ab"), "check the network"),
    ],
)
def test_gates_refuse_in_one_line(call, mend):
    with pytest.raises(ValueError, match=mend) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#ff0080", (255, 0, 128)),
        ("#F08", (255, 0, 136)),
        ("tomato", (255, 99, 71)),
        (" RebeccaPurple ", (102, 51, 153)),
    ],
)
def test_parse_color_reads_what_people_write(text, expected):
    assert color.parse_color(text) == tuple(value / 255 for value in expected)


def test_parse_color_passes_floats():
    assert color.parse_color((0.25, 0.5, 1.0)) == (0.25, 0.5, 1.0)
    assert color.parse_color([0.0, 1.0, 1.0000001]) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize("bad", ["", "#12", "#12345", "#ggg", "#ff000080", "rgb(1,2,3)", "reddish", "#fff\n#000"])
def test_parse_color_refuses_other_words(bad):
    with pytest.raises(ValueError, match="is not a colour: write #rrggbb") as caught:
        color.parse_color(bad)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bad", [(255.0, 0.0, 0.0), (0.1, 0.2), (0.0, 0.0, float("nan")), (-0.1, 0.0, 0.0)])
def test_three_numbers_must_be_a_colour(bad):
    with pytest.raises(ValueError, match="give three numbers from 0 to 1"):
        color.parse_color(bad)
    with pytest.raises(ValueError, match="give three numbers from 0 to 1"):
        color.hex_color(bad)


def test_hex_color_undoes_parse_color():
    for text in ("#000000", "#ffffff", "#012345", "#fe8040"):
        assert color.hex_color(color.parse_color(text)) == text
    assert color.hex_color((0.5, 0.0, 1.0)) == "#8000ff"
