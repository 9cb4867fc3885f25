"""The works of a studio in a folder: each picture has its own, known by what is on it, with its steps and its owner.

FOLDER/DIGEST/picture.png     the picture
              thumbnail.png   the same, small
              steps.json      what was decided, step by step, with the picture's name and path, and when
              open.json       which process has it open, and keeps it
"""

import json
import os
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colornb.files import atomic_write
from colornb.images import ImageError, load_with_metadata, resize, to_uint8
from colornb.widgets._model.picture import Picture
from colornb.writing import encoded, png

PICTURE, THUMBNAIL, STEPS, OPEN = "picture.png", "thumbnail.png", "steps.json", "open.json"
OLD_WORK = "work.json"  # of earlier versions, which kept the last step alone
MAX_STEPS = 100  # that are kept of one picture
MAX_PLACES = 50_000  # in the hints of all these steps together: long scribbles take long to be read
MAX_LISTED = 8  # recent pictures
THUMBNAIL_SIDE = 64  # pixels


@dataclass(frozen=True)
class Steps:
    """The steps on a picture as they are kept, the oldest first: sessions; which is the present one, and since when."""

    sessions: tuple[dict[str, Any], ...]
    at: int
    when: float  # seconds since 1970


@dataclass(frozen=True)
class Recent:
    """A picture that was worked on: how to find it, what it is called, where its file was, when, and how it looks."""

    digest: str
    name: str
    path: str | None
    when: float  # seconds since 1970
    thumbnail: bytes  # PNG


class KeptWork:
    """The works that are kept in a folder, which is made when there is something to keep.

    What is damaged, or not ours, is set aside under another name and never overwritten. Work of earlier versions that
    lies there, one picture in a folder, moves to where it belongs.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder).expanduser()
        self._me = uuid.uuid4().hex
        self.complaints: list[str] = []  # what could not be read when it was opened
        self._sound: set[str] = set()  # digests whose picture is known to be there
        for place in [self.folder, *self._places()]:
            if (place / OLD_WORK).exists() and (place / PICTURE).exists():
                self._migrate(place)

    def save(self, picture: Picture, sessions: Sequence[dict[str, Any]], at: int) -> None:
        """Keep the steps on a picture: as many of the last ones as are read again in a second. Raises OSError."""
        place = self.folder / picture.digest
        if picture.digest not in self._sound:
            self._save_picture(picture, place)
        about = {"colornb": 1, "name": picture.name, "path": picture.path, "when": time.time()}
        sizes, first, last = [_places_in(session) for session in sessions], 0, at + MAX_STEPS
        while first < at and (len(sizes[first:last]) > MAX_STEPS or sum(sizes[first:last]) > MAX_PLACES):
            first += 1
        text = json.dumps(about | {"at": at - first} | _pack(sessions[first:last]))
        atomic_write(place / STEPS, text.encode())

    def read(self, digest: str) -> Steps | None:
        """The steps on a picture; None where none are kept. Raises ValueError for broken ones, and sets them aside."""
        path = self.folder / digest / STEPS
        if not path.exists():
            return None
        try:
            return _unpack(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, LookupError, TypeError):
            raise ValueError(self.set_aside(digest)) from None

    def set_aside(self, digest: str) -> str:
        """Give the steps on a picture another name, as they cannot be gone on from; what to tell of it."""
        return _lies_in(_set_aside(self.folder / digest / STEPS))

    def touch(self, digest: str) -> None:
        """Make a picture the one that was worked on last."""
        with suppress(OSError):
            os.utime(self.folder / digest / STEPS)

    def changed(self, digest: str) -> float:
        """When the steps on a picture were last written, in seconds since 1970; 0 where there are none."""
        try:
            return (self.folder / digest / STEPS).stat().st_mtime
        except OSError:
            return 0.0

    def recent(self) -> list[Recent]:
        """The pictures that were worked on, the last one first."""
        places = sorted(self._places(), key=lambda place: self.changed(place.name), reverse=True)
        found = []
        for place in places:
            with suppress(OSError, ValueError, LookupError, TypeError):
                about = json.loads((place / STEPS).read_text(encoding="utf-8"))
                looks, when = (place / THUMBNAIL).read_bytes(), self.changed(place.name)
                path = about["path"] if isinstance(about["path"], str) else None
                found.append(Recent(place.name, str(about["name"]), path, when, looks))
            if len(found) == MAX_LISTED:
                break
        return found

    def open(self, digest: str) -> Picture:
        """The picture that is kept. Raises ImageError where it cannot be read."""
        image, metadata = load_with_metadata(self.folder / digest / PICTURE, None)
        self._sound.add(digest)
        about = _read(self.folder / digest / STEPS)
        return Picture(image, str(about.get("name", "picture")), metadata, about.get("path"), digest)

    def last(self, digest: str) -> dict[str, Any]:
        """The session of the present step on a picture; an empty one where none can be read."""
        try:
            kept = _unpack(_read(self.folder / digest / STEPS))
        except (ValueError, LookupError, TypeError):
            return {}
        return kept.sessions[kept.at]

    def claim(self, digest: str) -> bool:
        """Open the work on a picture, and keep it from now on; False where another process does."""
        path = self.folder / digest / OPEN
        owner = _read(path)
        if owner.get("pid") != os.getpid() and _is_alive(owner):
            return False
        atomic_write(path, json.dumps({"pid": os.getpid(), "since": _started(os.getpid()), "owner": self._me}).encode())
        return True

    def owns(self, digest: str) -> bool:
        """Whether the work on a picture is still ours to keep."""
        return _read(self.folder / digest / OPEN).get("owner") == self._me

    def release(self, digest: str) -> None:
        """Let others keep the work on a picture."""
        if self.owns(digest):
            with suppress(OSError):
                (self.folder / digest / OPEN).unlink()
                (self.folder / digest).rmdir()  # where nothing was done

    def _places(self) -> list[Path]:
        return [place for place in self.folder.glob("*") if place.is_dir()]

    def _save_picture(self, picture: Picture, place: Path) -> None:
        path, looks = place / PICTURE, place / THUMBNAIL
        if path.exists() and not _is_sound(path, picture):
            _set_aside(path)
        if not path.exists():
            levels = picture.image[0].permute(1, 2, 0).cpu().numpy()
            atomic_write(path, encoded(levels, ".png", picture.metadata, effort=1))
        height, width = picture.image.shape[-2:]
        scale = THUMBNAIL_SIDE / max(height, width)
        small = resize(picture.image, (max(1, round(height * scale)), max(1, round(width * scale))))
        atomic_write(looks, png(to_uint8(small)))
        self._sound.add(picture.digest)

    def _migrate(self, place: Path) -> None:
        """Move work of an earlier version to where it belongs; what cannot be read stays, under another name."""
        state = _read(place / OLD_WORK)
        try:
            image, metadata = load_with_metadata(place / PICTURE, None)
        except ImageError:
            state = {}
        if state:
            picture = Picture(image, str(state.pop("name", place.name)), metadata)
            if not (self.folder / picture.digest / STEPS).exists():
                self.save(picture, [state], 0)
                (place / OLD_WORK).unlink()
                (place / PICTURE).unlink()
                with suppress(OSError):  # the folder itself, or one with files of somebody else
                    place.rmdir()
                return
        self.complaints.append(_lies_in(_set_aside(place / OLD_WORK)))


def _lies_in(path: Path) -> str:
    return f"Work that was kept cannot be read: it lies in '{path}' now, and you begin anew."


def _places_in(session: dict[str, Any]) -> int:
    return sum(1 + len(hint.get("path", ())) for hint in session["hints"])


def _pack(sessions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Sessions with each hint written once: most are in many steps."""
    known: dict[str, int] = {}
    rows, hints, numbers = [], list[Any](), list[int]()
    for session in sessions:
        before, written, hints, numbers = hints, numbers, session["hints"], []
        for place, hint in enumerate(hints):
            # Most are those of the step before, and to compare them is quicker than to write them.
            is_same = place < len(before) and before[place] == hint
            numbers.append(written[place] if is_same else known.setdefault(json.dumps(hint), len(known)))
        rows.append(session | {"hints": numbers})
    return {"hints": [json.loads(text) for text in known], "steps": rows}


