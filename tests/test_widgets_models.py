"""The list of models in the studio: shipped ones, files and runs, published ones; each by the name it is loaded by."""

import json

import pytest
from ipywidgets import Dropdown
from widgets.driver import find, is_error, status
from widgets.fake_colorizer import FakeColorizer, picture

from colornb import checkpoints, methods
from colornb.__main__ import main
from colornb.colorizer import Colorizer
from colornb.commands.studio import programs
from colornb.widgets import Studio
from colornb.widgets._model.model_list import GOOD_AT, MEGABYTES, caption, list_models

pytestmark = pytest.mark.usefixtures("small_canvases")


@pytest.fixture
def run(tmp_path):
    methods.save(methods.build("rtug", "tiny"), tmp_path / "my run" / "network.safetensors", size=32)
    return str(tmp_path / "my run")


def test_the_list_has_all_shipped_models_that_accept_hints_and_says_what_they_are_good_at():
    shipped = {name: methods.load(name).hint_kinds for name in checkpoints.list_bundled()}
    assert GOOD_AT.keys() - MEGABYTES.keys() == {name for name, kinds in shipped.items() if kinds}
    for name, kinds in shipped.items():
        for kind, word in {"region": "region", "point": "point", "edge": "scribble"}.items():
            assert (kind in kinds) == (word in GOOD_AT.get(name, "")), name
    assert MEGABYTES.keys() <= checkpoints.OFFICIAL.keys() & methods.published().keys()
    models = list_models()
    assert list(models)[:2] == ["photograph", "drawing"] and set(models.values()) == GOOD_AT.keys()


def test_each_is_described_by_its_size(run, tmp_path, monkeypatch):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path))
    assert caption("rtug-natural", "rtug-natural") == "rtug-natural (4.3 MB; photographs, by points)"
    assert caption("photograph", "edge_enhancing-photo3").startswith("photograph: edge_enhancing-photo3 (1.2 MB; ")
    assert "137 MB to fetch once" in caption("siggraph17", "siggraph17")
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / checkpoints.OFFICIAL["siggraph17"].url.rpartition("/")[2]).write_text("x")
    assert "(137 MB; " in caption("siggraph17", "siggraph17")
    assert caption(run, run) == f"my run ({(tmp_path / 'my run' / 'network.safetensors').stat().st_size / 1e6:.1f} MB)"
    (tmp_path / "net.pth").write_bytes(bytes(300_000))
    own = f"siggraph17-retrained={tmp_path / 'net.pth'}"
    assert caption(own, own) == "siggraph17-retrained=net.pth (0.3 MB)"


def test_a_studio_offers_them_and_takes_any_name_that_can_be_loaded(run):
    studio = Studio(picture(), kind="photo", models={"photograph": FakeColorizer(("point",)), "run": run})
    choice = find(studio, "model", Dropdown)
    assert [name for _, name in choice.options] == ["photograph", "run"]
    choice.value = "run"
    assert studio.model == "run" and isinstance(studio.colorizer, Colorizer)
    first = studio.colorizer
    studio.model = run
    assert studio.model == choice.value == run, "also by its path, which is in the list from now on"
    assert studio.colorizer is first, "it is loaded once"
    studio.undo()
    studio.undo()
    assert studio.model == choice.value == "photograph"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("oil", "no model named 'oil': choose one of photograph, a file or a run"),
        ("cic-storybook", "this model does not accept hints"),
        ("siggraph17-caffe", "has no address to fetch it from"),
        ("siggraph17=nowhere.pth", "no published file named 'nowhere.pth'"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_one_line_and_the_model_stays(name, words):
    studio = Studio(picture(), kind="photo", models={"photograph": FakeColorizer(("point",))})
    with pytest.raises(ValueError, match=words) as refused:
        studio.model = name
    assert "\n" not in str(refused.value)
    assert studio.model == "photograph" and list(studio._scenes.models) == ["photograph"]


def test_a_model_that_cannot_be_fetched_is_said_in_the_page(monkeypatch, tmp_path):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path))
    monkeypatch.setattr(checkpoints, "_download", lambda *_: (_ for _ in ()).throw(OSError("no connection")))
    models = {"photograph": FakeColorizer(("point",)), "siggraph17": "siggraph17"}
    studio = Studio(picture(), kind="photo", models=models)
    find(studio, "model", Dropdown).value = "siggraph17"
    assert is_error(studio) and "cannot download" in status(studio) and studio.model == "photograph"


def test_a_saved_session_loads_no_file_that_is_not_in_the_list(run):
    studio = Studio(picture(), kind="photo", models={"photograph": FakeColorizer(("point",))})
    state = json.loads(json.dumps(studio.state)) | {"model": run}
    state.pop("checkpoint")
    studio.load_state(state)
    assert studio.model == "photograph"


def test_the_command_hands_them_on_and_refuses_those_that_are_not_there(run, tmp_path, capsys):
    assert all(repr([run, "rtug-natural"]) in text for text in programs(None, tmp_path, None, [run, "rtug-natural"]))
    for wrong in ("nowhere.safetensors", "siggraph17-retrained=nowhere.pth"):
        assert main(["studio", "--no-browser", "--keep", str(tmp_path / "keep"), "--weights", run, wrong]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and f"no checkpoint named {wrong!r}" in said
    assert list(list_models([run, "siggraph17"]))[-2:] == ["siggraph17", run]
