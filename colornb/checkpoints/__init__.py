"""Named checkpoints: where weights lie, how they are written and read. Always safetensors, never a pickle.

A checkpoint carries its own description (method, configuration, and how it was trained), so that
`colornb.methods.load` can rebuild the network from the file alone. Files that others have published are fetched once,
checked, and kept in a cache.
"""

import hashlib
import json
import os
import pickle
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from colornb.files import atomic_write
from colornb.progress import tell

SHIPPED = Path(__file__).parent
FOR_PHOTOGRAPHS, FOR_DRAWINGS = "edge_enhancing-photo3", "edge_enhancing-drawing"  # what paints where nobody chooses
GONE = {f"{method}-photo": f"{method}-photo2" for method in ("edge_enhancing", "efficient_unet")}  # what followed them
TIMEOUT = 30  # seconds without a byte until a download is given up
PIECE = 2**20  # bytes


class Official(NamedTuple):
    """A file that its authors have published."""

    url: str
    sha256: str  # the whole digest, or as many of its first digits as are published


OFFICIAL = {
    "inception": Official(
        "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
        "6726825d",
    ),
    "eccv16": Official(
        "https://colorizers.s3.us-east-2.amazonaws.com/colorization_release_v2-9b330a0b.pth",
        "9b330a0bae53f4ded77b1e23defbf78beaa09c10ebc4c4999e8e4f4a160b93f9",
    ),
    "siggraph17": Official(
        "https://colorizers.s3.us-east-2.amazonaws.com/siggraph17-df00044c.pth",
        "df00044c0a4d7c3edcecf6f75437ce346a66e7a42612d9b968e1a7e17dbc6f66",
    ),
    "vgg16": Official("https://download.pytorch.org/models/vgg16-397923af.pth", "397923af"),
    "vgg16_bn": Official("https://download.pytorch.org/models/vgg16_bn-6c64b313.pth", "6c64b313"),
    "resnet34": Official("https://download.pytorch.org/models/resnet34-b627a593.pth", "b627a593"),
    "resnet101": Official("https://download.pytorch.org/models/resnet101-63fe2227.pth", "63fe2227"),
    "alexnet": Official("https://download.pytorch.org/models/alexnet-owt-7be5be79.pth", "7be5be79"),
    "fasterrcnn_resnet50_fpn_v2": Official(
        "https://download.pytorch.org/models/fasterrcnn_resnet50_fpn_v2_coco-dd69338a.pth", "dd69338a"
    ),
    "squeezenet1_1": Official("https://download.pytorch.org/models/squeezenet1_1-b8a52dc0.pth", "b8a52dc0"),
}


def list_bundled() -> list[str]:
    """Names of the checkpoints that come inside the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.safetensors"))


def resolve(name: str | Path) -> Path:
    """The file of a checkpoint, by shipped name, by path, or by the folder of a training run.

    Raises FileNotFoundError, in one line, where there is none.
    """
    path = Path(name)
    for candidate in (SHIPPED / f"{name}.safetensors", path, path / "network.safetensors"):
        if candidate.is_file():
            return candidate
    if (path / "state.pt").is_file():
        raise FileNotFoundError(f"{path} holds an unfinished training run: run the same train command to finish it")
    if path.is_dir():
        raise FileNotFoundError(f"{path} holds no training run: give a folder with its network.safetensors, or a file")
    if str(name) in GONE:
        raise FileNotFoundError(f"{name} no longer comes with the package: take {GONE[str(name)]}, which followed it")
    known = f"a file, a run folder, or a shipped name ({', '.join(list_bundled()) or 'none'})"
    raise FileNotFoundError(f"no checkpoint named {str(name)!r}: give {known}")


def write(path: str | Path, state: dict[str, Tensor], about: dict, half: bool = False) -> None:
    """Write a state dict and what `about` says of it, atomically.

    `half` stores floats in 16 bits, but for tensors with a number that is too large for them: the variances that batch
    norms gather may well be.
    """
    from safetensors.torch import save

    def stored(tensor: Tensor) -> Tensor:
        tensor = tensor.detach().cpu().contiguous()
        small = half and tensor.is_floating_point() and not (tensor.abs() > torch.finfo(torch.float16).max).any()
        return tensor.half() if small else tensor

    atomic_write(path, save({key: stored(value) for key, value in state.items()}, {"about": json.dumps(about)}))


def read(path: str | Path) -> tuple[dict[str, Tensor], dict]:
    """A state dict (floats in 32 bits, on the CPU) and what was said of it; parts that lie elsewhere are fetched."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("about", "{}"))
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file: get it again ({error})") from None
    for part, (name, digest) in about.pop("elsewhere", {}).items():
        state |= {f"{part}.{key}": value for key, value in _lent(path, name, digest).items()}
    return {key: value.float() if value.is_floating_point() else value for key, value in state.items()}, about


