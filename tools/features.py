"""Train the small feature network that Fréchet distances are measured with where Inception cannot be had.

python tools/features.py --data FOLDER storybook --steps 1800 --out colornb/checkpoints/features/crops.safetensors
"""

import argparse
import time
from pathlib import Path

import torch

from colornb import checkpoints, data
from colornb.metrics._crops import FILE, build, fit

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--data", required=True, nargs="+", help="folders of pictures, or names of datasets")
parser.add_argument("--pictures", type=int, help="at most so many of each")
parser.add_argument("--size", type=int, default=64)
parser.add_argument("--steps", type=int, default=1800)
parser.add_argument("--batch-size", type=int, default=96)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--out", type=Path, default=FILE)
options = parser.parse_args()

torch.set_num_threads(options.threads)
limit = {} if options.pictures is None else {"n": options.pictures}
pictures = data.concat([data.open(name, "train", options.size, options.seed, **limit) for name in options.data])
encoder, began, losses = build(options.seed), time.perf_counter(), []
for step, loss in enumerate(fit(encoder, pictures, options.steps, options.batch_size, options.seed), 1):
    losses.append(loss)
    if step % 50 == 0 or step == options.steps:
        left = (time.perf_counter() - began) / step * (options.steps - step)
        print(f"step {step} of {options.steps}, loss {sum(losses) / len(losses):.3f}, {left:.0f} s left", flush=True)
        losses = []
names = "+".join(Path(name).name for name in options.data)
about = {"data": names, "pictures": len(pictures), "size": options.size, "steps": options.steps}
about |= {"batch_size": options.batch_size, "seed": options.seed}
checkpoints.write(options.out, encoder.state_dict(), about, half=True)
