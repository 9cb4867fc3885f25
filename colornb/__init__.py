"""Interactive image colorization: a course you can paint in, and the package behind it.

The names below are what most readers need. Each lives in the module that its import shows; figures and widgets are
imported by their own names, so that `import colornb` stays light.
"""

import colornb._interrupts  # noqa: F401 (before all that takes long)
from colornb import data, methods, metrics
from colornb.color import decode, encode, hex_color, lab_to_rgb, parse_color, rgb_to_lab
from colornb.colorizer import Colorizer
from colornb.evaluation import evaluate, required_interactions
from colornb.hints import EdgeScribble, Lasso, Point, Region, rasterize
from colornb.images import ImageError, load_image, sample, save_image
from colornb.methods import build, list_methods, load, recipe
from colornb.sketches import sketch
from colornb.training import train
from colornb.types import Batch, Hints

__version__ = "0.1.0"
__all__ = [
    "Batch", "Colorizer", "EdgeScribble", "Hints", "ImageError", "Lasso", "Point", "Region", "build", "data", "decode",
    "encode", "evaluate", "hex_color", "lab_to_rgb", "list_methods", "load", "load_image", "methods", "metrics",
    "parse_color", "rasterize", "recipe", "required_interactions", "rgb_to_lab", "sample", "save_image", "sketch",
    "train",
]  # fmt: skip
