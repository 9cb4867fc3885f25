"""Files that are there whole or not at all, and those that lie where they may."""

import os
import uuid
from pathlib import Path


def atomic_write(path: str | os.PathLike, data: bytes) -> None:
    """Write a file beside its place and move it there: whole or not at all, also after a power cut.

    Its folder is made where it is missing. What was there before stays until then. Raises OSError.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{uuid.uuid4().hex}.part")  # short: a name may be as long as the disk allows already
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def check_inside(path: str | os.PathLike, root: str | os.PathLike | None) -> Path:
    """The path, if it lies in the folder `root` when links are followed; None allows all.

    One that is not absolute is seen from `root`, where there is one. Raises ValueError, in one line, for one outside.
    """
    path = Path(path).expanduser()
    if root is None:
        return path
    path = Path(root).expanduser() / path
    if not path.resolve().is_relative_to(Path(root).expanduser().resolve()):
        raise ValueError(f"'{path}' lies outside of {root}: choose a file in this folder")
    return path
