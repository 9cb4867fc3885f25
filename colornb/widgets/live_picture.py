"""LivePicture: the picture of the pages of the book that paints in the browser, in a notebook."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ipywidgets import HTML, DOMWidget
from traitlets import Unicode

from colornb import hints as hint_files
from colornb.hints import EdgeScribble, Hint, Point, Region
from colornb.images import load_image, size_of, to_uint8
from colornb.widgets._view.static_display import StaticDisplay

ROOT = Path(__file__).resolve().parents[2]
BUILT = (ROOT / "_extra", ROOT / "_build" / "html")  # `make page` fills the first, `make book` the second
SCRIPT = "widget.mjs"
HINTS = (Point, Region, EdgeScribble)  # what the page paints from


class LivePicture(StaticDisplay):
    """The live picture of the book, in JupyterLab, Colab or wherever anywidget works: its networks run in the browser.

    The kernel hands over the files of the page once, by the channel that widgets have: no server is asked, and what is
    painted afterwards needs no kernel. What has been decided there is `state`, and its hints are `hints`.

    `picture` is the path of a picture that a browser reads; without it the page begins with its own. `hints` are what
    is given to begin with. `folder` is where a book was built, or where `make page` has put its files; that of the
    repository by default. Raises FileNotFoundError where they are not, ImportError without anywidget, and ValueError
    for what is no picture or no hint.
    """

    def __init__(
        self,
        picture: str | os.PathLike | None = None,
        hints: Sequence[Hint] = (),
        folder: str | os.PathLike | None = None,
    ) -> None:
        self._page = _find_page(folder)
        self._picture = None if picture is None else Path(picture)
        if self._picture:
            size_of(self._picture)  # what is no picture is told here, and not in a page
        if bad := [hint for hint in hints if not isinstance(hint, HINTS)]:
            raise ValueError(f"{bad[0]!r} is no hint: give a list of Point, Region and EdgeScribble")
        self._view = _make_view(self._page)
        self._view.picture = self._picture.name if self._picture else ""
        self._view.given = hint_files.to_json(hints) if hints else ""
        self._view.on_msg(self._send_file)
        super().__init__((self._view,), HTML())

    @property
    def state(self) -> dict[str, Any]:
        """All that has been decided in the browser, as a session file has it; {} before anything was."""
        return json.loads(self._view.session or "{}")

    @property
    def hints(self) -> Sequence[Hint]:
        """The hints given so far: what `Colorizer.predict` takes."""
        return hint_files.from_json(session) if (session := self._view.session or self._view.given) else []

    def flush(self) -> None:
        """The kernel paints nothing: there is nothing to wait for."""

    def keep_pixels(self) -> None:
        """The pixels are in the browser, see `figure`."""

    def _panels(self) -> dict[str, np.ndarray]:
        return {"": to_uint8(load_image(self._picture or self._page / "coffee_still.webp"))}

    def _send_file(self, view: DOMWidget, asked: dict[str, str], _: Any) -> None:
        """Answer the page, which asks for a file by its name beside `live.mjs`."""
        name = asked["name"]
        path = self._picture if name == "picture" else self._page / name.partition("?")[0]
        view.send({"name": name}, [path.read_bytes()])


def _find_page(folder: str | os.PathLike | None) -> Path:
    """The folder of the page's scripts, within a built book."""
    places = BUILT if folder is None else (Path(folder).resolve(),)
    found = next((place / "page" for place in places if (place / "page" / "networks.json").exists()), None)
    if found is None:
        advice = "say `make page` in a copy of the repository, and give its folder _extra"
        raise FileNotFoundError(f"no live picture in {places[0]}: {advice}")
    return found


def _make_view(page: Path) -> Any:
    """The part that lives in the browser, with what is told to it and what it tells."""
    try:
        from anywidget import AnyWidget
    except ImportError:
        raise ImportError("LivePicture needs anywidget: pip install anywidget") from None

    class BrowserPart(AnyWidget):
        _esm = (page / SCRIPT).read_text(encoding="utf-8")
        picture = Unicode().tag(sync=True)
        given = Unicode().tag(sync=True)
        session = Unicode().tag(sync=True)

    return BrowserPart()
