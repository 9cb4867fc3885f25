"""Colorizers along the edges that they have lost, two of them with scribbles there (edge paper, Tables 1 and 2)."""

from torch.nn import Module

from colornb.evaluation import BEFORE, USERS, evaluate_users
from colornb.experiments._scribbling import ExperimentConfig, Row, Trainer, dots, for_each, scribble_protocol

CONFIG = ExperimentConfig(method="rtug", draw=0)
VARIANTS = {"CIC": ("cic", "tiny"), "pix2pix": ("pix2pix", "tiny_photo"), "DeOldify": ("deoldify", "tiny")}
BASES = {"RTUG": ("rtug", "tiny"), "Su et al.": ("instcolorization", "tiny")}  # what is enhanced
GIVEN = {"RTUG": (False, True), "Su et al.": (True,)}  # whether E learns without and with colours: as in the paper
ENHANCERS = ("paper", "context")
SHOWN = (None, 0.02)  # users of the figure, by their chance to stop: nobody, and one who has given many colours


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed, method, simulated user and set of edges; a * says that the user has given colours.

    "own" edges are those that a method has lost itself, as in the paper, so that only a backbone with and without E see
    the same ones; "common" ones are those that RTUG has lost without hints, the same for all. E has the same budget of
    its own, on the backbone of that seed; with and without colours it is trained apart. Su et al. see the boxes of a
    dataset, or regions of similar lightness where it has none.
    """
    rows, reference = [], trainer.of(*BASES["RTUG"]).network(name, seed)
    for method, place in VARIANTS.items():
        rival = trainer.of(*place)
        rows += _measure(rival, name, method, rival.network(name, seed), {}, False, reference)
    for method in BASES:
        for hints in (False, True):
            rows += _enhanced(trainer, name, seed, method, hints, reference)
    return rows


def _enhanced(trainer: Trainer, name: str, seed: int, method: str, hints: bool, reference: Module) -> list[Row]:
    place = BASES[method]
    base = trainer.of(*place).network(name, seed)
    given = {"backbone": ":".join(place), "hints": hints}
    enhanced = {
        f"{method} + E, {preset}": trainer.of("edge_enhancing", preset).network(name, seed, base, **given)
        for preset in ENHANCERS
        if hints in GIVEN[method]
    }
    return _measure(trainer, name, method, base, enhanced, hints, reference)


def _measure(
    trainer: Trainer, name: str, method: str, network: Module, enhanced: dict[str, Module], hints: bool, lost_by: Module
) -> list[Row]:
    pictures, rows = trainer.pictures(name, "test", network), []
    users = [user for user in USERS if user.get("hints", True) == hints]
    protocol = scribble_protocol(trainer.config, pictures)
    for edges, loser in {"own": None, "common": lost_by}.items():
        found = evaluate_users(network, enhanced, pictures, protocol, users, loser)
        rows += [{"edges": edges} | row for row in found]
    star = "*" if hints else ""
    return [row | {"painted": (method if row["painted"] == BEFORE else row["painted"]) + star} for row in rows]


def _shown(rows: list[Row]) -> list[Row]:
    """What each E gains, by what it stands on: along edges of their own, nothing else compares."""
    return [
        row | {"base": row["painted"].split(" + ")[0] + "*" * row["painted"].endswith("*")}
        for row in rows
        if row.get("edges", "own") == "own" and row["stop"] in SHOWN and "psnr_near_gain" in row
    ]


LABEL = "PSNR gained along the edges that each has lost (dB)"
show = dots("base", "painted", "psnr_near_gain", LABEL, of=_shown, half="psnr_near_ci", apart=True)
