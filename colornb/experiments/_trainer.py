"""What an experiment trains and measures on; each network is trained once, kept in a folder, and taken from there."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial, wraps
from pathlib import Path
from typing import Any

import torch
from torch.nn import Module

from colornb import data as datasets
from colornb import methods
from colornb.checkpoints import list_bundled
from colornb.data import Dataset, with_boxes, with_sketches
from colornb.evaluation import bootstrap_ci, git_revision
from colornb.metrics import FeatureNetwork, features
from colornb.refusals import check_size
from colornb.training import Tick, train
from colornb.types import RGB, Batch, Index, Scores

Row = dict[str, Any]


@dataclass(frozen=True)
class ExperimentConfig:
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

    def large_pictures(self, name: str) -> Iterator[RGB]:
        """The test pictures of one dataset, one by one, as large as line art is drawn, without any."""
        pictures = replace(self, size=self.size * max(1, self.draw)).open(name, "test", None)
        generator = torch.Generator().manual_seed(0)
        return (pictures.batch(torch.tensor([number]), generator).rgb for number in range(len(pictures)))

    @property
    def is_shipped(self) -> bool:
        """Whether the preset is a checkpoint that comes with the package, so that there is nothing to train."""
        return self.preset in list_bundled()

    def about(self) -> dict[str, Any]:
        """The settings in words, for a results file; folders are cut to their names."""
        return vars(self) | {"data": [dataset_name(name) for name in self.data], "seeds": list(self.seeds)}


def dataset_name(name: str) -> str:
    """A dataset's name, or the last part of a folder's path."""
    return Path(name).name


def unpivot(columns: Sequence[str], value: str, rows: Sequence[Row]) -> list[Row]:
    """A row for each of these columns of each row: the column's name as "line", what it holds as `value`."""
    return [row | {"line": column, value: row[column]} for row in rows for column in columns]


def interval(values: Scores) -> Row:
    """Half the 95 % interval of the mean over pictures; nothing of a single one."""
    return {"interval": bootstrap_ci(values)} if len(values) > 1 else {}


def dots(group: str, dot: str, value: str, xlabel: str, of: Callable = list, **how: Any) -> Callable[[list[Row]], Any]:
    """The `show` of an experiment: `colornb.figures.show_dots` of what `of` makes of its rows."""
    return _drawn("show_dots", of, group, dot, value, xlabel, **how)


def lines(line: str, x: str, y: str, xlabel: str, ylabel: str, of: Callable = list, **how: Any) -> Callable:
    """The same by `colornb.figures.show_spread`."""
    return _drawn("show_spread", of, line, x, y, xlabel, ylabel, **how)


def _drawn(figure: str, of: Callable, *columns: str, **how: Any) -> Callable[[list[Row]], Any]:
    def show(rows: list[Row]) -> Any:
        from colornb import figures  # matplotlib is slow to import, and no run needs it

        return getattr(figures, figure)(list(of(rows)), *columns, **how)

    return show


class Share(Dataset):
    """Some pictures of a dataset, by their numbers in it."""

    def __init__(self, whole: Dataset, rows: Index) -> None:
        self.whole, self.rows, self.names = whole, rows, [whole.names[row] for row in rows.tolist()]
        self.name, self.split, self.size = whole.name, whole.split, whole.size

    @property
    def device(self) -> torch.device:
        """Where batches come out."""
        return self.whole.device

    def to(self, device: torch.device | str) -> "Share":
        """Move the pixels of the whole dataset."""
        self.whole.to(device)
        return self

    def batch(self, index: Index, generator: torch.Generator | None = None) -> Batch:
        """Pictures number `index` of the share."""
        return self.whole.batch(self.rows[index], generator)


