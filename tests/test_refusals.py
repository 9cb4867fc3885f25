"""What cannot be is refused in one line, with what to do instead, before anything else is done."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from colornb import checkpoints, methods, refusals
from colornb.__main__ import main
from colornb.colorizer import Colorizer
from colornb.commands import _options, evaluate, experiment, studio, train
from colornb.experiments import Trainer
from colornb.metrics.lpips import prepare

FORMS = [  # what argparse itself refuses
    ("", "are required: COMMAND"),
    ("paint", "invalid choice: 'paint'"),
    ("colorize", "are required: picture, --out"),
    ("colorize {picture}", "are required: --out"),
    ("colorize {picture} --out", "--out: expected one argument"),
    ("colorize {picture} --out a.png --colour red", "unrecognized arguments: --colour red"),
    ("study", "are required: ACTION"),
    ("study play", "invalid choice: 'play'"),
]
COLORIZE = [
    ("--size 0", "--size: 0 cannot be: give a whole number from 1"),
    ("--size -3", "--size: -3 cannot be"),
    ("--size 1.5", "--size: 1.5 cannot be"),
    ("--size 1e3", "--size: 1e3 cannot be"),
    ("--size 9999999999", "--size: 9999999999 cannot be"),
    ("--max-side 0", "--max-side: 0 cannot be"),
    ("--kind painting", "--kind: invalid choice: 'painting'"),
    ("--device gameboy", "--device gameboy is not here: choose one of auto, cpu"),
    ("--device cuda:99", "--device cuda:99 is not here"),
    ("--weights nowhere", "no checkpoint named 'nowhere'"),
    ("--weights edge_enhancing-photo", "no longer comes with the package: take edge_enhancing-photo2, which followed"),
    ("--weights folder.png", "folder.png holds no training run: give a folder with its network.safetensors, or a file"),
    ("--hints nowhere.json", "cannot read 'nowhere.json'"),
    ("--hint red", "--hint: red cannot be: give K=COLOR, such as 1=skyblue"),
    ("--hint 0=red", "--hint: 0 cannot be: give a whole number from 1"),
    ("--hint 1=rouge", "rouge"),
    ("--point 0.5=red", "--point: 0.5=red cannot be: give X,Y=COLOR"),
    ("--point 0.5,1.5=red", "x and y go from 0 to 1"),
    ("--box a,b", "--box: a,b cannot be: give X0,Y0,X1,Y1"),
    ("--scribble 0.5,0.5:0.6", "--scribble: 0.5,0.5:0.6 cannot be"),
    ("--scribble 0.5,0.5", "--scribble: 0.5,0.5 cannot be: give X,Y:X,Y.., such as 0.3,0.2:0.4,0.25"),
    ("--weights {rtug} --hint 1=red", "--hint: this model does not accept region hints: leave it out"),
    ("--weights {rtug} --regions r.png", "--regions: this model does not accept region hints"),
    ("--weights {rtug} --scribble 0.1,0.1:0.2,0.2", "--scribble: this model does not accept edge scribbles"),
    ("--weights {rtug} --box 0.1,0.1,0.5,0.5", "--box: this model does not accept boxes"),
    ("--weights {rtug} --detect", "--detect: this model does not accept boxes"),
    ("--weights {cic} --point 0.5,0.5=red", "--point: this model does not accept point hints"),
    ("--sketch a.png", "--sketch a.png is where --out goes: give another name"),
    ("--sketch b.png --regions ../{here}/b.png", "is where --sketch goes"),
]
EVALUATE = [
    ("--size 8", "--size: 8 cannot be: give a whole number from 16"),
    ("--pictures 0", "--pictures: 0 cannot be"),
    ("--counts -1", "--counts: -1 cannot be: give a whole number from 0"),
    ("--scribbles 0", "--scribbles: 0 cannot be"),
    ("--drawn 1", "--drawn: 1 cannot be: give a chance between 0 and 1"),
    ("--benchmark nan", "--benchmark: nan cannot be"),
    ("--seed -1", "--seed: -1 cannot be"),
    ("--seed 99999999999999999999", "--seed: 99999999999999999999 cannot be"),
    ("--metrics psnr sssim", "--metrics: invalid choice: 'sssim' (choose from"),
    ("--metrics nri", "invalid choice: 'nri'"),
    ("--features vgg", "--features: invalid choice: 'vgg'"),
    ("--scribbles 3 --lpips foo", "--lpips: invalid choice: 'foo'"),
    ("--scribbles 3 --stop 0.1 0", "--stop: 0 cannot be"),
    ("--scribbles 3 --kernel 4", "give an odd number"),
    ("--scribbles 3 --edges 0", "--edges: 0 cannot be"),
    ("--scribbles 3 --slack -1", "--slack: -1 cannot be"),
    ("--scribbles 3 --max-hints 0", "--max-hints: 0 cannot be"),
    ("--scribbles 3 --patches 0 9", "--patches: 0 cannot be"),
    ("--scribbles 3 --thresholds nan 1", "--thresholds: nan cannot be"),
    ("--scribbles 3", "does not accept edge scribbles: leave out --scribbles"),
    ("--size 50", "size 50 does not fit this network: give 48 or 56"),
    ("--size 16 --metrics lpips", "--size 16 is too small"),
    ("--size 16 --features crops", "--size 16 is too small"),
    ("--metrics lpips", "no LPIPS here"),
    ("--features inception", "no Inception here"),
    ("--out .", "is a folder: give a file in it"),
    ("--out {picture}/a.json", "lies inside a file"),
]
TRAIN = [
    ("--steps 0", "--steps: 0 cannot be: give a whole number from 1"),
    ("--minutes 0", "--minutes: 0 cannot be: give a number above 0"),
    ("--minutes nan", "--minutes: nan cannot be"),
    ("--batch-size 0", "--batch-size: 0 cannot be"),
    ("--check -1", "--check: -1 cannot be"),
    ("--size 16", "--size: 16 cannot be: give a whole number from 32"),
    ("--size 50", "size 50 does not fit this network: give 48 or 56"),
    ("--size 36", "size 36 does not fit this network: give 32 or 40"),
    ("--save-every 0", "--save-every: 0 cannot be"),
    ("--threads 0", "--threads: 0 cannot be"),
    ("--pictures 0", "--pictures: 0 cannot be"),
    ("--draw -1", "--draw: -1 cannot be"),
    ("--check-data storybook", "--check-data belongs to --check"),
    ("--check 0 --check-data storybook nowhere", "no dataset or folder named 'nowhere'"),
    ("--start nowhere", "no checkpoint named 'nowhere'"),
    ("--preset huge", "has no preset 'huge'"),
    ("--set lr=fast", "give a number"),
    ("--out {picture}", "is a file: give a folder"),
]
EXPERIMENT = [
    ("--size 16", "--size: 16 cannot be: give a whole number from 32"),
    ("--steps 0", "--steps: 0 cannot be"),
    ("--tests 0", "--tests: 0 cannot be"),
    ("--seeds 0 -1", "--seeds: -1 cannot be"),
    ("--batch-size x", "--batch-size: x cannot be"),
    ("--lpips foo", "--lpips: invalid choice: 'foo'"),
    ("--lpips alex", "no LPIPS here"),
    ("--features foo", "--features: invalid choice: 'foo'"),
    ("--features inception", "no Inception here"),
    ("--data storybook nowhere", "no dataset or folder named 'nowhere'"),
    ("--data folder", "give the path of a folder"),
    ("--data storybook ./nowhere", "no folder nowhere"),
    ("--preset huge", "has no preset 'huge'"),
    ("--set colour=red", "has no setting 'colour'"),
    ("--out a.png", "is where the figure goes"),
    ("--out folder.json", "folder.png is a folder"),
    ("--runs {picture}", "is a file: give a folder"),
]
CALLS = [
    *FORMS,
    *((f"colorize {{picture}} --out a.png {more}", words) for more, words in COLORIZE),
    *((f"evaluate {{rtug}} --data dark_snail {more}", words) for more, words in EVALUATE),
    ("evaluate {rtug} --data dark_snail nowhere", "no dataset or folder named 'nowhere'"),
    ("evaluate {cic} --data dark_snail --drawn", "does not accept hints"),
    ("evaluate {cic} --data dark_snail --counts 0 1", "does not accept hints"),
    *((f"train rtug --data dark_snail --out x --device cpu {more}", words) for more, words in TRAIN),
    ("train rtug --data dark_snail nowhere --out x --device cpu", "no dataset or folder named 'nowhere'"),
    *((f"experiment points --out a.json --device cpu {more}", words) for more, words in EXPERIMENT),
    ("experiment nothing --out a.json", "no experiment named 'nothing'"),
    ("study analyze nowhere.jsonl --resamples 3", "--resamples: 3 cannot be: give a whole number from 100"),
    ("study simulate {protocol} --out t.jsonl --participants 0", "--participants: 0 cannot be"),
    ("study simulate {protocol} --out t.jsonl --size 0", "--size: 0 cannot be"),
    ("study simulate {protocol} --out .", "is a folder: give a file in it"),
    ("evaluate {rtug} --data dark_snail --out {picture}", "is a file of another kind: give a name for the results"),
    ("experiment points --out {picture}x", "is a file of another kind"),
    ("experiment points --out picture.json", "the figure would be written over picture.png"),
    ("study analyze t.jsonl --out {picture}", "is a file of another kind"),
    ("study simulate {protocol} --out {picture}", "is a file of another kind"),
    ("study simulate {protocol} --out t.jsonl --device cpu", "no checkpoint named 'nowhere'"),
    ("studio {picture} --port 65536", "--port: 65536 cannot be: give a whole number from 1 to 65535"),
    ("studio {picture} --keep {picture}", "--keep"),
]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Where two small models lie, by their names."""
    folder = tmp_path_factory.mktemp("models")
    for name in ("rtug", "cic"):
        methods.save(methods.build(name, "tiny"), folder / name / "network.safetensors", size=48)
    return {name: folder / name for name in ("rtug", "cic")}


