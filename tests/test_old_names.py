"""Files and commands of the version before names changed; those in old_files were written by that version."""

import shutil
from pathlib import Path

import pytest
import torch

from colornb import checkpoints, methods
from colornb._old_names import FIELDS, WORDS, current_protocol
from colornb.evaluation import ScribbleProtocol, read_results
from colornb.training import train
from colornb.types import Batch

OLD = Path(__file__).parent / "old_files"
SETTINGS = {
    "alacgan": {"discriminator_width": 2},
    "deoldify": {
        "discriminator_width": 2,
        "stage": "discriminator",
        "discriminator_threshold": 0.5,
        "freeze_fraction": 0.2,
        "warmup_fraction": 0.4,
        "discriminator_levels": 2,
        "discriminator_rate": 5.0,
    },
    "edge_enhancing": {"max_edges": 3, "tolerance": 2, "radius": 4, "no_scribble_prob": 0.2},
    "efficient_unet": {"recolored": 0.3},
    "guiding_painter": {"discriminator_width": 1, "hint_prob": 0.4},
    "pix2pix": {"discriminator_width": 2},
    "rtug": {"min_hints": 1, "odd_sizes": True, "reveal_all_prob": 0.25},
}


class Four:
    """Four pictures of noise, those that the old run was trained on."""

    rgb = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))

    def __len__(self):
        return 4

    def batch(self, index, generator=None):
        return Batch(self.rgb[index])


@pytest.mark.parametrize("method", FIELDS)
def test_a_checkpoint_with_old_names_is_the_same_network(method):
    path = OLD / f"{method}.safetensors"
    if method == "efficient_unet":  # whose encoder is too large for a file of its own: one that ships has the old name
        path = checkpoints.SHIPPED / "efficient_unet-photo3.safetensors"
    network, (state, about) = methods.load(path), checkpoints.read(path)
    assert FIELDS[method].keys() <= about["config"].keys(), "the file has the old names"
    assert set(SETTINGS[method]) == {*FIELDS[method].values(), *WORDS.get(method, {})}
    assert {name: getattr(network.config, name) for name in SETTINGS[method]} == SETTINGS[method]
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())
    again = methods.build(method, network.config).state_dict()
    assert {key: value.shape for key, value in again.items()} == {key: value.shape for key, value in state.items()}


def test_an_unfinished_run_goes_on_to_the_weights_that_it_would_have_had(tmp_path):
    shutil.copytree(OLD / "run", tmp_path / "run")
    network = methods.build("pix2pix", "tiny", seed=3, width=1, levels=3, discriminator_width=2)
    ticks = list(
        train(
            methods.recipe(network, 3),
            Four(),
            steps=4,
            batch_size=2,
            seed=3,
            out=tmp_path / "run",
            every=1,
            save_every=2,
        )
    )
    assert [tick.step for tick in ticks] == [3, 4], "two of its four steps were done"
    state, whole = (
        checkpoints.read(path)[0] for path in (tmp_path / "run/network.safetensors", OLD / "run_whole.safetensors")
    )
    assert all(torch.allclose(state[key], value, atol=1e-5) for key, value in whole.items())


@pytest.mark.parametrize(("method", "field"), [(method, name) for method, names in FIELDS.items() for name in names])
def test_a_command_may_set_a_field_by_its_old_name(method, field):
    config = next(iter(methods.presets(method).values()))
    new = FIELDS[method][field]
    value = getattr(config, new)
    assert methods.read_setting(f"{field}={str(value).lower()}", config) == (new, value)


def test_the_protocol_of_old_results_has_todays_names(tmp_path):
    (tmp_path / "old.json").write_text(
        '{"about": {"scribbling": {"several": 2, "n": 5}}, "rows": [{"several": 3, "psnr": 20.0}]}'
    )
    rows, about = read_results(tmp_path / "old.json")
    assert rows == [{"max_edges": 3, "psnr": 20.0}]
    assert about["scribbling"] == {"max_edges": 2, "n": 5}
    assert current_protocol(about["scribbling"]).keys() <= ScribbleProtocol().about().keys()