class Trainer:
    """Trains what an experiment asks for, and goes through its datasets and seeds.

    `runs` is the folder that finished and unfinished trainings are kept in, so that an experiment that was cut short
    goes on where it was, and experiments on the same networks share them; None keeps nothing. `watch(title, tick)` is
    called as training goes. `opened` holds pictures that are open already.
    """

    def __init__(
        self,
        config: ExperimentConfig,
        runs: Path | None = None,
        device: torch.device | str = "cpu",
        watch: Callable[[str, Tick], None] | None = None,
        opened: dict[tuple, Dataset] | None = None,
    ) -> None:
        self.config, self.runs, self.device, self.watch = config, runs, torch.device(device), watch
        self._opened = {} if opened is None else opened
        self._trained: dict[str, Module] = {}

    def for_each(self, measure: Callable[[str, int], list[Row]]) -> list[Row]:
        """Rows that `measure` finds for each dataset and seed, with both of these in front."""
        return [
            {"data": dataset_name(name), "seed": seed} | row
            for name in self.config.data
            for seed in self.config.seeds
            for row in measure(name, seed)
        ]

    def of(self, method: str, preset: str) -> "Trainer":
        """One that trains another method on the same pictures with the same budget, and keeps it in the same place."""
        config = replace(self.config, method=method, preset=preset, changes={})
        return Trainer(config, self.runs, self.device, self.watch, self._opened)

    def pictures(self, name: str, split: str, network: Module) -> Dataset:
        """The pictures of a dataset of the experiment, as `network` wants them, on the device.

        One that sees boxes is shown regions of similar lightness where a dataset has no boxes of its own.
        """
        check_size(network, self.config.size)
        line_art = network.line_art if network.condition == "sketch" else None
        sees_boxes = getattr(network, "sees_boxes", False)
        key = (name, split, line_art, sees_boxes)
        if key not in self._opened:
            pictures = self.config.open(name, split, line_art)
            self._opened[key] = (with_boxes(pictures) if sees_boxes else pictures).to(self.device)
        return self._opened[key]

    def features(self) -> FeatureNetwork:
        """The network that sees pictures for Fréchet distances."""
        return features(self.config.features, self.device)

    def tested(self, name: str, seed: int, **how: Any) -> tuple[Module, Dataset]:
        """What `network` gives, and the pictures to measure it on.

        Of a shipped checkpoint there is one, and no seed. It takes a share of the pictures for each seed, so that what
        is found in one says how much another would differ.
        """
        if not self.config.is_shipped:
            network = self.network(name, seed, **how)
            return network, self.pictures(name, "test", network)
        if how:
            raise ValueError(f"{self.config.preset} is trained already, without {', '.join(how)}: give a preset")
        network, seeds = self.load(), self.config.seeds
        pictures = self.pictures(name, "test", network)
        return network, Share(pictures, torch.arange(len(pictures)).chunk(len(seeds))[seeds.index(seed)])

    def load(self, name: str | Path = "") -> Module:
        """The network of a checkpoint, on the device; by default the one that the experiment is about."""
        return methods.load(name or self.config.preset).to(self.device)

    def network(self, name: str, seed: int = 0, start: Module | None = None, **changes: Any) -> Module:
        """A network trained on dataset `name` with the experiment's budget, ready to paint.

        Args:
            name: one of the experiment's datasets.
            seed: of the weights and of the training.
            start: a network of this trainer to take first weights from, or those of the backbone.
            **changes: fields of the preset to change.
        """
        key = self._key(name, seed, start, changes)
        if key not in self._trained:
            self._trained[key] = self._find(key) or self._train(key, name, seed, start, changes)
        return self._trained[key]

    def _find(self, key: str) -> Module | None:
        if self.runs is None or not (self.runs / key / "network.safetensors").is_file():
            return None
        return self.load(self.runs / key)

    @torch.enable_grad()  # experiments measure without gradients, and ask for networks while they do
    def _train(self, key: str, name: str, seed: int, start: Module | None, changes: dict[str, Any]) -> Module:
        config, out = self.config, self.runs and self.runs / key
        network = methods.build(config.method, config.preset, seed, **config.changes | changes)
        if start is not None:
            getattr(network, "backbone", network).load_state_dict(start.state_dict())
        recipe = methods.recipe(network.to(self.device), seed)
        pictures = self.pictures(name, "train", network)
        about = {"key": key, "data": dataset_name(name), "preset": config.preset, "size": config.size}
        about |= {"draw": config.draw, "pictures": len(pictures), "commit": git_revision()}
        title = f"{config.method}, {dataset_name(name)}, seed {seed}" + "".join(
            f", {key} {value}" for key, value in changes.items()
        )
        budget = {"steps": config.steps, "batch_size": config.batch_size, "seed": seed}
        for tick in train(recipe, pictures, **budget, out=out, about=about):
            if self.watch:
                self.watch(title, tick)
        network.about = about
        return network.eval().requires_grad_(False)

    def _key(self, name: str, seed: int, start: Module | None, changes: dict[str, Any]) -> str:
        config = self.config
        fields = asdict(methods.presets(config.method)[config.preset]) | config.changes | changes
        budget = [config.method, config.size, config.draw, config.pictures, config.steps, config.batch_size]
        what = json.dumps([fields, budget, start and start.about["key"]])
        return f"{dataset_name(name)}-{hashlib.sha256(what.encode()).hexdigest()[:10]}-{seed}"


def for_each(measure: Callable[[Trainer, str, int], list[Row]]) -> Callable[[Trainer], list[Row]]:
    """Make the `run` of an experiment of what it measures on one dataset with one seed: see `Trainer.for_each`."""

    @wraps(measure)
    def run(trainer: Trainer) -> list[Row]:
        return trainer.for_each(partial(measure, trainer))

    return run
