"""What an experiment trains, and what it measures on."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colornb import data as datasets
from colornb.data import Dataset, with_sketches

Row = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """The budget of every network in an experiment: the same for all that are compared.

    The defaults are sized for two CPU cores and what the repository carries; the command line changes any of them.
    """

    method: str = "guiding_painter"
    preset: str = "tiny"
    changes: dict[str, Any] = field(default_factory=dict)  # fields of the preset, for all networks alike
    data: tuple[str, ...] = ("storybook",)  # names of datasets, or folders of pictures
    size: int = 64  # side of the pictures, in pixels
    draw: int = 2  # line art is drawn at so many times the size, and shrunk; 0: as the network draws it
    pictures: int | None = 2000  # for training, from each dataset; None: all
    tests: int | None = 256  # for measuring, from each dataset
    steps: int = 1000
    batch_size: int = 8
    seeds: tuple[int, ...] = (0, 1, 2)
    scribbles: int = 4  # edges that are scribbled on in each picture, for measuring what mends them
    lpips: str = "random"  # the backbone of LPIPS (`metrics.lpips`); "alex" is the one that papers mean, and a download
    features: str = "crops"  # the feature network of Fréchet distances; with "inception" they are FID

    def open(self, name: str, split: str, line_art: tuple[str, ...] | None) -> Dataset:
        """The pictures of one dataset, with line art unless `line_art` is None (or the dataset owns some)."""
        count = self.pictures if split == "train" else self.tests
        limit = {} if count is None else {"n": count}
        if line_art is None or not self.draw:
            return datasets.open(name, split, self.size, **limit)
        return with_sketches(datasets.open(name, split, self.size * self.draw, **limit), self.size, line_art)

    def about(self) -> dict[str, Any]:
        """The plan in words, for a results file; folders are cut to their names."""
        return vars(self) | {"data": [short(name) for name in self.data], "seeds": list(self.seeds)}


def short(name: str) -> str:
    """A dataset's name, or the last part of a folder's path."""
    return Path(name).name
