"""A photograph network that has seen ImageNet: a U-Net over a pretrained EfficientNet-Lite0, told colours at points.

Ours, no paper's. What is to be seen in a gray picture was learned from a million of them (`lite0`); these maps do
not depend on hints and are computed once a picture. A small U-Net leads the lightness and the colours given down
through five sizes, meets the encoder's map at each of them, lets distant places attend to each other, and comes back
up to paint. On the way up each place may copy a colour that was given at a place like it, however far away. A second
head says which of 529 colours each place might have, as in RTUG.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb.ab_bins import bin_index
from colornb.blocks import init_he
from colornb.color import AB_MAX, L_HALF, rgb_to_lab
from colornb.filters import gaussian_blur
from colornb.lite0 import MAPS, NOTICE, Encoder
from colornb.methods import base
from colornb.methods.base import Encoding, FeatureMaps, Hook, Progress, check, check_words, identity_hook
from colornb.types import Batch, Counts, Float, Mask, Plane, Planes

BINS = 529
STRIDES = (2, 4, 8, 16, 32)  # of the encoder's maps
COPIES, COPY = 8, 16  # the stride at which colours given are copied to places alike, and how many numbers tell these
HEADS = 4
GAIN = 5.0  # of the colours given: a and b over 110 are small beside the encoder's maps
AREAS = 4  # squares that a user colours in training, at most
LOOK = 0.04  # of the shorter side: how far a user looks around a place to judge how wrong its colour is
FEATURES = (*("join1", "join2", "join4", "join8", "join16", "join32"), *("deep", "up16", "up8", "up4", "up2", "up1"))


@dataclass(frozen=True)
class Config:
    """Settings of the network and its training.

    In training, a share `none` of the pictures gets no hint; a share `many` any number up to `most`, all alike; the
    others at least one, and the user stops after each with the chance `stop`. A share `wrong` gets few, and then what
    a user adds who sees the painting: clicks are simulated like this to train interactive segmentation (Mahadevan et
    al., Iteratively Trained Interactive Segmentation, BMVC 2018).
    """

    encoder: str = "imagenet"  # what it knows before training, or "fresh": nothing
    widths: tuple[int, ...] = (16, 32, 64, 96, 160, 192)  # channels at strides 1, 2, 4, 8, 16, 32
    attention: int = 2  # blocks of attention, at stride 16
    none: float = 0.3
    many: float = 0.25
    most: int = 100
    stop: float = 0.125
    wrong: float = 0.0  # share of the pictures whose user points once or twice where the painting is most wrong
    sides: tuple[int, int] = (1, 9)  # of the patches, in pixels
    areas: float = 0.0  # share of the pictures whose user also colours some larger squares, as a lasso would
    tone: float = 0.0  # how far brightness and contrast of what is seen may be off; the colours stay
    drop: float = 0.0  # share of the encoder's channels that are left out in training (Dropout2d)
    loss: str = "l1"  # or "l2": the mean of what is likely, where l1 takes its middle
    vivid: float = 0.0  # how much more a saturated pixel counts: 1 + vivid * its chroma over 110
    palette: float = 0.2  # weight of the palette's cross entropy
    lr: float = 2e-3
    decay: float = 0.01  # of the weights
    warmup: int = 200  # steps; then the learning rate falls as a cosine
    tune: float = 0.0  # the encoder's learning rate, over that of the rest; 0: it stays as it is
    tune_from: float = 0.5  # share of the training that is over when the encoder begins to learn
    average: float = 0.999  # of the weights over the steps (EMA): what is kept of those before; 0: none

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        check_words(self, encoder=("imagenet", "fresh"), loss=("l1", "l2"))
        fits = len(self.widths) == 1 + len(STRIDES) and self.widths[4] % HEADS == 0
        check(self, "widths", fits, f"give six, the fifth a multiple of {HEADS}")
        if self.none < 0 or self.many < 0 or self.none + self.many > 1:
            raise ValueError(f"none {self.none} and many {self.many}: give shares that sum to 1 at most")


PRESETS = {
    "photo": Config(vivid=2.0, wrong=0.3),
    "large": Config(
        vivid=2.0, wrong=0.3, widths=(16, 48, 96, 128, 224, 256), attention=3, areas=0.1, tone=0.2, drop=0.1,
        decay=0.05, tune=0.1, tune_from=0.3,
    ),
    "tiny": Config(
        encoder="fresh", widths=(8, 8, 8, 16, 16, 16), attention=1, sides=(1, 5), none=0.1, lr=1e-2, warmup=10,
        average=0.0,
    ),
}  # fmt: skip


@dataclass
class Seen(Encoding):
    """What the encoder has seen, at strides 2 to 32, as wide as the U-Net there."""

    at2: Tensor | None = None
    at4: Tensor | None = None
    at8: Tensor | None = None
    at16: Tensor | None = None
    at32: Tensor | None = None


class Network(base.BaseNetwork):
    """The encoder, the U-Net over it, what paints and the palette."""

    condition, target, line_art, hint_kinds, multiple = "L", "ab", (), ("point",), STRIDES[-1]
    features, decoder, palette_layer = FEATURES, "deep", "up4"

    def __init__(self, config: Config, generator: torch.Generator) -> None:
        super().__init__(config)
        w = config.widths
        self.encoder = Encoder()
        self.lateral = nn.ModuleList(_lateral(c, own) for c, own in zip(MAPS.values(), w[1:], strict=True))
        self.drop = nn.Dropout2d(config.drop)
        self.first = _conv(4, w[0])
        self.down = nn.ModuleList(_Down(c_in, c_out) for c_in, c_out in zip(w, w[1:], strict=False))
        self.deep = _Residual(w[5])
        self.attend = nn.Sequential(*[_Attention(w[4]) for _ in range(config.attention)])
        self.copy = _Copy(w[3])
        self.up = nn.ModuleList(_Up(w[n + 1], w[n], more=n > 0) for n in (4, 3, 2, 1, 0))
        self.palette = nn.Conv2d(w[2], BINS, 1)
        self.out = nn.Conv2d(w[0], 2, 3, padding=1)
        init_he(self, generator)
        nn.init.normal_(self.out.weight, 0.0, 0.01, generator=generator)
        nn.init.normal_(self.palette.weight, 0.0, 0.01, generator=generator)
        self.encoder.requires_grad_(config.tune > 0)

    @property
    def notice(self) -> str:
        """What must be said of the weights inside."""
        return NOTICE if self.encoder.pretrained else ""

    def forward(self, condition: Plane, color: Planes, mask: Mask) -> tuple[Planes, Float[Tensor, "b 529 h8 w8"]]:
        """The painted picture, and the logits of the palette at every eighth pixel, which is enough to learn from."""
        kept = FeatureMaps()
        prediction = self.paint(self.encode(condition), color, mask, kept)
        return prediction, self.palette(kept["up4"][..., ::2, ::2])

    def encode(self, condition: Plane, generator: torch.Generator | None = None) -> Seen:
        """The encoder's maps: all that does not depend on hints."""
        maps = [self.drop(lateral(x)) for lateral, x in zip(self.lateral, self.encoder(condition), strict=True)]
        return Seen(condition, **{f"at{stride}": x for stride, x in zip(STRIDES, maps, strict=True)})

    def paint(self, encoding: Seen, color: Planes, mask: Mask, hook: Hook = identity_hook) -> Planes:
        """The painted picture in a and b over 110, [-1, 1]."""
        return self.out(self._features(encoding, color, mask, hook)).tanh()

    def classify(
        self, encoding: Seen, color: Planes, mask: Mask, hook: Hook = identity_hook
    ) -> Float[Tensor, "b 529 h4 w4"]:
        """How likely each colour of `bins.all_bins` is at each place, as logits at a quarter of the size.

        `hook` is called with `palette_layer` and with all that makes this map: who knows it need not have it made.
        """
        last = self.palette_layer
        return self.palette(hook(last, lambda: self._features(encoding, color, mask, identity_hook, last)))

    def _features(self, encoding: Seen, color: Planes, mask: Mask, hook: Hook, last: str = "up1") -> Tensor:
        told = torch.cat([GAIN * color, mask], 1).to(encoding.condition.dtype)
        x = hook("join1", lambda: self.first(torch.cat([encoding.condition, told], 1)))
        joined = [x]
        for stride, down in zip(STRIDES, self.down, strict=True):
            seen = getattr(encoding, f"at{stride}")
            x = hook(f"join{stride}", lambda x=x, stride=stride, down=down, seen=seen: down(x, seen, told, stride))
            joined.append(x)
        x = hook("deep", lambda: self.deep(x))
        for stride, up, skip in zip((16, 8, 4, 2, 1), self.up, joined[-2::-1], strict=True):
            x = hook(f"up{stride}", lambda x=x, up=up, skip=skip, at=stride: self._look_around(up(x, skip), told, at))
            if last == f"up{stride}":
                break
        return x

    def _look_around(self, x: Tensor, told: Planes, stride: int) -> Tensor:
        """What comes from afar: at stride 16 all that is seen, at stride 8 the colours given."""
        if stride == 16:
            return self.attend(x)
        return self.copy(x, told) if stride == COPIES else x


