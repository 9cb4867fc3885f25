"""The models that a studio offers: by which name, from where, how large, and what each is good at."""

from collections.abc import Iterable
from pathlib import Path

from colornb import checkpoints

PHOTOGRAPH, DRAWING = "photograph", "drawing"
MODELS = {PHOTOGRAPH: checkpoints.FOR_PHOTOGRAPHS, DRAWING: checkpoints.FOR_DRAWINGS}
GOOD_AT = {  # shipped models that accept hints, and published ones that are fetched
    "edge_enhancing-photo3": "photographs, by points and scribbles",
    "edge_enhancing-drawing": "drawings, by regions, points and scribbles",
    "edge_enhancing-photo2": "photographs, by points and scribbles; the one before",
    "edge_enhancing-natural": "photographs, by points and scribbles; an older one",
    "edge_enhancing-comic": "drawings, by regions, points and scribbles; an older one",
    "guiding_painter-comic": "drawings, by regions and points",
    "guiding_painter-drawing": "drawings, by regions and points that fill areas",
    "guiding_painter-storybook": "storybook pages, by regions and points",
    "efficient_unet-photo3": "photographs, by points; vivid without any",
    "efficient_unet-photo2": "photographs, by points; the one before",
    "rtug-natural": "photographs, by points",
    "rtug-storybook": "storybook pages, by points",
    "alacgan-storybook": "storybook pages, by points",
    "siggraph17": "photographs, by points",
}
MEGABYTES = {"siggraph17": 137}  # of what is fetched


def list_models(more: Iterable[str] = ()) -> dict[str, str]:
    """What `Colorizer.load` takes, by the name that it is offered under: those for a photograph and a drawing first.

    Then come the other shipped ones, those that can be fetched, and `more`: files, folders of runs, or published names
    with the file that you have of it. Raises FileNotFoundError where one of these is not there.
    """
    for name in more:
        known, equals, own = name.partition("=")
        if not (equals and Path(own).exists()) and known not in checkpoints.OFFICIAL:
            checkpoints.resolve(name)
    others = [name for name in GOOD_AT if name not in MODELS.values()]
    return MODELS | {name: name for name in (*others, *more)}


def caption(name: str, source: object) -> str:
    """A model in a word on what it is good at, and its size."""
    if not isinstance(source, str):
        return name
    if source in GOOD_AT:
        start = "" if name == source else f"{name}: "
        return f"{start}{source} ({_size(source)}; {GOOD_AT[source]})"
    return f"{_short(source)} ({_size(source)})"


def _short(source: str) -> str:
    """What a file or a run is called, without its folders."""
    known, equals, own = source.partition("=")
    return f"{known}={Path(own).name}" if equals else Path(source).name


def _size(source: str) -> str:
    if source in MEGABYTES:
        is_here = (checkpoints.cache_dir() / "weights" / checkpoints.OFFICIAL[source].url.rpartition("/")[2]).exists()
        return f"{MEGABYTES[source]} MB" + ("" if is_here else " to fetch once")
    path = Path(own) if (own := source.partition("=")[2]) else checkpoints.resolve(source)
    return f"{path.stat().st_size / 1e6:.1f} MB" if path.is_file() else "a folder"
