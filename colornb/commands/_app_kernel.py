"""What a kernel of the app does: open the studio of its page, of what was loaded before it was forked."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from colornb.images import sample
from colornb.widgets._model.kept_work import KeptWork
from colornb.widgets._model.model_list import MODELS, list_models
from colornb.widgets._model.picture import read_picture


class Prepared(NamedTuple):
    """What all kernels of an app begin with: its first picture, its model, what sees it, and how many threads."""

    picture: Any = None
    model: str | None = None
    scenes: Any = None
    threads: int = 0


_prepared = Prepared()  # something in the process that kernels are forked from, and in these


def open_studio(picture: str | None, keep: str, root: str | None, started: float, weights: Sequence[str] = ()) -> Any:
    """The studio of a page: with the picture that was worked on last since the app began, else with its first one."""
    from colornb.widgets import Studio  # other commands need not wait for it

    if _prepared.threads:
        _use_threads(_prepared.threads)
    recent = KeptWork(keep).recent()
    options = {"keep": keep, "root": root, "models": _prepared.scenes or list_models(weights)}
    try:
        if recent and recent[0].when > started:
            studio = Studio(**options)
        else:
            studio = Studio(_prepared.picture or picture, model=_prepared.model, **options)
    except ValueError as error:  # such as a page on which nothing is drawn
        studio = Studio(**options)
        studio.status.show(str(error), bad=True)
    studio.has_kernel = True
    if not recent:
        studio.show_help()
    return studio


def serve_kernels(picture: str | None, weights: Sequence[str]) -> None:
    """Load what every page needs, and fork kernels from here; never returns."""
    from colornb.commands._forked_kernels import serve  # needs Jupyter

    serve(partial(_prepare, picture, weights))


def _prepare(picture: str | None, weights: Sequence[str]) -> None:
    """Load the networks and open the first picture, in one thread: a fork has no other. Widgets are for kernels."""
    global _prepared
    import torch

    from colornb.widgets import Studio  # noqa: F401 (the import takes long)
    from colornb.widgets._scenes import Scenes

    scenes, first, model, threads = Scenes(list_models(weights)), None, None, torch.get_num_threads()
    _use_threads(1)
    for name in MODELS:
        scenes.load(name)
    with suppress(ValueError):  # is said in the page
        first = read_picture(sample("coffee"), None) if picture is None else read_picture(picture, picture)
        model = scenes.choose_model(first.image, "auto")
        scenes.open(first, "auto", model).predict(())
        first.digest  # noqa: B018 (is kept)
    _prepared = Prepared(first, model, scenes, threads)


def _use_threads(number: int) -> None:
    import cv2
    import torch

    torch.set_num_threads(number)
    cv2.setNumThreads(number)
