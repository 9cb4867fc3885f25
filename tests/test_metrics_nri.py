"""NRI as it is used: the counts of the definition, picture by picture, in a fraction of its time."""

import time

import pytest
import torch
from shapes import checked_at_first, unchecked

from colornb import data, methods
from colornb.color import decode, encode
from colornb.evaluation import required_interactions
from colornb.metrics import psnr
from colornb.training import train

PICTURES, SIZE, MAXIMUM = 32, 64, 8

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
        book = data.open("storybook", "train", size=SIZE, n=64)
    for _ in checked_at_first(train(methods.recipe(network), book, steps=30, batch_size=8, every=1)):
        pass
    return network.to(memory_format=torch.contiguous_format).eval()


def quality(network, batch, count):
    """PSNR of one picture with so many hints: both halves of the network run anew, as the definition reads."""
    look, target = network.look(methods.condition_of(network, batch)), encode(batch.rgb, network.target)
    color, mask = network.simulate(look, target, torch.tensor([count]), None)
    return psnr(decode(network.paint(look, color, mask), network.target), batch.rgb).item()


def naive(network, pages, benchmark, stop):
    """The definition, word by word; with `stop` it leaves a picture once it is good enough."""
    needed = []
    for i in range(PICTURES):
        batch, first = pages.batch(torch.tensor([i])), MAXIMUM + 1
        for count in range(MAXIMUM + 1):
            if quality(network, batch, count) >= benchmark:
                first = min(first, count)
                if stop:
                    break
        needed.append(first)
    return needed


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


def seconds(work):
    """CPU time, which others on the machine hardly touch; the better of two."""
    times = []
    for _ in range(2):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


@torch.no_grad()
def test_nri_takes_a_fifth_of_the_time_of_the_definition(network, pages, benchmarks):
    torch.set_num_threads(1)
    half = benchmarks[1]
    with unchecked():
        ours = seconds(lambda: required_interactions(network, pages, half, MAXIMUM, PICTURES))
        whole = seconds(lambda: naive(network, pages, half, stop=False))
        stopped = seconds(lambda: naive(network, pages, half, stop=True))
    assert whole >= 5 * ours
    assert stopped >= 3 * ours  # about 5 on an idle machine
