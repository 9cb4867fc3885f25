"""colornb.sketches: XDoG against float64 references, flat areas, precision, and what the presets draw."""

import numpy as np
import pytest
import scipy.ndimage
import torch

from colornb import filters, images, sketches
from colornb.color import luma
from colornb.sketches import PRESETS, XDoG, sketch, xdog


@pytest.fixture(scope="module")
def photo():
    return images.resize(images.sample("coffee"), 96)


@pytest.fixture(scope="module")
def noise():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(2, 1, 40, 33, generator=generator, dtype=torch.float64)


def blurred(array, sigma):
    """The reference blur of one float64 plane."""
    radius = filters.kernel_radius(sigma)
    return scipy.ndimage.gaussian_filter(array, sigma, mode="mirror", radius=radius)


def drawn(array, sigma, k, tau, epsilon, phi):
    """The reference XDoG in the tau form, branch by branch as the paper writes it."""
    u = blurred(array, sigma) - tau * blurred(array, sigma * k)
    soft = 1 + np.tanh(phi * (u - epsilon))
    return np.where(u >= epsilon, 1.0, soft)


# The blur


@pytest.mark.parametrize("sigma", [0.3, 0.4, 0.5, 1.0, 1.35, 2.25, 6.0])
def test_gaussian_equals_scipy(noise, sigma):
    ours = filters.mirrored_gaussian_blur(noise, sigma)
    for plane, reference in zip(ours[:, 0], noise[:, 0], strict=True):
        assert np.abs(plane.numpy() - blurred(reference.numpy(), sigma)).max() < 1e-12


@pytest.mark.parametrize("sigma", [0.3, 0.5, 1.8, 2.25])
def test_gaussian_equals_opencv_on_floats(noise, sigma):
    cv2 = pytest.importorskip("cv2")
    reference = cv2.GaussianBlur(noise[0, 0].numpy(), (0, 0), sigma)
    assert np.abs(filters.mirrored_gaussian_blur(noise, sigma)[0, 0].numpy() - reference).max() < 1e-9


def test_kernel_radius_is_that_of_opencv_for_floats():
    radii = [filters.kernel_radius(sigma) for sigma in (0.3, 0.4, 0.5, 1.35, 1.8, 2.25)]
    assert [2 * radius + 1 for radius in radii] == [3, 5, 5, 13, 15, 19]


def test_every_picture_may_have_its_own_sigma(noise):
    ours = filters.mirrored_gaussian_blur(noise, torch.tensor([0.5, 2.0], dtype=torch.float64), radius=8)
    assert torch.allclose(ours[:1], filters.mirrored_gaussian_blur(noise[:1], 0.5, radius=8))
    assert torch.allclose(ours[1:], filters.mirrored_gaussian_blur(noise[1:], 2.0, radius=8))


def test_blur_of_tiny_pictures():
    for shape in ((1, 1), (1, 2), (2, 1), (3, 2)):
        ones = torch.ones(1, 1, *shape)
        assert torch.allclose(filters.mirrored_gaussian_blur(ones, 3.0), ones)


def test_half_precision_is_blurred_in_float32(noise):
    half = noise.half()
    assert torch.equal(filters.mirrored_gaussian_blur(half, 1.0), filters.mirrored_gaussian_blur(half.float(), 1.0))


