"""The network of RTUG and of Su et al., from its state dict."""

import torch

from published.plain import conv, grow, leaky, norm


def siggraph(s, seen, mix=lambda name, x: x):
    """(regression, class logits) of lightness, colours and mask as the network sees them: (b, 4, h, w).

    `mix` may change feature maps. The ReLUs after sums work in place, as in the published class: whoever keeps a sum
    has it rectified afterwards.
    """

    def block(x, key, places, last, dilation=1):
        for place in places:
            x = conv(x, s, f"{key}.{place}", padding=dilation, dilation=dilation).relu()
        return norm(x, s, f"{key}.{last}")

    x1 = mix("conv1_2", block(seen, "model1", (0, 2), 4))
    x2 = mix("conv2_2", block(x1[..., ::2, ::2], "model2", (0, 2), 4))
    x3 = mix("conv3_3", block(x2[..., ::2, ::2], "model3", (0, 2, 4), 6))
    x = mix("conv4_3", block(x3[..., ::2, ::2], "model4", (0, 2, 4), 6))
    x = mix("conv5_3", block(x, "model5", (0, 2, 4), 6, dilation=2))
    x = mix("conv6_3", block(x, "model6", (0, 2, 4), 6, dilation=2))
    x = mix("conv7_3", block(x, "model7", (0, 2, 4), 6))
    x = mix("conv8_up", grow(x, s, "model8up.0") + conv(x3, s, "model3short8.0", padding=1))
    x8 = mix("conv8_3", block(torch.relu_(x), "model8", (1, 3), 5))
    x = mix("conv9_up", grow(x8, s, "model9up.0") + conv(x2, s, "model2short9.0", padding=1))
    x = mix("conv9_3", block(torch.relu_(x), "model9", (1,), 3))
    x = mix("conv10_up", grow(x, s, "model10up.0") + conv(x1, s, "model1short10.0", padding=1))
    x = mix("conv10_2", leaky(conv(torch.relu_(x), s, "model10.1", padding=1)))
    return conv(x, s, "model_out.0").tanh(), conv(x8, s, "model_class.0")
