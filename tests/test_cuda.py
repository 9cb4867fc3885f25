"""Everything on a GPU as on a CPU: training, painting, measuring. Skipped where there is none."""

import pytest
import torch
from pictures import Boxes

from colornb import evaluation, methods, metrics
from colornb.color import encode
from colornb.data import Pictures
from colornb.evaluation import ScribbleProtocol
from colornb.methods import make_condition
from colornb.training import load_fabric, train

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
METHODS = methods.list_methods()
SIZE = 64


def pictures(n):
    """Pictures on the GPU."""
    return Pictures("boxes", "train", (Boxes(n, SIZE).rgb * 255).to(torch.uint8)).to("cuda")


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains(method, precision):
    network = methods.build(method, "tiny").to("cuda")
    fabric = load_fabric()(accelerator="cuda", devices=1, precision=precision)
    (tick,) = train(methods.recipe(network), pictures(4), steps=2, batch_size=4, every=2, fabric=fabric)
    assert torch.tensor(list(tick.logs.values())).isfinite().all()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_paints_the_same_picture(method, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    network = methods.build(method, "tiny").eval()
    batch = Boxes(2, SIZE).batch(torch.arange(2))
    target = encode(batch.rgb, network.target)
    painted = []
    with torch.no_grad():
        encoding = network.encode(make_condition(network, batch))
        counts = torch.tensor([0, 3])
        told = network.simulate_hints(encoding, target, counts, torch.Generator().manual_seed(0))
        for device in ("cpu", "cuda"):
            own = network.to(device)
            there = encoding.each(lambda x, device=device: x.to(device))
            painted.append(own.paint(there, *(x.to(device) for x in told)).cpu())
    assert torch.allclose(*painted, atol=2e-3)


@pytest.mark.parametrize("metric", [name for name in metrics.PAIRWISE if name != "lpips"])
def test_metrics_agree(metric, generator):
    one = Boxes(3, SIZE).batch(torch.arange(3)).rgb
    other = (one + 0.1 * torch.randn(one.shape, generator=generator)).clamp(0, 1)
    measure = metrics.METRICS[metric]
    assert torch.allclose(measure(one.cuda(), other.cuda()).cpu(), measure(one, other), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("method", ["rtug", "guiding_painter"])
def test_evaluation_runs(method):
    network = methods.build(method, "tiny").to("cuda").eval()
    (none, some) = evaluation.evaluate(network, pictures(4), (0, 3))
    assert none["psnr"] > 0
    assert some["psnr"] > 0


def test_mending_runs():
    network = methods.build("edge_enhancing", "tiny").to("cuda").eval()
    before, after = evaluation.evaluate_scribbles(
        network.backbone, {"after": network}, pictures(4), ScribbleProtocol(n=8)
    )
    assert after["psnr_near"] == pytest.approx(before["psnr_near"], abs=1e-3)  # E has not learned yet
