"""What keeps the work of a studio: the steps on each picture, soon after each change, by one process at a time."""

import asyncio
import atexit
import os
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from colornb.widgets._model.document import Document, scene_of
from colornb.widgets._model.kept_work import KeptWork
from colornb.widgets._model.picture import Picture
from colornb.widgets._model.store import Store
from colornb.widgets._renderer import Debouncer
from colornb.widgets._view.controls import StatusLine

SAVE_DELAY = 1.0  # seconds without a change after which the work is kept
FOLLOW_SECONDS = 2.0  # how often one that another process keeps is looked at
GRACE_SECONDS = 1.0  # in which such a process may end before it is told: it was that of this page before a reload
ELSEWHERE = "This picture is open in another tab, and is changed there: here you see what is done to it."
OURS = "The other tab is closed: from now on this one keeps your work."
ORIGIN = ("kind", "seen_as", "checkpoint", "region_map", "refine")  # what a session says of where it comes from
Read = Callable[[Picture, dict[str, Any], Document | None], tuple[Document, str]]


class Restored(NamedTuple):
    """The steps on a picture, which of them is the present one, what to tell the user, and whether that is bad."""

    steps: list[Document]
    at: int = 0
    note: str = ""
    is_bad: bool = False


class Autosave:
    """Keeps the work of a studio, and brings it back.

    Args:
        folder: where it is kept, see `KeptWork`.
        read: the document of a kept session, on a picture, after the one before it; and what to tell of it, if
            anything. Raises ValueError.
        origin: where a session of the present document comes from.
    """

    def __init__(self, folder: str | os.PathLike, read: Read, origin: Callable[[], dict[str, Any]]) -> None:
        self.works, self._read, self._origin = KeptWork(folder), read, origin
        self._origins: dict[tuple, dict[str, Any]] = {}  # of each scene that there was
        self._sessions: dict[int, tuple[Document, dict[str, Any]]] = {}  # of steps that were kept last, by their id
        self._waiting: dict[str, tuple[Sequence[Document], int]] = {}  # steps that are not yet kept, by picture
        self._shown, self._written = "", 0.0  # the picture on show, and when its steps were written as they are
        self._is_restarting = self._is_told = False  # told: that another one keeps what is on show
        self._timer: asyncio.TimerHandle | None = None

    def attach(self, store: Store, status: StatusLine) -> None:
        """Keep all that happens in a store from now on, and tell in `status` what cannot be kept."""
        self._store, self._status = store, status
        catch = status.catch_errors  # a folder that cannot be written to must not keep anybody from painting
        self._pending = Debouncer(SAVE_DELAY, catch(self.flush))
        catch(self._claim)()
        store.subscribe(catch(self._on_change), late=True)
        me = weakref.ref(self)
        atexit.register(lambda: (autosave := me()) and autosave.close())

    def restore(self, picture: Picture, begin: Callable[[], Document]) -> Restored:
        """The steps that are kept on a picture, or `begin()`. What cannot be gone on from is set aside."""
        self.flush()
        if self.works.complaints:
            return Restored([begin()], 0, self.works.complaints.pop(), True)
        try:
            kept = self.works.read(picture.digest)
        except ValueError as error:
            return Restored([begin()], 0, str(error), True)
        if kept is None:
            return Restored([begin()])
        # Where a step before the present one is of a model that is no longer here, the present one may still be read.
        for sessions, at in ((kept.sessions, kept.at), (kept.sessions[kept.at : kept.at + 1], 0)):
            with suppress(ValueError):
                steps, note = self._read_all(picture, sessions)
                return Restored(steps, at, f"Restored your work on {picture.name} from {_when(kept.when)}. {note}")
        return Restored([begin()], 0, self.works.set_aside(picture.digest), True)

    def latest(self) -> Picture | None:
        """The picture that was worked on last, of those that can be opened."""
        for recent in self.works.recent():
            with suppress(ValueError):
                return self.works.open(recent.digest)
        return None

    def rows(self) -> list[tuple[str, str, str, bytes]]:
        """The pictures that were worked on, the last one first: digest, name, where and when, and how it looks."""
        self.flush()
        return [
            (recent.digest, recent.name, f"{recent.path or 'uploaded'}, {_when(recent.when)}", recent.thumbnail)
            for recent in self.works.recent()
        ]

    def flush(self) -> None:
        """Keep now what waits. Raises OSError or ImageError where nothing can be written."""
        while self._waiting:
            digest, (steps, at) = next(iter(self._waiting.items()))
            if self.works.owns(digest):
                self.works.save(steps[at].picture, [self._session(step) for step in steps], at)
                self._sessions = {id(step): self._sessions[id(step)] for step in steps}
            del self._waiting[digest]
            if digest == self._shown:
                self._written = self.works.changed(digest)
            else:
                self.works.release(digest)

    def close(self) -> None:
        """Keep what waits, and let others keep it from now on."""
        self.flush()
        self.works.release(self._shown)

    def _on_change(self) -> None:
        if self._is_restarting:
            return
        digest = self._store.document.picture.digest
        if digest != self._shown:
            self._claim()
        if not self.works.owns(digest) and not self._follow(is_changed=True):
            return
        self._note_origin()
        self._waiting[digest] = self._store.steps
        self._pending.schedule()

    def _claim(self) -> None:
        """Keep the picture on show from now on, if nobody else does."""
        before, self._shown = self._shown, self._store.document.picture.digest
        if before and before not in self._waiting:
            self.works.release(before)
        self._note_origin()
        self._is_told = False
        if self.works.claim(self._shown):
            self.works.touch(self._shown)
        elif not self._look_later(GRACE_SECONDS):
            self._say_elsewhere()
        self._written = self.works.changed(self._shown)

    def _say_elsewhere(self) -> None:
        """Tell that another one keeps what is on show."""
        self._is_told = True
        self._status.show(ELSEWHERE)

    def _look_later(self, seconds: float) -> bool:
        """Look after some seconds what became of it; False without an event loop, where nothing happens meanwhile."""
        if self._timer is not None:
            self._timer.cancel()
        try:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._look)
        except RuntimeError:
            return False
        return True

    def _look(self) -> None:
        if self._store.document.picture.digest == self._shown and not self.works.owns(self._shown):
            self._follow()

    def _follow(self, is_changed: bool = False) -> bool:
        """Show what another one has made of the picture; whether it is ours from now on, as it is on show.

        `is_changed`: it was changed here, too, which is taken back unless it is ours.
        """
        is_ours, is_old = self.works.claim(self._shown), self.works.changed(self._shown) != self._written
        if is_old or (is_changed and not is_ours):
            (first, *_), _ = self._store.steps
            restored = self.restore(first.picture, lambda: first)
            self._is_restarting = True
            self._store.restart(*restored.steps, at=restored.at)
            self._is_restarting, self._written = False, self.works.changed(self._shown)
        if not is_ours:
            if is_changed or not self._is_told:  # else what is told or asked meanwhile would not be seen for long
                self._say_elsewhere()
            elif self._status.shows(ELSEWHERE):
                self._status.repeat()
            self._look_later(FOLLOW_SECONDS)
        elif self._is_told:
            self._status.show(OURS)
        return is_ours and not is_old

    def _note_origin(self) -> None:
        scene = _scene(self._store.document)
        if scene not in self._origins:
            self._origins[scene] = self._origin()

    def _session(self, step: Document) -> dict[str, Any]:
        """What is kept of a step; each is written once, as it takes long where there are many hints."""
        if id(step) not in self._sessions:
            self._sessions[id(step)] = step, self._write(step)
        return self._sessions[id(step)][1]

    def _write(self, step: Document) -> dict[str, Any]:
        return step.to_dict() | self._origins.get(_scene(step), {}) | step.manner() | {"refine": step.refine}

    def _read_all(self, picture: Picture, sessions: Sequence[dict[str, Any]]) -> tuple[list[Document], str]:
        steps: list[Document] = []
        note = ""
        for session in sessions:
            step, note = self._read(picture, session, steps[-1] if steps else None)
            steps.append(step)
            self._origins.setdefault(_scene(step), {key: session[key] for key in ORIGIN if key in session})
        return steps, note


def _scene(step: Document) -> tuple:
    """What regions and their origin depend on."""
    return (step.picture.digest, *scene_of(step)[1:])


def _when(seconds: float) -> str:
    """A time as people write it, without the day where it is today."""
    then = time.localtime(seconds)
    return time.strftime("%H:%M" if then[:3] == time.localtime()[:3] else "%d %B %Y, %H:%M", then)