def _lateral(c_in: int, c_out: int) -> nn.Sequential:
    """From the encoder's channels, which differ in strength, to as many as the U-Net has there, all alike."""
    return nn.Sequential(nn.Conv2d(c_in, c_out, 1, bias=False), nn.BatchNorm2d(c_out))


def _conv(c_in: int, c_out: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU(inplace=True))


class _Residual(nn.Module):
    """x + convolution of x, rectified."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.norm(self.conv(x)))


class _Down(nn.Module):
    """Half the size; the encoder's map there is added, and the mean colour given in each of the larger pixels."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(c_in, c_out, 3, 2, 1, bias=False), nn.BatchNorm2d(c_out)
        self.told = nn.Conv2d(3, c_out, 1, bias=False)

    def forward(self, x: Tensor, seen: Tensor, told: Planes, stride: int) -> Tensor:
        return F.relu(self.norm(self.conv(x)) + seen + self.told(_pooled(told, stride)))


def _pooled(told: Planes, stride: int) -> Float[Tensor, "b c h2 w2"]:
    """Mean colour of what was told in each square, 0 where nothing was; and whether anything was."""
    small = F.avg_pool2d(told, stride)
    share = small[:, -1:]
    return torch.cat([small[:, :-1] / share.clamp(min=1e-4), (share > 0).to(small.dtype)], 1)


