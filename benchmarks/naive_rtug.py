"""RTUG as it reads: plain layers in 32 bits, the decoder passed twice, as the released module does."""

from torch import Tensor, cat, nn


def block(*channels: int, dilation: int = 1) -> nn.Sequential:
    """3x3 convolutions and ReLUs from width to width, then a batch norm."""
    layers: list[nn.Module] = []
    for c_in, c_out in zip(channels, channels[1:], strict=False):
        layers += [nn.Conv2d(c_in, c_out, 3, padding=dilation, dilation=dilation), nn.ReLU()]
    return nn.Sequential(*layers, nn.BatchNorm2d(channels[-1]))


class Painter(nn.Module):
    """The same weights under the same names, so that both can be given the same ones."""

    def __init__(self, w: int = 64) -> None:
        super().__init__()
        self.model1, self.model2 = block(4, w, w), block(w, 2 * w, 2 * w)
        self.model3, self.model4 = block(2 * w, *[4 * w] * 3), block(4 * w, *[8 * w] * 3)
        self.model5, self.model6 = (block(*[8 * w] * 4, dilation=2) for _ in range(2))
        self.model7 = block(*[8 * w] * 4)
        self.model8up, self.model9up, self.model10up = (
            nn.Sequential(nn.ConvTranspose2d(a * w, b * w, 4, 2, 1)) for a, b in ((8, 4), (4, 2), (2, 2))
        )
        self.model3short8, self.model2short9, self.model1short10 = (
            nn.Sequential(nn.Conv2d(a * w, b * w, 3, 1, 1)) for a, b in ((4, 4), (2, 2), (1, 2))
        )
        self.model8 = nn.Sequential(nn.ReLU(), *block(*[4 * w] * 3))
        self.model9 = nn.Sequential(nn.ReLU(), *block(2 * w, 2 * w))
        self.model10 = nn.Sequential(nn.ReLU(), nn.Conv2d(2 * w, 2 * w, 3, 1, 1), nn.LeakyReLU(0.2))
        self.model_class = nn.Sequential(nn.Conv2d(4 * w, 529, 1))
        self.model_out = nn.Sequential(nn.Conv2d(2 * w, 2, 1), nn.Tanh())

    def forward(self, light: Tensor, color: Tensor, mask: Tensor) -> Tensor:
        """Lightness over 100, less a half; colours over 110; the mask as it is."""
        x1 = self.model1(cat([light, color, mask], 1))
        x2 = self.model2(x1[:, :, ::2, ::2])
        x3 = self.model3(x2[:, :, ::2, ::2])
        x7 = self.model7(self.model6(self.model5(self.model4(x3[:, :, ::2, ::2]))))
        x8 = self.model8(self.model8up(x7) + self.model3short8(x3))
        for _ in range(2):
            x9 = self.model9(self.model9up(x8) + self.model2short9(x2))
            x10 = self.model10(self.model10up(x9) + self.model1short10(x1))
            painted = self.model_out(x10)
        return painted
