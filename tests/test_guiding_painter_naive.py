"""A whole step of training beside the same written plainly (benchmarks/naive.py), which shares no code with it."""

from dataclasses import replace

import pytest
import torch

from benchmarks import naive
from colornb.methods.guiding_painter import PRESETS, Network, Recipe

SMALL = {"n_regions": 6, "discriminator_width": 8, "second_forward": False}
# Preset `code` changed, batch, size, numbers. Wide networks are compared at 64 bits: at 32, two orders of adding up
# already end some per cent apart after so many layers on so few pixels. The widest is for the campaign.
CASES = {
    "narrow": ({"width": 4}, 3, (32, 48), torch.float32),
    "odd size, batch of one": ({"width": 4}, 1, (37, 51), torch.float32),
    "wide": ({"width": 24}, 2, (32, 32), torch.float64),
    "widest": ({"width": 64}, 2, (32, 32), torch.float64),
}
DAILY = [pytest.param(case, marks=[pytest.mark.sampled(0)] if case == "widest" else []) for case in CASES]


class Double:
    """The same weights, the same draws, in both ways to train."""

    def __init__(self, changes, batch, size, dtype):
        config = replace(PRESETS["code"], **SMALL | changes)
        draw = torch.Generator().manual_seed(3)
        self.network = Network(config, draw)
        torch.nn.init.normal_(self.network.segmentator.outc.conv.weight, 0.0, 0.3, generator=draw)
        self.recipe = Recipe(self.network, draw)
        for module in self.recipe.modules.values():
            module.to(memory_format=torch.channels_last, dtype=dtype)
        self.trainer = naive.Trainer(6, config.width, 8)
        self.trainer.painter.load_state_dict(self.network.state_dict())
        self.trainer.discriminator.load_state_dict(self.recipe.modules["discriminator"].state_dict())
        for module in (self.trainer.painter, self.trainer.discriminator):
            module.to(dtype)
        self.sketch = torch.rand(batch, 1, *size, generator=draw).to(dtype) * 2 - 1
        self.target = torch.rand(batch, 3, *size, generator=draw).to(dtype) * 2 - 1
        self.tau = 0.7

    def ours(self, seed):
        """The losses of our step, and what was drawn for it."""
        generator = torch.Generator().manual_seed(seed)
        made, logs = self.recipe._paint_step(self.sketch, self.target, self.tau, generator)
        logs["discriminator"] = self.recipe._discriminator_step(self.sketch, self.target, made.prediction.detach())
        again = torch.Generator().manual_seed(seed)
        shown = self.recipe._shown(len(self.sketch), again)
        noise = -torch.empty_like(made.logits.detach()).exponential_(generator=again).log()
        return logs, (shown, noise.contiguous()), made


def gradients_of(*optimizers):
    """Filled with the gradients that each optimiser sees, in the order of its weights."""
    seen = []
    for optimizer in optimizers:
        optimizer.register_step_pre_hook(
            lambda o, *_: seen.append([p.grad.clone() for g in o.param_groups for p in g["params"]])
        )
    return seen


@pytest.mark.parametrize("case", DAILY)
def test_losses_gradients_statistics_and_weights_are_those_of_the_plain_step(case):
    both = Double(*CASES[case])
    ours = gradients_of(*both.recipe.optimizers.values())
    plain = gradients_of(both.trainer.optimizer, both.trainer.critic_optimizer)
    logs, drawn, made = both.ours(5)
    expected = both.trainer.step(both.sketch, both.target, drawn, None, both.tau)
    assert logs.keys() == expected.keys()
    for name, loss in expected.items():
        assert logs[name].item() == pytest.approx(loss.item(), rel=2e-5), name
    for mine, other in zip(ours, plain, strict=True):
        whole = torch.cat([g.flatten() for g in other]).norm()
        for a, b in zip(mine, other, strict=True):
            assert (a - b).norm() <= 1e-4 * b.norm() + 1e-6 * whole
    pairs = [(both.network, both.trainer.painter), (both.recipe.modules["discriminator"], both.trainer.discriminator)]
    for mine, other in pairs:
        for key, value in other.state_dict().items():
            if "running" in key or "num_batches" in key:
                assert torch.allclose(mine.state_dict()[key], value, rtol=1e-4, atol=1e-6), key


def test_a_step_that_errs_would_be_seen():
    """The comparison above notices a gradient that is off by one part in a thousand."""
    both = Double(*CASES["narrow"])
    ours = gradients_of(*both.recipe.optimizers.values())
    plain = gradients_of(both.trainer.optimizer)
    _, (shown, noise), _ = both.ours(5)
    both.trainer.step(both.sketch, both.target, (shown, noise + 0.01 * torch.sin(noise)), None, both.tau)
    flat = [torch.cat([g.flatten() for g in grads]) for grads in (ours[0], plain[0])]
    assert (flat[0] - flat[1]).norm() > 1e-3 * flat[1].norm()


def test_an_empty_region_and_one_that_fills_the_picture():
    both = Double(*CASES["narrow"])
    for f in (both.network.segmentator, both.trainer.painter.segmentator):
        with torch.no_grad():
            f.outc.conv.bias.copy_(torch.tensor([0.0, 50.0, 0.0, 0.0, 0.0, 0.0]))  # region 1 takes everything
    ours, plain = gradients_of(both.recipe.optimizers["network"]), gradients_of(both.trainer.optimizer)
    logs, drawn, made = both.ours(7)
    assert made.regions[:, 1].min() == 1
    expected = both.trainer.step(both.sketch, both.target, drawn, None, both.tau)
    assert logs["tv"].item() == pytest.approx(expected["tv"].item(), rel=1e-5)
    flat = [torch.cat([g.flatten() for g in grads[0]]) for grads in (ours, plain)]
    assert flat[0].isfinite().all()
    assert (flat[0] - flat[1]).norm() <= 1e-4 * flat[1].norm()


def test_the_picture_is_never_copied_for_each_region():
    """No operation makes b x n x 3 x h x w numbers."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Watch(TorchDispatchMode):
        most = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            out = func(*args, **kwargs or {})
            for x in out if isinstance(out, tuple | list) else [out]:
                if isinstance(x, torch.Tensor):
                    self.most = max(self.most, x.numel())
            return out

    both = Double({"width": 2}, 2, (32, 32), torch.float32)
    with Watch() as watch:
        both.ours(1)
    assert 0 < watch.most < 2 * 6 * 3 * 32 * 32
