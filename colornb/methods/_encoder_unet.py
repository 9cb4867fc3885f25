"""A U-Net over a pretrained EfficientNet-Lite0: the body of the photograph network, and of the one for drawings.

What is to be seen in a picture without colours was learned from a million of them (`lite0`); these maps do not depend
on hints and are computed once a picture. A small U-Net leads what is seen and the colours given down through five
sizes, meets the encoder's map at each of them, lets distant places attend to each other, and comes back up to paint. On
the way up each place may copy a colour that was given at a place like it, however far away. At last what the painting
lacks of the colours given may be led on from them to what is around (`_hint_propagation`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from colornb.blocks import init_he
from colornb.lite0 import MAPS, NOTICE, Encoder
from colornb.methods._hint_propagation import MIN_FLOW, STEPS, Propagation, pool_hints
from colornb.methods.base import Encoding, FeatureMaps, Hook, identity_hook
from colornb.types import Float, Mask, Plane, Planes

STRIDES = (2, 4, 8, 16, 32)  # of the encoder's maps
COPIES, COPY = 8, 16  # the stride at which colours given are copied to places alike, and how many numbers tell these
HEADS = 4
TRUST = 2.0  # logit of how far a place trusts a colour that was given there, at first
FEATURES = (*("join1", "join2", "join4", "join8", "join16", "join32"), *("deep", "up16", "up8", "up4", "up2", "up1"))
DECODER = "deep"  # the first of them that is none of the encoder


@dataclass
class Seen(Encoding):
    """What the encoder has seen, at strides 2 to 32, as wide as the U-Net there."""

    at2: Tensor | None = None
    at4: Tensor | None = None
    at8: Tensor | None = None
    at16: Tensor | None = None
    at32: Tensor | None = None


class EncoderUNet(nn.Module):
    """The encoder, the U-Net over it, and what paints.

    Args:
        widths: channels at strides 1, 2, 4, 8, 16, 32; the fifth a multiple of `HEADS`.
        attention: blocks of attention, at stride 16.
        drop: share of the encoder's channels that are left out in training.
        colors: planes of the colours that are given, and painted.
        gain: of the colours given, which are small beside the encoder's maps.
        more: further planes that it sees, at the full size.
        propagate: whether what the painting lacks of the colours given is led on.
    """

    def __init__(
        self, widths: Sequence[int], attention: int, drop: float, colors: int, gain: float, more: int = 0,
        propagate: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        w, self.gain = widths, gain
        self.encoder = Encoder()
        self.lateral = nn.ModuleList(_lateral(c, own) for c, own in zip(MAPS.values(), w[1:], strict=True))
        self.drop = nn.Dropout2d(drop)
        self.first = _conv(1 + colors + 1 + more, w[0])
        self.down = nn.ModuleList(_Down(c_in, c_out, colors) for c_in, c_out in zip(w, w[1:], strict=False))
        self.deep = _Residual(w[5])
        self.attend = nn.Sequential(*[_Attention(w[4]) for _ in range(attention)])
        self.copy = _Copy(w[3], colors)
        self.up = nn.ModuleList(_Up(w[n + 1], w[n], more=n > 0) for n in (4, 3, 2, 1, 0))
        self.out = nn.Conv2d(w[0], colors, 3, padding=1)
        self.propagation = Propagation(w) if propagate else None
        self.trust = nn.Conv2d(w[0] + colors + 1, 1, 1) if propagate else None

    def init(self, generator: torch.Generator) -> None:
        """Draw the first weights: at first it paints hardly any colour."""
        init_he(self, generator)
        nn.init.normal_(self.out.weight, 0.0, 0.01, generator=generator)
        if self.propagation is not None and self.trust is not None:
            self.propagation.init(generator)
            nn.init.normal_(self.trust.weight, 0.0, 0.01, generator=generator)
            nn.init.ones_(self.trust.weight[:, -1])  # sigmoid(log x + TRUST): nearly all where a colour was given
            nn.init.constant_(self.trust.bias, TRUST)

    @property
    def notice(self) -> str:
        """What must be said of the weights inside."""
        return NOTICE if self.encoder.pretrained else ""

    def see(self, condition: Plane) -> dict[str, Tensor]:
        """The encoder's maps, as wide as the U-Net there, by the names that `Seen` has for them."""
        maps = [self.drop(lateral(x)) for lateral, x in zip(self.lateral, self.encoder(condition), strict=True)]
        return {f"at{stride}": x for stride, x in zip(STRIDES, maps, strict=True)}

    def color(
        self, seen: Seen, color: Planes, mask: Mask, hook: Hook = identity_hook, more: Planes | None = None
    ) -> Planes:
        """The painted picture, [-1, 1]."""
        maps = FeatureMaps()
        x = self.run(seen, color, mask, lambda name, make: maps(name, lambda: hook(name, make)), more=more)
        painted = self.out(x).tanh()
        if self.propagation is None or self.trust is None:
            return painted
        with torch.autocast(x.device.type, enabled=False):  # what is added up so often wants all its bits
            painted = painted.float()
            lacking = torch.cat([(color.float() - painted) * mask, mask.float()], 1)
            led, much = self.propagation(lacking, seen.condition.float(), {n: maps[f"up{n}"] for n in STEPS})
            reasons = torch.cat([x, led, much.clamp(min=MIN_FLOW).log()], 1)
            return (painted + self.trust(reasons.to(self.trust.weight.dtype)).sigmoid() * led).clamp(-1, 1)

    def run(
        self, seen: Seen, color: Planes, mask: Mask, hook: Hook, last: str = "up1", more: Planes | None = None
    ) -> Tensor:
        """The feature maps of `FEATURES`, up to the `last`, which is returned."""
        told = torch.cat([self.gain * color, mask], 1).to(seen.condition.dtype)
        planes = [seen.condition, told, *([] if more is None else [more.to(told.dtype)])]
        x = hook("join1", lambda: self.first(torch.cat(planes, 1)))
        joined = [x]
        for stride, down in zip(STRIDES, self.down, strict=True):
            there = getattr(seen, f"at{stride}")
            x = hook(f"join{stride}", lambda x=x, stride=stride, down=down, there=there: down(x, there, told, stride))
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


