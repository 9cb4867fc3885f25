"""A small network is taught to paint what another one paints."""

import torch

from colornb import data, methods
from tools import distil as tool


def test_what_it_learns_is_what_the_teacher_paints(generator):
    rgb = data.open("storybook", "train", 32, n=4).rgb[:4].float() / 255
    one, other = (methods.build("rtug", "tiny", seed).eval() for seed in (0, 1))
    assert tool.loss_of(one, one, rgb, generator) == 0
    loss = tool.loss_of(one, other, rgb, generator)
    loss.backward()
    assert loss > 0
    assert all(p.grad is None for p in other.parameters())
    assert any(p.grad.abs().sum() > 0 for p in one.parameters() if p.grad is not None)


def test_a_small_network_is_written_with_what_it_learned_from(tmp_path, monkeypatch):
    methods.save(methods.build("rtug", "tiny", 0), tmp_path / "large.safetensors")
    small = tmp_path / "small.safetensors"
    words = ["distil", "--teacher", str(tmp_path / "large.safetensors"), "--width", "2", "--data", "storybook"]
    monkeypatch.setattr(
        "sys.argv", [*words, "--size", "32", "--batch-size", "2", "--minutes", "0.005", "--out", str(small)]
    )
    tool.main()
    network = methods.load(small)
    assert network.config.width == 2
    assert network.about["steps"] > 0
    assert network.about["teacher"].endswith("large.safetensors")
    weights = torch.cat([p.flatten() for p in network.parameters()])
    assert weights.isfinite().all()
