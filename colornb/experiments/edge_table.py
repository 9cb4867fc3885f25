"""Colorizers along the edges that they have lost, two of them with scribbles there (edge paper, Tables 1 and 2)."""

from torch.nn import Module

from colornb.experiments._plan import Plan, Row, short
from colornb.experiments._scribbling import how
from colornb.experiments._trainer import Trainer
from colornb.figures import Figure, show_bars
from colornb.mending import BEFORE, evaluate_scribbles

PLAN = Plan(method="rtug", draw=0)
RIVALS = {"CIC": ("cic", "tiny"), "pix2pix": ("pix2pix", "tiny_photo"), "DeOldify": ("deoldify", "tiny")}
BASES = {"RTUG": ("rtug", "tiny"), "Su et al.": ("instcolorization", "tiny")}  # what is enhanced
GIVEN = {"RTUG": (False, True), "Su et al.": (True,)}  # whether E learns without and with colours: as in the paper
ENHANCERS = ("paper", "context")


def run(plan: Plan, trainer: Trainer) -> list[Row]:
    """A row for each dataset, seed and method; a * says that the simulated user has given colours, as in the paper.

    Every method is measured along edges that it has lost itself, so that only a backbone with and without E see the
    same ones. E has the same budget of its own, on the backbone of that seed; with and without colours it is trained
    apart. Su et al. see the boxes of a dataset, or regions of similar lightness where it has none.
    """
    rows = []
    for name in plan.data:
        for seed in plan.seeds:
            about = {"data": short(name), "seed": seed}
            for method, place in RIVALS.items():
                rival = trainer.of(*place)
                rows += [about | row for row in _measure(rival, name, method, rival.network(name, seed), {}, False)]
            for method in BASES:
                for hints in (False, True):
                    rows += [about | row for row in _enhanced(trainer, name, seed, method, hints)]
    return rows


def _enhanced(trainer: Trainer, name: str, seed: int, method: str, hints: bool) -> list[Row]:
    place = BASES[method]
    base = trainer.of(*place).network(name, seed)
    given = {"backbone": ":".join(place), "hints": hints}
    enhanced = {
        f"{method} + E, {preset}": trainer.of("edge_enhancing", preset).network(name, seed, base, **given)
        for preset in ENHANCERS
        if hints in GIVEN[method]
    }
    return _measure(trainer, name, method, base, enhanced, hints)


def _measure(
    trainer: Trainer, name: str, method: str, network: Module, enhanced: dict[str, Module], hints: bool
) -> list[Row]:
    pictures = trainer.pictures(name, "test", network)
    found = evaluate_scribbles(network, enhanced, pictures, how(trainer.plan, pictures, hints=hints))
    star = "*" if hints else ""
    return [row | {"painted": (method if row["painted"] == BEFORE else row["painted"]) + star} for row in found]


def show(rows: list[Row]) -> Figure:
    """PSNR along lost edges, a bar for each method; a dot for each seed."""
    return show_bars(rows, "data", "painted", "psnr_near", "PSNR along lost edges (dB)")