def bundle(
    state: dict[str, Tensor],
    about: dict,
    name: str,
    elsewhere: dict[str, str] | None = None,
    folder: Path | None = None,
) -> Path:
    """Write a checkpoint in half precision, among the shipped ones; what others of these hold already is left out.

    Args:
        state: its weights.
        about: what is said of them.
        name: what it shall be called.
        elsewhere: for a part of the network, the shipped checkpoint that it was taken from, such as
            {"backbone": "rtug-natural"}: it is read from there, and must be the same file then as now.
        folder: where to write it instead.

    Raises:
        ValueError: a part is not what that checkpoint holds, or there is no such checkpoint.
    """
    lent = {}
    for part, other in (elsewhere or {}).items():
        if other not in list_bundled():
            raise ValueError(f"no shipped checkpoint is named {other!r}: ship it first, and train on its file")
        file, prefix = resolve(other), f"{part}."
        same = read(file)[0]
        own = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
        if own.keys() != same.keys() or not all(torch.equal(own[key].cpu(), same[key]) for key in own):
            raise ValueError(f"the {part} is not {other}: train on the shipped file, or ship it with the rest")
        state = {key: value for key, value in state.items() if not key.startswith(prefix)}
        lent[part] = (other, _digest(file))
    path = (folder or SHIPPED) / f"{name}.safetensors"
    write(path, state, about | ({"elsewhere": lent} if lent else {}), half=True)
    return path


def _lent(path: str | Path, name: str, digest: str) -> dict[str, Tensor]:
    """What one checkpoint takes from another."""
    file = resolve(name)
    if _digest(file) != digest:
        raise ValueError(f"{path} needs another {name} than {file}: take both files from the same version")
    return read(file)[0]


def identify(path: str | Path) -> dict[str, str]:
    """What a file of weights is known by: its "name", for the file of a run that of its folder, and its "sha256"."""
    path = Path(path).resolve()
    return {"name": path.parent.name if path.name == "network.safetensors" else path.stem, "sha256": _digest(path)}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_published(path: str | Path) -> dict[str, Tensor]:
    """The state dict of a PyTorch file that others have published, without the prefix of parallel training.

    Where a file holds an optimiser beside its model, the model alone is returned. Only tensors are read, never code.
    Raises ValueError, in one line, for anything else.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError):
        raise ValueError(f"{path} holds no plain state dict: get the file again, or save its weights alone") from None
    if isinstance(state, dict) and isinstance(state.get("model"), dict):
        state = state["model"]
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ValueError(f"{path} holds more than a state dict: save its weights alone")
    return {key.removeprefix("module."): value for key, value in state.items()}


def load_strictly(network: torch.nn.Module, state: dict[str, Tensor], what: str) -> None:
    """Load a state dict that must fit exactly; a misfit is a one-line ValueError, never a silent gray picture."""
    own = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    given = {key: tuple(value.shape) for key, value in state.items()}
    wrong = sorted(key for key in own.keys() | given.keys() if own.get(key) != given.get(key))
    if wrong:
        raise ValueError(
            f"{what} does not fit this network: {len(wrong)} entries differ, the first is {wrong[0]} "
            f"({given.get(wrong[0], 'missing')} given, {own.get(wrong[0], 'none')} expected)"
        )
    network.load_state_dict(state)


class SkipInit(TorchFunctionMode):
    """In this context networks are built without drawing first weights: for those that a file is to fill at once.

    To draw those of a large network takes seconds. Until `load_strictly`, weights are whatever lay in memory.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Hand back the tensor instead of filling it at random; all else is done."""
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in ("kaiming_uniform_", "normal_", "trunc_normal_", "uniform_"):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def cache_dir() -> Path:
    """Where fetched files are kept: $COLORNB_CACHE, or colornb/ under $XDG_CACHE_HOME or ~/.cache."""
    if own := os.environ.get("COLORNB_CACHE"):
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").expanduser() / "colornb"


def fetch(name: str | Path) -> Path:
    """The file of published weights, by its name in `OFFICIAL` or by the path where you keep it.

    A named file is downloaded once into the cache, where a download that was cut goes on, and its SHA-256 is checked
    whenever it is asked for. A file given by path is taken as it is.

    Raises:
        FileNotFoundError: neither a known name nor a file.
        OSError: the download failed; the line says where a file got elsewhere has to lie.
        ValueError: the file is not the published one.
    """
    official = OFFICIAL.get(str(name))
    if official is None:
        return _own(Path(name).expanduser())
    path = cache_dir() / "weights" / official.url.rpartition("/")[2]
    if path.is_file():
        _check(path, official, "delete it, and the next try fetches it again")
        return path
    part = path.with_name(f"{path.name}.part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        _download(official.url, part)
    except (OSError, HTTPException) as error:
        raise OSError(f"cannot download {official.url} ({error}): try again, or put the file at {path}") from None
    _check(part, official, "try again", discard=True)
    part.replace(path)
    return path


def _own(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(f"no published file named {str(path)!r}: give a path, or one of {', '.join(OFFICIAL)}")
    return path


def _download(url: str, part: Path) -> None:
    """Append to `part` what it lacks, or write it anew where the server knows no ranges."""
    have = part.stat().st_size if part.is_file() else 0
    request = Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urlopen(request, timeout=TIMEOUT)
    except HTTPError as error:
        if have and error.code == 416:  # nothing is left to send
            return
        raise
    with response, part.open("ab" if response.status == 206 else "wb") as file:
        whole = file.tell() + int(response.headers.get("Content-Length") or 0)
        while piece := response.read(PIECE):
            file.write(piece)
            tell(f"{file.tell() / 1e6:.0f} of {whole / 1e6:.0f} MB")
        if file.tell() < whole:
            raise OSError(f"the connection was cut after {file.tell()} of {whole} bytes")


def _check(path: Path, official: Official, mend: str, discard: bool = False) -> None:
    found = _digest(path)
    if found.startswith(official.sha256):
        return
    if discard:
        path.unlink()
    raise ValueError(f"{path} is not the published file (SHA-256 {found[:8]}.., not {official.sha256[:8]}..): {mend}")
