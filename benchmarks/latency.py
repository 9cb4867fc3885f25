"""How long a person waits in the studio: from letting go of a pointer to the first new pixel on the painted picture.

python -m benchmarks.latency [--strokes 50] [--json OUT]    (needs Chromium and Playwright, and a quiet machine)

The app is opened in a browser as `python -m colornb studio` does it, with the shipped models, for a photograph and for
a page of line art of 256 pixels to a side. Points, scribbles and colours for regions are given at a person's pace.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Page, sync_playwright

from benchmarks.bench import machine
from colornb import data, sample, sketch
from colornb.commands._options import Help
from colornb.evaluation import write_results
from colornb.images import save_image

ROOT = Path(__file__).resolve().parents[1]
SIDE = 256
PAUSE = (0.3, 1.5)  # seconds between two strokes: some come while the exact picture is being painted
COLORS = ("leaf", "sky", "red", "sand")
CASES = {"points": "photograph", "scribbles": "photograph", "regions": "drawing"}
# Looks at the pixels whenever the page draws on the canvas: to look all the time would take a core from the painter.
# What is drawn before the pointer is let go is about an earlier stroke, such as its exact picture, and does not count.
WATCH = """
window.arrival = canvas => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('no new picture')), 60000);
  const draw = canvas.getContext('2d');
  const look = () => new Uint32Array(draw.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  let before, ended;
  document.addEventListener('mouseup', () => { before = look(); ended = performance.now(); },
    { capture: true, once: true });
  draw.drawImage = function (...all) {
    CanvasRenderingContext2D.prototype.drawImage.apply(draw, all);
    if (ended === undefined) return;
    const drawn = performance.now(), now = look();
    for (let place = 0; place < now.length; place++)
      if (now[place] !== before[place]) {
        delete draw.drawImage;
        return resolve(drawn - ended);
      }
  };
}); 0"""
Stroke = Callable[[int], None]


def main() -> None:
    """Measure all cases, show them, and write them down if asked to."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.latency", description=__doc__.splitlines()[0], formatter_class=Help
    )
    parser.add_argument("--strokes", type=int, default=50, help="how many strokes are drawn")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES), help="what is measured")
    parser.add_argument("--json", metavar="OUT", help="write the numbers to this file")
    given = parser.parse_args()
    rows = [measure(case, given.strokes) for case in given.cases]
    for row in rows:
        print("{case:10s} median {median_ms:.0f} ms, 95th percentile {p95_ms:.0f} ms".format(**row))
    if given.json:
        about = machine(torch.get_num_threads()) | {"side": SIDE, "strokes": given.strokes, "pause_s": PAUSE}
        write_results(given.json, rows, **about)


def measure(case: str, strokes: int) -> dict[str, Any]:
    """Waits of one kind of stroke, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), CASES[case]) as address, browser() as page:
        page.goto(address)
        page.locator(".colornb-studio .colornb-fitted canvas").nth(1).wait_for()
        page.locator(".colornb-help").click()
        page.evaluate(WATCH)
        draw = np.random.default_rng(0)
        stroke = {"points": point, "scribbles": scribble, "regions": region}[case](page, draw)
        waits = [wait_for(page, partial(stroke, number), draw) for number in range(strokes + 1)][1:]
    return {
        "case": case,
        "model": CASES[case],
        "median_ms": float(np.median(waits)),
        "p95_ms": float(np.quantile(waits, 0.95)),
        "waits_ms": [round(wait) for wait in waits],
    }


def wait_for(page: Page, stroke: Callable[[], None], draw: np.random.Generator) -> float:
    """Milliseconds from the end of a stroke to the first new pixel."""
    page.wait_for_timeout(1000 * draw.uniform(*PAUSE))
    canvas = page.locator(".colornb-studio canvas").nth(1).element_handle()
    arrival = page.evaluate_handle("canvas => ({ promise: window.arrival(canvas) })", canvas)
    stroke()
    return page.evaluate("held => held.promise", arrival)


def point(page: Page, draw: np.random.Generator) -> Stroke:
    """Clicks, each for a point of a colour."""
    _take(page, "Points")
    page.locator(f"button[title^='{COLORS[0]} #']:visible").first.click()
    return lambda number: page.mouse.click(*_place(page, *draw.uniform(0.05, 0.95, 2)))


def scribble(page: Page, draw: np.random.Generator) -> Stroke:
    """Lines of a third of the picture."""
    _take(page, "Scribbles")

    def line(number: int) -> None:
        (x, y), (dx, dy) = draw.uniform(0.2, 0.8, 2), draw.uniform(-0.15, 0.15, 2)
        page.mouse.move(*_place(page, x, y))
        page.mouse.down()
        for step in range(1, 9):
            page.mouse.move(*_place(page, x + dx * step / 8, y + dy * step / 8))
        page.mouse.up()

    return line


def region(page: Page, draw: np.random.Generator) -> Stroke:
    """Colours for the highlighted region, one after the other, and sometimes the next region."""
    _take(page, "Regions")

    def answer(number: int) -> None:
        color = COLORS[number % len(COLORS)]
        page.locator(f"button[title^='{color} #']:visible").first.click()

    return answer


def _take(page: Page, tool: str) -> None:
    page.locator(".colornb-tools button", has_text=tool).click()
    page.wait_for_timeout(1500)


def _place(page: Page, x: float, y: float) -> tuple[float, float]:
    box = page.locator(".colornb-studio canvas").first.bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


@contextmanager
def served(folder: Path, kind: str) -> Iterator[str]:
    """The app with a picture; its address."""
    if kind == "photograph":
        save_image(sample("coffee")[..., 100 : 100 + SIDE, 150 : 150 + SIDE], folder / "picture.png")
    else:
        page = data.open("storybook", "test", size=SIDE, n=8).rgb[6:7].float() / 255
        save_image(sketch(page, "clean"), folder / "picture.png")
    command = [sys.executable, "-m", "colornb", "studio", "picture.png", "--no-browser"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield next(found[0] for line in process.stderr if (found := re.search(r"http://\S+", line)))
    finally:
        process.terminate()
        process.wait()


@contextmanager
def browser() -> Iterator[Page]:
    """A page of Chromium in a window of a laptop."""
    names = ("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as play:
        program = next(filter(None, map(shutil.which, names)), None)
        running = play.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = running.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        yield page
        running.close()


if __name__ == "__main__":
    main()
