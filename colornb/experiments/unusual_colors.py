"""How faithfully unusual colours are painted: hints moved by up to 64 of 255 (GuidingPainter, appendix E.2)."""

from functools import partial

import torch

from colornb.experiments._painting import Painting, paintings, places
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, for_each, lines, unpivot
from colornb.types import Float, Tensor

CONFIG = ExperimentConfig()
MOVES = (0, 32, 64, 96, 128)  # each channel moves by a random number between minus and plus this, of 255; the paper: 64
HINTS = 7  # at most, as in the paper


@for_each
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed and size of the move: colour difference between hints and what was painted there.

    "ignored" is the difference that a model would have that painted the same for the true colours: the worst to be
    expected of one that knows the pictures but does not listen.

    Deviation: the paper lets people rank the pictures; a colour difference needs none.
    """
    return [{"move": move} | _measure(trainer, name, seed, move) for move in MOVES]


@torch.no_grad()
def _measure(trainer: Trainer, name: str, seed: int, move: int) -> Row:
    network, pictures = trainer.tested(name, seed)
    generator = torch.Generator(pictures.device).manual_seed(seed)
    followed, ignored = [], []
    for painting in paintings(network, pictures):
        shown = ((places(painting, "asked", generator) < HINTS) & painting.used).float()
        colors = moved(painting, move / 255, generator)
        given = painting.encode(colors)
        for rgb, found in ((painting.paint(shown, given), followed), (painting.paint(shown), ignored)):
            found.append(painting.difference(rgb, colors, shown))
    return {"followed": torch.cat(followed).mean().item(), "ignored": torch.cat(ignored).mean().item()}


def moved(painting: Painting, move: float, generator: torch.Generator) -> Float[Tensor, "b n 3"]:
    """The true colours of the regions as sRGB in [0, 1], each channel moved at random by at most `move`."""
    true = painting.true_colors
    noise = torch.rand(true.shape, generator=generator, device=true.device)
    return (true + move * (2 * noise - 1)).clamp(0, 1)


LABELS = ("channels moved by up to (of 255)", "difference to hint (ΔE)")
DIFFERENCES = partial(unpivot, ("followed", "ignored"), "difference")
show = lines("line", "move", "difference", *LABELS, panel="data", of=DIFFERENCES)