def optimizer_of(body: EncoderUNet, config: Any) -> torch.optim.AdamW:
    """AdamW for a body that is about to be trained, whose encoder is filled as `config.encoder` says.

    `config.tune` is the encoder's learning rate over `config.lr`; where it is 0, the encoder is left out.
    """
    if config.encoder == "imagenet" and not body.encoder.pretrained:
        body.encoder.load_published()
    own = {id(p) for p in body.encoder.parameters()}
    groups = [{"params": [p for p in body.parameters() if id(p) not in own]}]
    if config.tune:
        groups.append({"params": list(body.encoder.parameters()), "lr": config.tune * config.lr})
    return torch.optim.AdamW(groups, lr=config.lr, weight_decay=config.decay, fused=True)


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

    def __init__(self, c_in: int, c_out: int, colors: int) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(c_in, c_out, 3, 2, 1, bias=False), nn.BatchNorm2d(c_out)
        self.told = nn.Conv2d(colors + 1, c_out, 1, bias=False)

    def forward(self, x: Tensor, seen: Tensor, told: Planes, stride: int) -> Tensor:
        return F.relu(self.norm(self.conv(x)) + seen + self.told(pool_hints(told, stride)))


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

    def __init__(self, channels: int, colors: int) -> None:
        super().__init__()
        self.ask, self.answer = nn.Conv2d(channels, HEADS * COPY, 1), nn.Conv2d(channels, HEADS * COPY, 1)
        self.far = nn.Parameter(torch.logspace(-3, 0, HEADS))  # what the squared distance in pixels of x takes off
        self.nobody = nn.Parameter(torch.zeros(HEADS))  # what speaks for taking none
        self.take = nn.Conv2d((colors + 1) * HEADS, channels, 1)

    def forward(self, x: Float[Tensor, "b c h w"], told: Planes) -> Float[Tensor, "b c h w"]:
        given = pool_hints(told, COPIES)
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
