"""How faithfully unusual colours are painted: hints moved by up to 64 of 255 (GuidingPainter, appendix E.2)."""

from functools import partial

import torch

from colornb.color import encode
from colornb.experiments._painting import Painting, paintings, places
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, for_each, lines, unpivot
from colornb.hints import mean_colors
from colornb.metrics import hint_fidelity
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
        given = encode_colors(colors, network.target)
        for rgb, found in ((painting.paint(shown, given), followed), (painting.paint(shown), ignored)):
            found.append(hint_fidelity(rgb, painting.regions, colors, shown))
    return {"followed": torch.cat(followed).mean().item(), "ignored": torch.cat(ignored).mean().item()}


def moved(painting: Painting, move: float, generator: torch.Generator) -> Float[Tensor, "b n 3"]:
    """The true colours of the regions as sRGB in [0, 1], each channel moved at random by at most `move`."""
    true = mean_colors(painting.regions, painting.truth)
    noise = torch.rand(true.shape, generator=generator, device=true.device)
    return (true + move * (2 * noise - 1)).clamp(0, 1)


def encode_colors(colors: Float[Tensor, "b n 3"], space: str) -> Float[Tensor, "b n c"]:
    """Colours in network space, as hints want them."""
    return encode(colors.transpose(1, 2)[..., None], space)[..., 0].transpose(1, 2)


LABELS = ("channels moved by up to (of 255)", "difference to hint (ΔE)")
DIFFERENCES = partial(unpivot, ("followed", "ignored"), "difference")
show = lines("line", "move", "difference", *LABELS, panel="data", of=DIFFERENCES)
