import os

import pytest
import torch

from colornb import weights


@pytest.fixture
def state(generator):
    return {"w": torch.randn(3, 4, generator=generator), "n": torch.tensor(7)}


def test_what_is_written_is_read(tmp_path, state):
    weights.write(tmp_path / "a.safetensors", state, {"seed": 3, "data": "storybook"})
    read, about = weights.read(tmp_path / "a.safetensors")
    assert about == {"seed": 3, "data": "storybook"}
    assert all(torch.equal(read[key], value) for key, value in state.items())


def test_half_precision_keeps_whole_numbers_whole(tmp_path, state):
    weights.write(tmp_path / "a.safetensors", state, {}, half=True)
    read, _ = weights.read(tmp_path / "a.safetensors")
    assert read["n"] == 7
    assert read["w"].dtype == torch.float32
    assert torch.equal(read["w"], state["w"].half().float())


def test_a_truncated_file_is_named_in_one_line(tmp_path, state):
    path = tmp_path / "a.safetensors"
    weights.write(path, state, {})
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(ValueError, match="get it again") as error:
        weights.read(path)
    assert "\n" not in str(error.value)


def test_a_file_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    weights.write_bytes(path, b"old")

    def full_disk(_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        weights.write_bytes(path, b"new")
    assert path.read_bytes() == b"old"


def test_names_that_lead_nowhere_are_refused_with_the_choices(tmp_path):
    with pytest.raises(FileNotFoundError, match="shipped name") as error:
        weights.find(tmp_path / "nothing")
    assert "\n" not in str(error.value)


def test_shipped_checkpoints_fit_their_budget():
    sizes = [path.stat().st_size for path in weights.SHIPPED.glob("*.safetensors")]
    assert sizes, "no checkpoint is shipped"
    assert max(sizes) <= 16 * 2**20
    assert sum(sizes) <= 64 * 2**20
