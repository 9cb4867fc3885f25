"""GuidingPainter written down as it is told, without a thought for time and memory: what `bench.py` compares with.

Every equation is one line of ordinary PyTorch. The picture is copied for each region (b x 30 x 3 x h x w), autograd
keeps whatever it likes, and the critic's step paints once more. Nothing here comes from `colornb`, so the tests use it
as an oracle; names of weights are the published ones, so that both hold the same.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

REC, ADV, TV, SMOOTH = 30.0, 0.2, 5.0, 1.0


def double_conv(c_in: int, c_mid: int, c_out: int) -> nn.Module:
    """Twice (3x3 convolution, batch norm, ReLU)."""
    block = nn.Module()
    block.double_conv = nn.Sequential(
        *(nn.Conv2d(c_in, c_mid, 3, padding=1), nn.BatchNorm2d(c_mid), nn.ReLU()),
        *(nn.Conv2d(c_mid, c_out, 3, padding=1), nn.BatchNorm2d(c_out), nn.ReLU()),
    )
    return block


class UNet(nn.Module):
    """Four times down and up; the hidden width of a decoder block is half of its input."""

    def __init__(self, c_in: int, c_out: int, width: int) -> None:
        super().__init__()
        w = width
        self.inc = double_conv(c_in, w, w)
        for i, (a, b) in enumerate([(w, 2 * w), (2 * w, 4 * w), (4 * w, 8 * w), (8 * w, 8 * w)], 1):
            down = nn.Module()
            down.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), double_conv(a, b, b))
            self.add_module(f"down{i}", down)
        for i, (a, b) in enumerate([(16 * w, 4 * w), (8 * w, 2 * w), (4 * w, w), (2 * w, w)], 1):
            up = nn.Module()
            up.conv = double_conv(a, a // 2, b)
            self.add_module(f"up{i}", up)
        self.outc = nn.Module()
        self.outc.conv = nn.Conv2d(w, c_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(b, c_in, h, w) -> (b, c_out, h, w)."""
        maps = [self.inc.double_conv(x)]
        for down in (self.down1, self.down2, self.down3, self.down4):
            pool, block = down.maxpool_conv
            maps.append(block.double_conv(pool(maps[-1])))
        x = maps.pop()
        for up in (self.up1, self.up2, self.up3, self.up4):
            skip = maps.pop()
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
            dy, dx = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
            x = F.pad(x, (dx // 2, dx - dx // 2, dy // 2, dy - dy // 2))
            x = up.conv.double_conv(torch.cat([skip, x], 1))
        return self.outc.conv(x)


class Painter(nn.Module):
    """Both networks, f and g, and the hints between them."""

    def __init__(self, n_regions: int, width: int) -> None:
        super().__init__()
        self.segmentator = UNet(1, n_regions, width)
        self.colorizer = UNet(1 + 3 + 1 + n_regions, 3, width)

    def forward(self, sketch: Tensor, target: Tensor, shown: Tensor, noise: Tensor, tau: float) -> tuple[Tensor, ...]:
        """(prediction, logits, every region in its mean colour) for hints in the `shown` (b, n) regions."""
        logits = self.segmentator(sketch)
        soft = ((logits + noise) / tau).softmax(1)
        regions = one_hot(soft) - soft.detach() + soft
        colors = region_means(regions, target)
        painted = (colors * regions[:, :, None]).sum(1)
        return self.paint(sketch, regions, colors, shown), logits, painted

    def paint(self, sketch: Tensor, regions: Tensor, colors: Tensor, shown: Tensor) -> Tensor:
        """The picture for colours (b, n, 3, 1, 1) in the `shown` regions."""
        color = (shown[:, :, None, None, None] * colors * regions[:, :, None]).sum(1)
        mask = (shown[:, :, None, None] * regions).sum(1, keepdim=True)
        return self.colorizer(torch.cat([sketch, color, mask, regions], 1)).tanh()


def one_hot(scores: Tensor) -> Tensor:
    """1 for the highest of the scores (b, n, h, w) at each pixel."""
    return F.one_hot(scores.argmax(1), scores.shape[1]).permute(0, 3, 1, 2).to(scores.dtype)


def region_means(regions: Tensor, target: Tensor) -> Tensor:
    """(b, n, 3, 1, 1): the picture, copied for each region, cut out and averaged."""
    cut = regions[:, :, None] * target[:, None].repeat(1, regions.shape[1], 1, 1, 1)
    return cut.sum((3, 4), keepdim=True) / (1e-20 + regions[:, :, None].sum((3, 4), keepdim=True))


def patch_discriminator(c_in: int, width: int) -> nn.Module:
    """The PatchGAN of pix2pix."""
    discriminator, w = nn.Module(), width
    discriminator.model = nn.Sequential(
        *(nn.Conv2d(c_in, w, 4, 2, 1), nn.LeakyReLU(0.2)),
        *(nn.Conv2d(w, 2 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * w), nn.LeakyReLU(0.2)),
        *(nn.Conv2d(2 * w, 4 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(4 * w), nn.LeakyReLU(0.2)),
        *(nn.Conv2d(4 * w, 8 * w, 4, 1, 1, bias=False), nn.BatchNorm2d(8 * w), nn.LeakyReLU(0.2)),
        nn.Conv2d(8 * w, 1, 4, 1, 1),
    )
    return discriminator


def smoothness(s: Tensor) -> Tensor:
    """A quarter of the mean differences in four directions."""
    down, right = s[:, :, 1:] - s[:, :, :-1], s[:, :, :, 1:] - s[:, :, :, :-1]
    falling, rising = s[:, :, 1:, 1:] - s[:, :, :-1, :-1], s[:, :, 1:, :-1] - s[:, :, :-1, 1:]
    return 0.25 * (down.abs().mean() + right.abs().mean() + falling.abs().mean() + rising.abs().mean())


class Trainer:
    """One step of f and g, one of the critic, as the published code trains."""

    def __init__(self, n_regions: int = 30, width: int = 64, discriminator_width: int = 64) -> None:
        self.painter, self.discriminator = Painter(n_regions, width), patch_discriminator(4, discriminator_width)
        self.optimizer = torch.optim.Adam(self.painter.parameters(), lr=2e-4)
        self.critic_optimizer = torch.optim.Adam(self.discriminator.parameters(), lr=2e-4)

    def draw(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """Which regions get a hint (b, n), and Gumbel noise (b, n, h, w), for a sketch (b, 1, h, w)."""
        n = self.painter.segmentator.outc.conv.out_channels
        coins = (torch.rand(len(like), n) < 0.875).float()
        return coins.cumprod(1), -torch.empty(len(like), n, *like.shape[2:]).exponential_().log()

    def step(
        self, sketch: Tensor, target: Tensor, first: tuple, second: tuple | None, tau: float = 1.0
    ) -> dict[str, Tensor]:
        """Losses of one update of everything. `first` and `second` are what `draw` gives.

        Without `second` the critic judges the picture of the first pass.
        """
        prediction, losses = self.paint_step(sketch, target, first, tau)
        if second is not None:
            with torch.no_grad():
                prediction = self.painter(sketch, target, *second, tau)[0]
        return losses | {"discriminator": self.critic_step(sketch, target, prediction.detach())}

    def paint_step(self, sketch: Tensor, target: Tensor, drawn: tuple, tau: float) -> tuple[Tensor, dict[str, Tensor]]:
        """The prediction and the losses of f and g."""
        prediction, logits, painted = self.painter(sketch, target, *drawn, tau)
        self.discriminator.requires_grad_(False)
        losses = {
            "rec": REC * (prediction - target).abs().mean(),
            "tv": TV * ((painted - target) ** 2).mean(),
            "smooth": SMOOTH * smoothness(logits),
            "adv": ADV * ((self.discriminator.model(torch.cat([sketch, prediction], 1)) - 1) ** 2).mean(),
        }
        self.discriminator.requires_grad_(True)
        self.optimizer.zero_grad()
        sum(losses.values()).backward()
        self.optimizer.step()
        return prediction, losses

    def critic_step(self, sketch: Tensor, target: Tensor, prediction: Tensor) -> Tensor:
        """The loss of the critic."""
        fake = (self.discriminator.model(torch.cat([sketch, prediction], 1)) ** 2).mean()
        real = ((self.discriminator.model(torch.cat([sketch, target], 1)) - 1) ** 2).mean()
        loss = ADV * 0.5 * (fake + real)
        self.critic_optimizer.zero_grad()
        loss.backward()
        self.critic_optimizer.step()
        return loss