@pytest.fixture
def places(models, tmp_path, monkeypatch):
    """Where two small models, a picture and a protocol lie; the present folder."""
    monkeypatch.chdir(tmp_path)
    names = models | {"here": tmp_path.name}
    Image.fromarray(np.full((60, 90, 3), 99, np.uint8)).save("picture.png")
    (tmp_path / "picture.pngx").write_bytes((tmp_path / "picture.png").read_bytes())
    pads = [{"name": name, "checkpoint": name, "pad": "points"} for name in (str(names["rtug"]), "nowhere")]
    document = {"colornb": 1, "protocol": {"pictures": ["picture.png"], "methods": pads}}
    (tmp_path / "protocol.json").write_text(json.dumps(document))
    (tmp_path / "folder.png").mkdir()
    return names | {"picture": tmp_path / "picture.png", "protocol": tmp_path / "protocol.json"}


@pytest.fixture
def nothing_is_done(monkeypatch):
    """Every way to begin with the work itself fails, and no weights can be fetched."""

    def begun(*_, **__):
        pytest.fail("that was to be refused before")

    def missing(name):
        raise OSError(f"no {'Inception' if name == 'inception' else 'LPIPS'} here: get it")

    for place, name in (
        (Colorizer, "set_image"), (evaluate.evaluation, "evaluate"), (evaluate.evaluation, "evaluate_drawn"),
        (evaluate.evaluation, "evaluate_users"), (train, "train"), (Trainer, "for_each"), (Trainer, "network"),
        (studio.subprocess, "run"), (_options.data, "concat"), (experiment, "write"),
    ):  # fmt: skip
        monkeypatch.setattr(place, name, begun)
    monkeypatch.setattr(checkpoints, "fetch", missing)


