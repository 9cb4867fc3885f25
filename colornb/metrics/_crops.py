"""A small feature network for Fréchet distances, learned without labels from crops of pictures (tools/features.py)."""

from torch import Tensor, nn

from colornb import checkpoints
from colornb.color import encode
from colornb.types import RGB, Float

NAME = "crops"
FILE = checkpoints.SHIPPED / "features" / "crops.safetensors"
FEATURES = 128
MIN_SIDE = 32  # pixels


class Encoder(nn.Module):
    """Six 3x3 convolutions down to an eighth of the size, then the mean over the picture: 0.43 M weights."""

    name = NAME

    def __init__(self) -> None:
        super().__init__()
        shape = [(3, 32, 2), (32, 64, 2), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, FEATURES, 1)]
        self.layers = nn.Sequential(*(_layer(*layer) for layer in shape))

    def forward(self, rgb: RGB) -> Float[Tensor, "b d"]:
        """SRGB in [0, 1], at least 32 x 32, to (b, 128) features; only those of one size compare."""
        if min(rgb.shape[-2:]) < MIN_SIDE:
            raise ValueError(f"a picture of {rgb.shape[-1]} x {rgb.shape[-2]} is too small: give at least 32 x 32")
        return self.layers(encode(rgb, "rgb")).mean((2, 3))


def _layer(c_in: int, c_out: int, stride: int) -> nn.Module:
    convolution = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(c_out), nn.ReLU(inplace=True))


def load() -> Encoder:
    """The encoder that comes with the package, ready to use, on the CPU."""
    encoder = Encoder()
    state, encoder.about = checkpoints.read(FILE)
    checkpoints.load_strictly(encoder, state, str(FILE))
    return encoder.eval().requires_grad_(False)
