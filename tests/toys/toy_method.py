"""The toy of a method: two convolutions that spread the colours they are given (nobody's paper, 2026)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from colornb.blocks import init_normal
from colornb.color import encode
from colornb.hints import sample_counts
from colornb.losses import reconstruction_loss
from colornb.methods import base
from colornb.methods.base import Encoding, Progress, make_condition
from colornb.types import Batch, Mask, Planes


@dataclass(frozen=True)
class Config:
    """Settings of the toy."""

    width: int = 16  # channels between the two convolutions
    sides: tuple[int, int] = (3, 7)  # of the patches of the simulated user, in pixels
    lr: float = 1e-2


PRESETS = {"paper": Config(width=64), "tiny": Config()}


class Network(base.BaseNetwork):
    """Line art and hints in, colours out."""

    condition, target, line_art = "sketch", "rgb", ("guiding_painter",)
    hint_kinds, multiple = ("point",), 1

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        super().__init__(config)
        self.model = nn.Sequential(
            nn.Conv2d(5, config.width, 3, 1, 1), nn.LeakyReLU(0.2), nn.Conv2d(config.width, 3, 3, 1, 1), nn.Tanh()
        )
        init_normal(self, generator)

    def paint(self, encoding: Encoding, color: Planes, mask: Mask) -> Planes:
        """The painted picture in the target space, [-1, 1]."""
        return self.model(torch.cat([encoding.condition, color, mask], 1))


class Recipe(base.Recipe):
    """The L1 distance, with hints of a simulated user."""

    def __init__(self, network: Network, generator: torch.Generator) -> None:
        super().__init__(network=(network, torch.optim.Adam(network.parameters(), lr=network.config.lr)))

    def step(self, batch: Batch, progress: Progress, generator: torch.Generator) -> dict[str, Tensor]:
        """One update; `rec` is the L1 distance in the target space."""
        encoding, target = Encoding(make_condition(self.network, batch, generator)), encode(batch.rgb, "rgb")
        hints = self.network.simulate_hints(encoding, target, sample_counts(len(target), 8, generator), generator)
        prediction = self.modules["network"].paint(encoding, *hints)
        loss = reconstruction_loss(prediction.float(), target)
        return self.minimize({"rec": loss})