def test_autocast_does_not_round_the_blur(noise):
    exact = filters.mirrored_gaussian_blur(noise.float(), 1.0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(filters.mirrored_gaussian_blur(noise.float(), 1.0), exact)


# XDoG


@pytest.mark.parametrize(
    ("sigma", "k", "tau", "epsilon", "phi"),
    [(0.4, 4.5, 0.95, 0.0005, 1e9), (1.0, 1.6, 0.98, 0.0, 200.0), (0.7, 1.6, 1.0, -0.05, 10.0)],
)
def test_xdog_equals_the_reference(noise, sigma, k, tau, epsilon, phi):
    ours = xdog(noise, sigma, k, tau=tau, epsilon=epsilon, phi=phi)
    for plane, picture in zip(ours[:, 0].numpy(), noise[:, 0].numpy(), strict=True):
        reference = drawn(picture, sigma, k, tau, epsilon, phi)
        assert 0.05 < reference.mean() < 0.95  # both lines and paper
        assert np.abs(plane - reference).max() < 1e-9


def test_float32_draws_what_float64_draws(photo):
    for preset in PRESETS:
        exact = sketch(photo.double(), preset)
        different = (sketch(photo, preset) - exact).abs() > 1e-3
        assert different.float().mean() < 2e-3, preset


def test_p_form_equals_tau_form(noise):
    p, epsilon, phi = 19.0, 0.01, 30.0
    tau = p / (1 + p)
    ours = xdog(noise, 0.5, 1.6, p=p, epsilon=epsilon, phi=phi)
    scaled = {"epsilon": epsilon * (1 - tau), "phi": phi / (1 - tau)}
    assert torch.allclose(ours, xdog(noise, 0.5, 1.6, tau=tau, **scaled))


def test_exactly_one_form(noise):
    for form in ({}, {"p": 19.0, "tau": 0.95}):
        with pytest.raises(ValueError, match="give exactly one"):
            xdog(noise, 1.0, 1.6, epsilon=0.0, phi=1.0, **form)
        with pytest.raises(ValueError, match="give exactly one"):
            XDoG(sigma=(1.0,), k=(1.6,), epsilon=0.0, phi=1.0, **form)
    with pytest.raises(ValueError, match="positive numbers"):
        XDoG(sigma=(), k=(1.6,), epsilon=0.0, phi=1.0, p=1.0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_hard_thresholds_are_finite_in_every_precision(dtype):
    u = torch.tensor([-1.0, 0.0, 0.01, 1.0], dtype=dtype).view(1, 1, 1, 4)
    lines = sketches.threshold(u, epsilon=float(u[..., 2]), phi=1e9)
    assert lines.flatten().tolist() == [0, 0, 1, 1]
    assert lines.dtype == torch.promote_types(dtype, torch.float32)


# The presets


def test_guiding_painter_is_the_published_recipe(photo):
    gray = luma(photo.double())[0, 0].numpy()
    u = (1 + 19) * blurred(gray, 0.4) - 19 * blurred(gray, 0.4 * 4.5)
    reference = np.where(u >= 0.01, 1.0, 1 + np.tanh(1e9 * (u - 0.01)))
    assert (sketch(photo.double())[0, 0].numpy() != reference).mean() < 1e-3


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_areas_of_one_colour_are_white_paper(preset, dtype, generator):
    colors = torch.rand(8, 3, 1, 1, generator=generator) * 0.9 + 0.1
    lines = sketch(colors.expand(-1, -1, 31, 20).to(dtype), preset, generator)
    assert lines.eq(1).all()


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "guiding_painter"])
def test_black_is_white_paper_too(preset):
    assert sketch(torch.zeros(1, 3, 20, 20), preset).eq(1).all()


def test_guiding_painter_fills_black_with_ink():
    assert sketch(torch.full((1, 3, 20, 20), 0.009)).eq(0).all()
    assert sketch(torch.full((1, 3, 20, 20), 0.011)).eq(1).all()


@pytest.mark.parametrize("preset", PRESETS)
def test_a_line_stands_where_dark_meets_light(preset):
    step = torch.full((1, 3, 24, 24), 0.3)
    step[..., 12:] = 0.8
    lines = sketch(step, preset)
    assert lines[..., 9:12].amin(-1).max() < 0.1  # on the dark side of the edge, in every row
    assert lines[..., :4].min() == 1 and lines[..., 14:].min() == 1


