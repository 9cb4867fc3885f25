"""Scribbles of any width, and several at once (edge paper, Section 4.3 and Fig. 1)."""

from colornb.experiments import edge_ablation
from colornb.experiments._scribbling import (
    ExperimentConfig,
    Row,
    Trainer,
    compare,
    for_each,
    show_gains,
    train_variants,
)
from colornb.figures import Figure

CONFIG = ExperimentConfig(method="edge_enhancing", preset="context", draw=0, seeds=(0,))
WIDTHS = (1, 3, 5, 8, 11)
SEVERAL = (1, 2, 4, 8)
NAMES = (edge_ablation.FULL, "no widths", "paper", "paper, light L_reg", "paper, light L_reg, no widths")
VARIANTS = {name: edge_ablation.VARIANTS[name] for name in NAMES}


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """Rows for each width of a single scribble, and for up to so many scribbles of 1 to 5 pixels in one pass.

    With and without scribbles of many widths in training, of our preset and of the paper's objective. Several edges are
    measured along all of them.
    """
    rows, networks = [], train_variants(trainer, name, seed, VARIANTS)
    for width in WIDTHS:
        found = compare(trainer, name, networks, widths=(width, width))
        rows += [{"scribble": f"{width} px", "width": width} | row for row in found]
    for max_edges in SEVERAL:
        found = compare(trainer, name, networks, max_edges=max_edges)
        rows += [{"scribble": f"up to {max_edges}", "max_edges": max_edges} | row for row in found]
    return rows


def show(rows: list[Row]) -> Figure:
    """What each network gains by the width of a scribble on one edge, and by how many edges are marked in one pass."""
    words = [f"1 edge, {row['width']} px" if "width" in row else f"{row['scribble']}, 1 to 5 px" for row in rows]
    return show_gains([row | {"marked": marked} for row, marked in zip(rows, words, strict=True)], "marked")