class _Up(nn.Module):
    """Twice the size, joined with what was there on the way down."""

    def __init__(self, c_in: int, c_out: int, more: bool) -> None:
        super().__init__()
        self.narrow, self.mix = nn.Conv2d(c_in, c_out, 1), _conv(c_out, c_out)
        self.more = _Residual(c_out) if more else nn.Identity()

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = F.interpolate(self.narrow(x), scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.more(self.mix(x + skip))


class _Attention(nn.Module):
    """Every place looks at all others: a transformer's block (Vaswani et al. 2017), norms first."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.ask, self.tell = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.think = nn.Sequential(nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        tokens = x.flatten(2).transpose(1, 2)
        query, key, value = self.ask(self.norm1(tokens)).unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        found = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        tokens = tokens + self.tell(found)
        tokens = tokens + self.think(self.norm2(tokens))
        return tokens.transpose(1, 2).unflatten(2, x.shape[2:])


class _Copy(nn.Module):
    """Every place asks all places where a colour was given whether they are like it, and takes theirs; or none."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.ask, self.answer = nn.Conv2d(channels, HEADS * COPY, 1), nn.Conv2d(channels, HEADS * COPY, 1)
        self.far = nn.Parameter(torch.logspace(-3, 0, HEADS))  # what the squared distance in pixels of x takes off
        self.nobody = nn.Parameter(torch.zeros(HEADS))  # what speaks for taking none
        self.take = nn.Conv2d(3 * HEADS, channels, 1)

    def forward(self, x: Float[Tensor, "b c h w"], told: Planes) -> Float[Tensor, "b c h w"]:
        given = _pooled(told, COPIES)
        query, key = (
            conv(x).unflatten(1, (HEADS, COPY)).flatten(3).transpose(2, 3) for conv in (self.ask, self.answer)
        )
        value = given.flatten(2).transpose(1, 2)[:, None].expand(-1, HEADS, -1, -1)
        known = given[:, -1:].flatten(2)[:, :, None]
        places = _places_of(known)
        bias = self._bias(*x.shape[2:], known, places)
        # one more place, of which nobody knows a colour
        key, value = (F.pad(tokens[:, :, places], (0, 0, 0, 1)) for tokens in (key, value))
        taken = F.scaled_dot_product_attention(query, key, value.to(query.dtype), bias.to(query.dtype))
        return x + self.take(taken.transpose(2, 3).flatten(1, 2).unflatten(2, x.shape[2:]))

    def _bias(self, h: int, w: int, known: Tensor, places: Tensor | slice) -> Float[Tensor, "b heads n n1"]:
        """What is added to the likeness: less with the distance, and never to places of which no colour is known."""
        y, x = torch.meshgrid(
            *(torch.arange(n, device=known.device, dtype=torch.float32) for n in (h, w)), indexing="ij"
        )
        place, known = torch.stack([y.flatten(), x.flatten()], 1), known[..., places]
        near = -self.far.abs().view(-1, 1, 1) * torch.cdist(place, place[places]).square()
        near = near + torch.zeros_like(known).masked_fill(known == 0, -1e4)
        return torch.cat([near, self.nobody.view(1, -1, 1, 1).expand(len(near), -1, h * w, 1)], 3)


def _places_of(known: Float[Tensor, "b 1 1 n"]) -> Tensor | slice:
    """The places that can be copied from in some picture: few, on a processor; elsewhere to count them takes longer."""
    if known.device.type != "cpu" or torch.compiler.is_compiling():
        return slice(None)
    return known.amax((0, 1, 2)).nonzero()[:, 0]


class Recipe(base.Recipe):
    """Training with simulated users: distance of the colours and cross entropy of the palette, AdamW, a cosine."""

    def __init__(self, network: Network, generator: torch.Generator) -> None:
        c = self.config = network.config
        if c.encoder == "imagenet" and not network.encoder.pretrained:
            network.encoder.load_published()
        own = {id(p) for p in network.encoder.parameters()}
        groups = [{"params": [p for p in network.parameters() if id(p) not in own]}]
        if c.tune:
            groups.append({"params": list(network.encoder.parameters()), "lr": c.tune * c.lr})
        super().__init__(network=(network, torch.optim.AdamW(groups, lr=c.lr, weight_decay=c.decay, fused=True)))
        self.keep_average(c.average)

    def step(self, batch: Batch, progress: Progress, generator: torch.Generator) -> dict[str, Tensor]:
        """One update; `rec` is ten times the distance in ab over 110, `class` the palette's cross entropy."""
        c = self.config
        self.anneal(progress, c.warmup)
        if c.tune:
            self.network.encoder.requires_grad_(progress.by_step >= c.tune_from)
        lab = rgb_to_lab(batch.rgb)  # once, where `encode` would take it twice
        condition, target = lab[:, :1] / L_HALF - 1, lab[:, 1:] / AB_MAX
        color, mask = self._told(condition, target, generator)
        condition = _toned(condition, c.tone, generator)
        prediction, logits = self.modules["network"](condition, color, mask)
        weight = 1 + c.vivid * target.square().sum(1).sqrt()
        weight = weight / weight.mean()
        entropy = F.cross_entropy(logits.float(), bin_index(AB_MAX * target[..., ::8, ::8]), reduction="none")
        terms = {
            "rec": 10 * (weight * self._distance(prediction.float(), target)).mean(),
            "class": c.palette * (weight[..., ::8, ::8] * entropy).mean(),
        }
        return self.minimize(terms)

    def _distance(self, prediction: Planes, target: Planes) -> Float[Tensor, "b h w"]:
        gap = prediction - target
        return gap.abs().sum(1) if self.config.loss == "l1" else 10 * gap.square().sum(1)

    def _told(self, condition: Plane, target: Planes, generator: torch.Generator) -> tuple[Planes, Mask]:
        """What the simulated users of a batch say: points, and below them areas, where they give any."""
        c, n, size = self.config, len(target), tuple(target.shape[-2:])
        counts = self._counts(n, generator)
        color, mask = self.network.simulate_hints(Encoding(condition), target, counts, generator)
        if c.wrong:
            color, mask = self._corrected(condition, target, color, mask, generator)
        if not c.areas:
            return color, mask
        some = torch.rand(n, generator=generator, device=generator.device) < c.areas
        number = torch.randint(1, AREAS + 1, (n,), generator=generator, device=generator.device)
        squares = base.sample_patches(n, AREAS, size, generator, (min(size) // 16, min(size) // 3))
        below, there = base.paint_patches(squares, target, number * some * (counts > 0))
        return torch.where(mask > 0, color, below), torch.maximum(mask, there)

    def _counts(self, n: int, generator: torch.Generator) -> Counts:
        """How many hints each picture gets: none, any number, or a few."""
        c, draw = self.config, {"generator": generator, "device": generator.device}
        kind, share = torch.rand(2, n, **draw)
        few = 1 + base.sample_counts(n, c.most, generator, c.stop)
        counts = torch.where(kind < c.none + c.many, (share * (c.most + 1)).long(), few)
        counts = counts.masked_fill(kind < c.none, 0)
        first = round(c.wrong * n)  # these say little more than what is wrong
        return torch.cat([base.sample_counts(first, c.most, generator, 0.5), counts[first:]])

    def _corrected(
        self, condition: Plane, target: Planes, color: Planes, mask: Mask, generator: torch.Generator
    ) -> tuple[Planes, Mask]:
        """The hints, and more for the first pictures: one where the network is most wrong; for half of them two."""
        first = round(self.config.wrong * len(target))
        for n in filter(None, (first, first // 2)):
            painted = self._as_used(condition[:n], color[:n], mask[:n])
            patches = _where_most_wrong(painted, target[:n], mask[:n], self.config.sides, generator)
            new, there = base.paint_patches(patches, target[:n], torch.ones_like(patches.side[:, 0]))
            color = torch.cat([torch.where(there > 0, new, color[:n]), color[n:]])
            mask = torch.cat([torch.maximum(there, mask[:n]), mask[n:]])
        return color, mask

    @torch.no_grad()
    def _as_used(self, condition: Plane, color: Planes, mask: Mask) -> Planes:
        """What the network paints when it is used: its batch norms know the training, not the batch."""
        self.network.eval()
        painted = self.network.paint(self.network.encode(condition), color, mask).float()
        self.network.train()
        return painted


def _where_most_wrong(
    painted: Planes, target: Planes, mask: Mask, sides: tuple[int, int], generator: torch.Generator
) -> base.Patches:
    """A patch around the place, apart from the hints before, in whose surroundings the colours are farthest off."""
    height, width = target.shape[-2:]
    wrong = gaussian_blur((painted - target).square().sum(1, keepdim=True), LOOK * min(height, width)) * (1 - mask)
    place = wrong.flatten(1).argmax(1, keepdim=True)
    side = torch.randint(sides[0], sides[1] + 1, place.shape, generator=generator, device=generator.device)
    top, left = place // width - side // 2, place % width - side // 2
    zero = torch.zeros_like(side)
    top, left = torch.minimum(top.maximum(zero), height - side), torch.minimum(left.maximum(zero), width - side)
    return base.Patches(top, left, side, sides[1])


def _toned(condition: Plane, strength: float, generator: torch.Generator) -> Plane:
    """The same pictures a little darker or brighter, flatter or harder, each in its own way."""
    if not strength:
        return condition
    draw = torch.rand(2, len(condition), 1, 1, 1, generator=generator, device=generator.device)
    shift, contrast = strength * (2 * draw - 1)
    return ((1 + contrast) * condition + shift).clamp(-1, 1)