def test_clean_sees_edges_of_equal_luma():
    edge = torch.tensor([0.8, 0.2, 0.2]).view(1, 3, 1, 1).repeat(1, 1, 24, 24)
    green = 0.2 + (0.8 - 0.2) * 0.299 / 0.587
    edge[..., 12:] = torch.tensor([0.2, green, 0.2]).view(1, 3, 1, 1)
    assert torch.allclose(luma(edge), luma(edge)[..., :1, :1], atol=1e-6)
    assert sketch(edge, "clean").min() < 0.1
    assert sketch(edge, "classic").eq(1).all()


def test_tag2pix_leaves_very_dark_rims_white():
    dot = torch.ones(1, 3, 15, 15)
    dot[..., 7, 7] = 0
    lines = sketch(dot, "tag2pix")
    assert lines[..., 7, 7] == 1
    assert sketch(dot, "guiding_painter")[..., 7, 7] == 0


@pytest.mark.parametrize("preset", PRESETS)
def test_photographs_become_lines_on_paper(photo, preset):
    lines = sketch(photo, preset)
    assert lines.shape == (1, 1, *photo.shape[-2:])
    assert lines.min() >= 0 and lines.max() == 1
    ink = 1 - lines.mean().item()
    assert 0.02 < ink < 0.35


def test_8_bit_and_float_pictures_draw_the_same(photo):
    array = images.to_uint8(photo)
    from_8_bits = sketch(images.from_uint8(array))
    assert torch.equal(from_8_bits, sketch(images.load_image(array.astype(np.float32) / 255)))


def test_the_generator_chooses_one_width_per_picture(photo):
    batch = photo.expand(12, -1, -1, -1)
    lines = sketch(batch, generator=torch.Generator().manual_seed(1))
    again = sketch(batch, generator=torch.Generator().manual_seed(1))
    assert torch.equal(lines, again)
    widths = [sketch(photo, XDoG((s,), (4.5,), 0.01, 1e9, p=19.0)) for s in (0.3, 0.4, 0.5)]
    near = torch.stack([(lines - one).abs().mean((1, 2, 3)) for one in widths])
    assert near.min(0).values.max() < 2e-3  # each picture has one of the three ..
    assert near.argmin(0).unique().tolist() == [0, 1, 2]  # .. and all three occur
    assert torch.equal(sketch(batch)[:1], sketch(photo))  # without a generator: the middle one
    assert (sketch(photo) - widths[1]).abs().mean() < 2e-3


def test_pictures_of_a_batch_do_not_meet(photo):
    batch = torch.cat([photo, photo.flip(-1), torch.zeros_like(photo)])
    for preset in PRESETS:
        different = (sketch(batch, preset)[:1] - sketch(photo, preset)).abs() > 1e-3
        assert different.float().mean() < 1e-3, preset


def test_clean_draws_the_same_at_every_size():
    photo = images.sample("astronaut")
    small = sketch(images.resize(photo, 256), "clean")
    for side in (400, 512, 1024):
        lines = sketch(images.resize(photo, side), "clean")
        assert lines.shape[-1] == side
        assert (images.resize(lines, 256) - small).abs().mean() < 0.05
        assert abs(lines.mean() - small.mean()) < 0.04


def test_a_style_of_ones_own_and_unknown_names(photo):
    bold = XDoG(sigma=(2.0,), k=(1.6,), tau=0.98, epsilon=0.0, phi=200.0)
    assert sketch(photo, bold).shape == (1, 1, *photo.shape[-2:])
    with pytest.raises(ValueError, match="choose one of guiding_painter, classic"):
        sketch(photo, "crayon")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_gpu_draws_the_same(photo):
    for preset in PRESETS:
        there = sketch(photo.cuda(), preset, torch.Generator("cuda").manual_seed(0))
        assert there.device.type == "cuda"
        apart = (sketch(photo.cuda(), preset).cpu() - sketch(photo, preset)).abs() > 1e-3
        assert apart.float().mean() < 2e-3
