"""What all tests of the folder share: to open JupyterLab and to import torch takes longer than most of them."""

from urllib.parse import urlsplit

import pytest

from browser.app import served
from browser.chromium import launched, window
from browser.lab import LOST, Lab


@pytest.fixture(scope="package")
def chromium():
    """One for the whole folder."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def lab(chromium, tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    try:
        yield lab.wait()
    finally:
        lab.stop()


@pytest.fixture(scope="package")
def desk(chromium, lab):
    """JupyterLab on a page in a window of a laptop, and what its console complained of."""
    page, complaints = window(chromium, has_touch=True), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(f"{line.text} {line.location}") if line.type == "error" else None)
    yield page, complaints
    page.context.close()


@pytest.fixture
def page(desk, lab):
    """The page with no notebook on it; whatever its console complains of fails the test."""
    page, complaints = desk
    complaints.clear()
    lab.clear(page)
    yield page
    assert [complaint for complaint in complaints if LOST not in complaint] == []


@pytest.fixture(scope="package")
def app(chromium, tmp_path_factory):
    """The app of a folder, which is its root: its address with the token, and the folder."""
    with served(tmp_path_factory.mktemp("app") / "home") as address_and_home:
        yield address_and_home


@pytest.fixture
def app_window(chromium):
    """A page of its own; what it asked other hosts for, and what its console complained of, fails the test."""
    page, hosts, complaints = window(chromium), set(), []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(f"{line.text} {line.location}") if line.type == "error" else None)
    yield page
    page.goto("about:blank")  # a page that is left ends its kernel at once
    page.context.close()
    assert complaints == []
    assert hosts - {None} == {"localhost"}, "blob: and data: have no host"
