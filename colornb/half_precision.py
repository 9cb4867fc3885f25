"""Whether a device computes networks faster in 16 bits: some processors do, others take many times as long."""

import time
from functools import cache

import torch
from torch.nn import functional as F

WORTH = 0.75  # of the time in 32 bits, at most, for colours that are a little off
CHANNELS, SIDE, TRIES = 64, 48, 4  # of a convolution like those of a network, which takes about a millisecond


@cache
def half_is_faster(device: str) -> bool:
    """Whether bfloat16 is worth its rounding, measured once a process; only processors are asked, all else is fast."""
    if device != "cpu":
        return False
    picture = torch.ones(1, CHANNELS, SIDE, SIDE).contiguous(memory_format=torch.channels_last)
    weight = torch.ones(CHANNELS, CHANNELS, 3, 3).contiguous(memory_format=torch.channels_last)
    times: dict[bool, list[float]] = {True: [], False: []}
    for half in (True, False) * TRIES:
        with torch.no_grad(), torch.autocast(device, torch.bfloat16, enabled=half):
            began = time.thread_time()
            F.conv2d(picture, weight, padding=1)
            times[half].append(time.thread_time() - began)
    return min(times[True]) < WORTH * min(times[False])
