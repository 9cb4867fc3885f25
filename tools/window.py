"""The window of the studio as the chapter about it shows it, on screens of five sizes, with a page being painted.

python tools/window.py    writes book/images/studio_*.webp (needs Chromium and Playwright)
"""

import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from colornb import data, sketch
from colornb.images import save_image

SCREENS = {"phone": (400, 800, 1), "tablet": (800, 900, 1), "laptop": (1280, 800, 1), "fine": (1280, 800, 2),
           "desk": (1920, 1080, 1)}  # fmt: skip
COLORS = ("leaf", "sky", "red", "sand")  # the first answers
OUT = Path(__file__).resolve().parents[1] / "book" / "images"
SHARP, MOST_BYTES = 1_500, 150_000  # milliseconds after which all that is painted is on its way; of a picture


def main() -> None:
    """Open the app, paint, and take a picture: for each screen from the beginning, so that no work is restored."""
    names = ("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as play:
        program = next(filter(None, map(shutil.which, names)), None)
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (width, height, ratio) in SCREENS.items():
            context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=ratio)
            context.set_default_timeout(60_000)
            with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as address:
                page = context.new_page()
                page.goto(address)
                page.locator(".colornb-studio canvas").first.wait_for()
                paint(page)
                page.locator(".colornb-studio").first.evaluate("studio => studio.scrollIntoView()")
                wait(page)
                keep(page.screenshot(), OUT / f"studio_{name}.webp")
                context.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The app with a page of a storybook; its address."""
    page = data.open("storybook", "test", size=512, n=8).rgb[6:7].float() / 255
    save_image(sketch(page, "clean"), folder / "page.png")
    command = [sys.executable, "-m", "colornb", "studio", "page.png", "--no-browser"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    try:
        yield next(found[0] for line in process.stderr if (found := re.search(r"http://\S+", line)))
    finally:
        process.terminate()
        process.wait()


def paint(page: Page) -> None:
    """Put the help away, and answer the first questions."""
    page.locator(".colornb-help").click()
    page.get_by_text("What colour").wait_for()
    for color in COLORS:
        page.locator(f".colornb-side button[title^='{color} #']").first.click()
        wait(page)
        page.locator("button.colornb-next:visible").first.click()
        wait(page)


def wait(page: Page) -> None:
    """Return when all is painted and sharp."""
    page.wait_for_timeout(SHARP)
    page.locator(".colornb-busy").first.wait_for(state="detached")


def keep(screenshot: bytes, path: Path) -> None:
    """Write a picture as large a file as may be, not larger."""
    for quality in (90, 80, 70, 55, 40):
        buffer = io.BytesIO()
        Image.open(io.BytesIO(screenshot)).convert("RGB").save(buffer, "WEBP", quality=quality, method=6)
        if buffer.tell() <= MOST_BYTES:
            break
    path.write_bytes(buffer.getvalue())


if __name__ == "__main__":
    main()