def _unpack(kept: dict[str, Any]) -> Steps:
    """What `_pack` wrote, and what was beside it. Raises ValueError, LookupError or TypeError for anything else."""
    if kept["colornb"] != 1:
        raise ValueError("of a later version")
    hints = kept["hints"]
    sessions = tuple(row | {"hints": [hints[number] for number in row["hints"]]} for row in kept["steps"])
    at = int(kept["at"])
    if not 0 <= at < len(sessions):
        raise ValueError("no such step")
    return Steps(sessions, at, float(kept["when"]))


def _read(path: Path) -> dict[str, Any]:
    """A JSON object in a file; an empty one where there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_sound(path: Path, picture: Picture) -> bool:
    try:
        return load_with_metadata(path, None)[0].shape == picture.image.shape
    except ImageError:
        return False


def _set_aside(path: Path) -> Path:
    """Rename a file to a name that nothing has; the new name."""
    number = 1
    while (aside := path.with_name(f"{path.stem}-aside-{number}{path.suffix}")).exists():
        number += 1
    return path.rename(aside)


def _started(pid: Any) -> float | None:
    """When a process began, in seconds since 1970; None where there is none. Another may get its number later."""
    try:
        import psutil  # ipykernel has it; without it nobody is taken for alive
    except ImportError:
        return None
    try:
        return float(psutil.Process(pid).create_time())
    except (psutil.Error, TypeError, ValueError):
        return None


def _is_alive(owner: dict[str, Any]) -> bool:
    began, since = _started(owner.get("pid")), owner.get("since")
    return began is not None and isinstance(since, int | float) and abs(began - since) < 2
