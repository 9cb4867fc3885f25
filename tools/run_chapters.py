"""Run the chapters that have changed, several at once, and keep their outputs where the build of the pages looks.

    python tools/run_chapters.py --jobs 2

This is the one execution of a chapter: `make book` shows its outputs, and `make test` compares them with those that are
committed. The build itself runs what it does not find there, one after the other.
Kernels are forked where that is possible (warm_kernels.py): the outputs are the same, and imports are not repeated.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import nbformat
import warm_kernels
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution

ROOT = Path(__file__).parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"
TIMEOUT = 600  # seconds for one cell, as in _config.yml
LONGEST = ("32", "15", "13", "10", "12")  # numbers of the chapters that train most
TRIES = 2  # a kernel may lose its connection (github.com/ipython/ipykernel/issues/1554)


def main() -> int:
    """Run what is not in the cache yet; 1 where a chapter fails."""
    add = argparse.ArgumentParser(description=__doc__)
    add.add_argument("--jobs", type=int, default=2, help="how many chapters at once (default: 2)")
    add.add_argument("chapters", nargs="*", type=Path, help="all of them, where none is named")
    options = add.parse_args()
    chapters = [path.resolve() for path in options.chapters] or sorted((ROOT / "book").glob("*.ipynb"), key=place)
    cache = get_cache(CACHE)
    books = {path: nbformat.read(path, as_version=4) for path in chapters}
    stale = {path: book for path, book in books.items() if not is_known(cache, book)}
    failed = 0
    with warm_kernels.enabled() if stale else nullcontext(), ThreadPoolExecutor(max(1, options.jobs)) as pool:
        for path, done in zip(stale, pool.map(run, stale.items()), strict=True):
            if done.err is not None:
                print(f"colornb: {path.name} failed\n{done.exc_string}", file=sys.stderr)  # noqa: T201
                failed = 1
                continue
            print(f"colornb: {path.name} ran in {done.time:.0f} s", flush=True)  # noqa: T201
            bundle = CacheBundleIn(stale[path], str(path), data={"execution_seconds": done.time})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    return failed


def place(path: Path) -> tuple[int, str]:
    """The longest first: else one of them would run alone at the end."""
    number = path.stem.split("_")[0]
    return (LONGEST.index(number) if number in LONGEST else len(LONGEST)), path.stem


def is_known(cache: JupyterCacheAbstract, book: nbformat.NotebookNode) -> bool:
    """Whether the outputs of these cells are there."""
    try:
        cache.match_cache_notebook(book)
    except KeyError:
        return False
    return True


def run(chapter: tuple[Path, nbformat.NotebookNode]) -> ExecutionResult:
    """Run one chapter in its folder; its outputs replace those of the notebook in memory."""
    path, book = chapter
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    for _ in range(TRIES):
        try:
            done = single_nb_execution(book, str(path.parent), TIMEOUT, allow_errors=False)
        except RuntimeError as error:  # the kernel has died
            done = ExecutionResult(book, str(path.parent), 0, error, str(error))
        if done.err is None:
            break
    return done


if __name__ == "__main__":
    sys.exit(main())
