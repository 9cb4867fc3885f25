"""All sketch colorizers on the same pictures with the same budget (GuidingPainter, Table 1 and Fig. 12)."""

from collections.abc import Iterable
from statistics import fmean

from torch import Tensor
from torch.nn import Module

from colornb import methods
from colornb.evaluation import evaluate, expected_over_hints, needed_hints
from colornb.experiments._trainer import Dataset, ExperimentConfig, Row, Trainer, dataset_name, dots
from colornb.metrics import distance_key

CONFIG = ExperimentConfig()
OURS = "GuidingPainter"
MAX_HINTS = 30  # hints that the paper allows; all that its own model asks for
PROTOCOL = {"max_hints": MAX_HINTS}
METHODS = {  # each learns to paint sketches, at the same width
    "CIC": "cic",
    "pix2pix": "pix2pix",
    "AlacGAN": "alacgan",
    "RTUG": "rtug",
    OURS: "guiding_painter",
}


def run(trainer: Trainer) -> list[Row]:
    """A row for each dataset, method and seed.

    "psnr_none" and "fd_none" are those without a hint; "psnr" and "fd" (or FID) are expected values under G, for
    methods that take hints, each given as that method simulates its user; "curve" is the PSNR with 0, 1, 2 .. hints,
    "fd_curve" the distance with as many. NRI asks for what GuidingPainter reaches in expectation, rounded down to half
    a decibel: the paper's lie there on two of three; "failures" is the share of pictures that never reach it, which
    count as one hint more than the most. All methods may take as many hints as GuidingPainter has regions; for
    "nri_30" and "failures_30", 30, as in the paper, so that a failure counts 31.

    A preset that is a shipped checkpoint of GuidingPainter trains nothing: its rivals are those shipped beside it.
    """
    rows = []
    for name in trainer.config.data:
        most = tested(trainer, name, OURS, trainer.config.seeds[0])[0].n_regions
        found = [_measure(trainer, name, method, seed, most) for method in METHODS for seed in trainer.config.seeds]
        benchmark = int(2 * fmean(row["psnr"] for row in found if row["method"] == OURS)) / 2
        rows += [row | _needed(trainer, name, row, most, benchmark) for row in found]
    return rows


def _measure(trainer: Trainer, name: str, method: str, seed: int, most: int) -> Row:
    network, pictures = tested(trainer, name, method, seed)
    see = trainer.features()
    key = distance_key(see.name)
    table = evaluate(network, pictures, range(most + 1) if network.hint_kinds else (0,), features=see)
    row = {"data": dataset_name(name), "method": method, "seed": seed}
    row |= {"psnr_none": table[0]["psnr"], f"{key}_none": table[0][key]}
    if not network.hint_kinds:
        return row
    row |= {"psnr": expected_over_hints(table, "psnr"), key: expected_over_hints(table, key)}
    return row | {"curve": [at["psnr"] for at in table], "fd_curve": [at[key] for at in table]}


def _needed(trainer: Trainer, name: str, row: Row, most: int, benchmark: float) -> Row:
    if "curve" not in row:
        return {}
    needed = needed_hints(*tested(trainer, name, row["method"], row["seed"]), benchmark, max(most, MAX_HINTS))
    return {"benchmark": benchmark} | _failing(needed, most, "") | _failing(needed, MAX_HINTS, f"_{MAX_HINTS}")


def _failing(needed: Tensor, most: int, mark: str) -> Row:
    """NRI where nobody gives more than `most` hints, and the share of pictures that fail then."""
    needed = needed.clamp(max=most + 1).double()
    return {f"nri{mark}": needed.mean().item(), f"failures{mark}": (needed > most).double().mean().item()}


def tested(trainer: Trainer, name: str, method: str, seed: int) -> tuple[Module, Dataset]:
    """A network of a method, and the pictures to measure it on."""
    file, preset = METHODS[method], trainer.config.preset
    beside = preset.replace(METHODS[OURS], file) if trainer.config.is_shipped else _preset(file, preset)
    return trainer.of(file, beside).tested(name, seed)


def _preset(method: str, preset: str) -> str:
    """The preset of a method that paints sketches; those made for photographs have one beside it."""
    sketch = "sketch" if preset == "paper" else f"{preset}_sketch"
    return sketch if sketch in methods.presets(method) else preset


def _shown(rows: Iterable[Row]) -> Iterable[Row]:
    """Without a hint and, where a method takes some, in expectation under G."""
    for row in rows:
        yield {"data": f"{row['data']}, no hint", "method": row["method"], "psnr": row["psnr_none"]}
    for row in rows:
        if "psnr" in row:
            yield {"data": f"{row['data']}, hints", "method": row["method"], "psnr": row["psnr"]}


show = dots("data", "method", "psnr", "PSNR (dB)", of=_shown)