@pytest.mark.parametrize(("call", "words"), CALLS)
def test_what_cannot_be_is_refused_at_once_in_one_line(call, words, places, nothing_is_done, capsys, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    assert main(call.format(**places).split()) == 2
    told = capsys.readouterr()
    assert told.err.startswith("colornb: ") and told.err.count("\n") == 1 and not told.out
    assert words in told.err
    assert sorted(tmp_path.rglob("*")) == before, "nothing is written"


def test_a_picture_without_a_name_is_not_the_present_folder(places, nothing_is_done, capsys):
    assert main(["colorize", "", "--out", "out"]) == 2
    assert "the picture has no name: give a picture, or a folder of pictures" in capsys.readouterr().err


def test_forms_say_where_more_is_said(capsys):
    assert main(["evaluate", "x", "--data", "y", "--size", "a\nb"]) == 2
    assert capsys.readouterr().err == (
        "colornb: error: --size: a b cannot be: give a whole number from 16 up; "
        "see `python -m colornb evaluate --help`\n"
    )


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes")])
def test_too_little_memory_is_one_line(error, places, capsys, monkeypatch):
    def full(*_):
        raise error

    monkeypatch.setattr(Colorizer, "set_image", full)
    assert main(["colorize", "picture.png", "--out", "a.png", "--weights", str(places["rtug"])]) == 2
    assert "give smaller pictures, or fewer at once (commands: --size, --max-side)" in capsys.readouterr().err


def test_any_other_mistake_of_ours_keeps_its_traceback(places, monkeypatch):
    monkeypatch.setattr(Colorizer, "set_image", lambda *_: torch.zeros(2) + torch.zeros(3))
    with pytest.raises(RuntimeError, match="must match the size"):
        main(["colorize", "picture.png", "--out", "a.png", "--weights", str(places["rtug"])])


def test_a_backbone_of_another_network_is_refused_before_it_is_needed(tmp_path, monkeypatch):
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "alex.pth")
    monkeypatch.setattr(checkpoints, "fetch", lambda _: tmp_path / "alex.pth")
    with pytest.raises(ValueError, match="does not fit this network"):
        prepare("alex", torch.device("cpu"))


def test_some_networks_learn_from_squares_of_any_side():
    for method in ("guiding_painter", "deoldify"):
        refusals.check_size(methods.build(method, "tiny"), 50)
    for size in (32, 64):
        refusals.check_size(methods.build("efficient_unet", "tiny"), size)
