"""NRI as it is used: the counts of the definition, picture by picture, in a fraction of its time."""

import pytest
import torch
from shapes import checked_at_first, unchecked

from colornb import data, methods
from colornb.color import decode, encode
from colornb.evaluation import needed_hints, required_interactions
from colornb.metrics import psnr
from colornb.training import train

PICTURES, SIZE, MAXIMUM = 16, 32, 8

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pages():
    with unchecked():
        return data.open("storybook", "test", size=SIZE, n=PICTURES)


@pytest.fixture(scope="module")
def network():
    """A tiny network that has begun to heed hints."""
    network = methods.build("guiding_painter", "tiny")
    with unchecked():
        book = data.open("storybook", "train", size=SIZE, n=32)
    for _ in checked_at_first(train(methods.recipe(network), book, steps=30, batch_size=8, every=1)):
        pass
    return network.to(memory_format=torch.contiguous_format).eval()


def quality(network, batch, count):
    """PSNR of one picture with so many hints: both halves of the network run anew, as the definition reads."""
    encoding, target = network.encode(methods.make_condition(network, batch)), encode(batch.rgb, network.target)
    color, mask = network.simulate_hints(encoding, target, torch.tensor([count]), None)
    return psnr(decode(network.paint(encoding, color, mask), network.target), batch.rgb).item()


@pytest.fixture(scope="module")
def table(network, pages):
    """The quality of every picture with every number of hints."""
    with torch.no_grad(), unchecked():
        batches = [pages.batch(torch.tensor([i])) for i in range(PICTURES)]
        return torch.tensor([[quality(network, batch, n) for n in range(MAXIMUM + 1)] for batch in batches])


@pytest.fixture(scope="module")
def benchmarks(table):
    """Three benchmarks that many pictures, half or few of them reach, and none within a rounding error."""
    values = table.flatten().unique()
    best = table.amax(1)
    found = []
    for share in (0.2, 0.5, 0.8):
        near = (values - best.quantile(share)).abs().topk(12, largest=False).indices.sort().values
        gaps = values[near].diff()
        widest = gaps.argmax()
        assert gaps[widest] > 1e-4  # dB
        found.append((values[near][widest] + gaps[widest] / 2).item())
    return found


@torch.no_grad()
def test_nri_equals_the_definition_exactly(network, pages, table, benchmarks):
    for benchmark in benchmarks:
        needed = [next((n for n, q in enumerate(row) if q >= benchmark), MAXIMUM + 1) for row in table.tolist()]
        assert len(set(needed)) > 2
        for batch_size in (32, 5):
            found = required_interactions(network, pages, benchmark, MAXIMUM, batch_size)
            assert found == sum(needed) / PICTURES
        each = needed_hints(network, pages, benchmark, MAXIMUM)
        assert each.tolist() == needed
        assert (each > MAXIMUM).sum() == sum(max(row) < benchmark for row in table.tolist())


@torch.no_grad()
def test_nri_looks_at_every_picture_once_and_paints_all_pictures_together(network, pages, benchmarks, monkeypatch):
    """The definition looks and paints anew for each picture and each number of hints."""
    calls = {"encode": [], "paint": []}

    def counted(name, whole):
        return lambda *args: (calls[name].append(args), whole(*args))[1]

    for name in calls:
        monkeypatch.setattr(network, name, counted(name, getattr(network, name)))
    with unchecked():
        required_interactions(network, pages, benchmarks[1], MAXIMUM, PICTURES)
    assert [len(condition) for (condition,) in calls["encode"]] == [PICTURES]
    assert 1 <= len(calls["paint"]) <= MAXIMUM + 1
