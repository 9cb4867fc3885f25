"""State dicts of the published training module: its 280 names and shapes are in manifests/guiding_painter.json."""

import json
from pathlib import Path

import pytest
import torch

from colornb.blocks import PatchDiscriminator
from colornb.methods.guiding_painter import PRESETS, Network, load_official

SHAPES = json.loads((Path(__file__).parent / "manifests" / "guiding_painter.json").read_text())


@pytest.fixture(scope="module")
def published():
    """A state dict as the published module would save it, filled at random."""
    draw = torch.Generator().manual_seed(0)
    return {
        key: torch.randint(9, (), generator=draw) if "num_batches" in key else torch.rand(shape, generator=draw)
        for key, shape in SHAPES.items()
    }


@pytest.fixture(scope="module")
def painter():
    return Network(PRESETS["code"], torch.Generator().manual_seed(0))


def part(state, name):
    return {key.removeprefix(name): value for key, value in state.items() if key.startswith(name)}


def holds(module, state):
    own = module.state_dict()
    return own.keys() == state.keys() and all(torch.equal(own[key], value) for key, value in state.items())


def test_the_manifest_has_the_published_number_of_entries():
    assert len(SHAPES) == 280
    assert len(part(SHAPES, "generator.")) == 256
    assert len(part(SHAPES, "discriminator.")) == 22


@pytest.mark.parametrize("whole", [True, False], ids=["the whole module", "a part of it"])
def test_published_weights_load_as_they_are(published, painter, whole):
    generator, discriminator = part(published, "generator."), part(published, "discriminator.")
    module = PatchDiscriminator(4)
    load_official(painter, published if whole else generator)
    load_official(module, published if whole else discriminator)
    assert holds(painter, generator)
    assert holds(module, discriminator)


@pytest.mark.parametrize("prefix", ["", "discriminator."])
@pytest.mark.parametrize("change", ["missing", "extra", "misshaped"])
def test_anything_else_is_refused_in_one_line_that_names_the_entry(published, prefix, change):
    state = published if prefix else part(published, "discriminator.")
    state = dict(state)
    if change == "missing":
        del state[f"{prefix}model.5.weight"]
    elif change == "extra":
        state[f"{prefix}model.5.weight_orig"] = torch.zeros(1)
    else:
        state[f"{prefix}model.5.weight"] = torch.zeros(256, 128, 3, 3)
    discriminator = PatchDiscriminator(4)
    before = {key: value.clone() for key, value in discriminator.state_dict().items()}
    with pytest.raises(ValueError, match=r"published GuidingPainter file does not fit.*model\.5\.weight") as error:
        load_official(discriminator, state)
    assert "\n" not in str(error.value)
    assert holds(discriminator, before)


def test_a_painter_wants_all_of_its_entries(published, painter):
    state = {key: value for key, value in published.items() if key != "generator.colorizer.outc.conv.bias"}
    with pytest.raises(ValueError, match=r"1 entries differ.*colorizer\.outc\.conv\.bias"):
        load_official(painter, state)
    with pytest.raises(ValueError, match="does not fit"):
        load_official(Network(PRESETS["tiny"], torch.Generator()), published)
