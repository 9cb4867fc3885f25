"""Put a trained network among the shipped ones, in half precision and without what these hold already.

python tools/ship.py RUN NAME [--part backbone=rtug-natural]
"""

import argparse

from colornb import checkpoints

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("run", help="a file, or the folder of a training run")
parser.add_argument("name", help="what it shall be called")
parser.add_argument("--part", action="append", default=[], help="PART=NAME: a part that another shipped one holds")
options = parser.parse_args()

state, about = checkpoints.read(checkpoints.resolve(options.run))
path = checkpoints.bundle(state, about, options.name, dict(part.split("=", 1) for part in options.part))
print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")
