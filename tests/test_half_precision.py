"""colornb.half_precision: which devices compute previews in 16 bits."""

import time

import pytest
import torch
from torch.nn import functional as F

from colornb import half_precision
from colornb.half_precision import half_is_faster


@pytest.fixture(autouse=True)
def unknown():
    half_is_faster.cache_clear()
    yield
    half_is_faster.cache_clear()


@pytest.mark.parametrize(("cost", "expected"), [(0.5, True), (0.9, False), (4.0, False)])
def test_sixteen_bits_are_taken_where_they_are_worth_it(cost, expected, monkeypatch):
    clock, calls = [0.0], []

    def convolve(picture, weight, padding):
        half = torch.is_autocast_enabled("cpu")
        calls.append(half)
        clock[0] += cost if half else 1.0

    monkeypatch.setattr(F, "conv2d", convolve)
    monkeypatch.setattr(time, "thread_time", lambda: clock[0])
    assert half_is_faster("cpu") == expected
    assert half_is_faster("cpu") == expected
    assert len(calls) == 2 * half_precision.TRIES, "measured once"


def test_only_processors_are_measured():
    assert not half_is_faster("cuda")
