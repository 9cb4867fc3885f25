"""A headless Chromium for the tests that look at pages as a reader does."""

import os
import shutil
from contextlib import contextmanager

import pytest

SECONDS = 180  # for what should happen in one or two: on a busy machine it takes long, and that is no fault


@contextmanager
def launched():
    """Chromium, until the end of the context; where there is none, what asks for it is skipped."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        pytest.skip("no Chromium here (on Debian: apt-get install chromium)")
    sync_playwright = pytest.importorskip("playwright.sync_api").sync_playwright
    flags = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    flags += ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=flags)
        yield browser
        browser.close()


def window(chromium, **options):
    """A page in a window of a laptop, as patient as the tests are."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, **options)
    context.set_default_timeout(SECONDS * 1000)
    return context.new_page()
