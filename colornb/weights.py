"""Named checkpoints: where weights lie, how they are written and read. Always safetensors, never a pickle.

A checkpoint carries its own description (method, configuration, and how it was trained), so that
`colornb.methods.load` can rebuild the network from the file alone.
"""

import json
import os
from pathlib import Path

import torch
from torch import Tensor

SHIPPED = Path(__file__).parent / "checkpoints"
DEFAULT = "guiding_painter-comic"  # what the command line paints with


def shipped() -> list[str]:
    """Names of the checkpoints that come inside the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.safetensors"))


def find(name: str | Path) -> Path:
    """The file of a checkpoint, by shipped name, by path, or by the folder of a training run.

    Raises FileNotFoundError, in one line, where there is none.
    """
    path = Path(name)
    for candidate in (SHIPPED / f"{name}.safetensors", path, path / "network.safetensors"):
        if candidate.is_file():
            return candidate
    if (path / "state.pt").is_file():
        raise FileNotFoundError(f"{path} holds an unfinished training run: run the same train command to finish it")
    known = ", ".join(shipped()) or "none"
    raise FileNotFoundError(
        f"no checkpoint named {str(name)!r}: give a file, a run folder, or a shipped name ({known})"
    )


def write(path: str | Path, state: dict[str, Tensor], about: dict, half: bool = False) -> None:
    """Write a state dict and what `about` says of it, atomically; `half` stores floats in 16 bits."""
    from safetensors.torch import save

    def stored(tensor: Tensor) -> Tensor:
        tensor = tensor.detach().cpu().contiguous()
        return tensor.half() if half and tensor.is_floating_point() else tensor

    write_bytes(
        path,
        save({key: stored(value) for key, value in state.items()}, {"about": json.dumps(about)}),
    )


def read(path: str | Path) -> tuple[dict[str, Tensor], dict]:
    """A state dict (floats in 32 bits, on the CPU) and what was said of it."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("about", "{}"))
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except SafetensorError as error:
        raise ValueError(f"{path} is not a whole safetensors file: get it again ({error})") from None
    return {key: value.float() if value.is_floating_point() else value for key, value in state.items()}, about


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


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
