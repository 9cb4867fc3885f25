"""How the app opens: soon, with what was loaded once for all its pages, and without leaving anything behind."""

import time

import numpy as np
import pytest

from browser.app import SAID, AppPage
from browser.chromium import window
from browser.lab import until

pytestmark = pytest.mark.browser
psutil = pytest.importorskip("psutil")
PAGES, MOST_BYTES = 4, 1.5e9  # of pages ten in the campaign
MOST_SECONDS = 3  # of a processor, for a kernel until its page is painted; those on the wall depend on other programs


@pytest.fixture(scope="module")
def server(app):
    """The process that serves."""
    port = int(app[0].split(":")[2].split("/")[0])
    found = [p for p in psutil.process_iter() if "_app_server.py" in " ".join(_words(p)) and _listens(p, port)]
    return found[0]


def _words(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _listens(process, port):
    return any(one.laddr.port == port for one in process.net_connections("tcp"))


def kernels(server):
    """The kernels that live; each is a child of the process that all are forked from."""
    return [one for fork in server.children() for one in fork.children() if _is_alive(one)]


def _is_alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _memory(process):
    """What only it needs of what it shares, too; nothing of one that has ended."""
    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def opened(browser, address):
    page, start = window(browser), time.monotonic()
    page.goto(address, wait_until="commit")
    studio = AppPage(page)
    until(lambda: studio.pixels(1)[..., 3].any(), "nothing is painted")
    return page, time.monotonic() - start


def left(page):
    page.goto("about:blank")
    page.context.close()


def test_pages_share_the_networks_and_leave_one_kernel(app, server, chromium, campaign, record_property):
    waits, seconds = [], []
    for _ in range(10 if campaign else PAGES):
        page, wait = opened(chromium, app[0])
        kernel = max(kernels(server), key=lambda one: one.create_time())
        times = kernel.cpu_times()
        waits.append(wait)
        seconds.append(times.user + times.system)
        own = kernel.memory_full_info()
        assert own.uss < own.rss / 2, "the networks and libraries are those of all kernels"
        left(page)
    record_property(
        "opening", f"median {np.median(waits):.1f} s on the wall, {np.median(seconds):.1f} s of a processor"
    )
    assert np.median(seconds) < MOST_SECONDS
    page, _ = opened(chromium, app[0])
    until(lambda: len(kernels(server)) == 1, "kernels outlive their pages")
    memory = sum(map(_memory, (server, *server.children(recursive=True))))
    record_property("memory", f"{memory / 1e6:.0f} MB")
    assert memory < MOST_BYTES
    left(page)


def test_the_page_says_what_it_does_while_it_loads(app, app_window):
    page = app_window
    page.add_init_script(SAID)
    page.goto(app[0], wait_until="commit")
    AppPage(page)
    said = page.evaluate("said")
    assert said[0] == "Starting Python" and "Opening your picture" in said
    assert set(said) <= {"Starting Python", "Opening your picture", "Drawing the page"}
    assert page.locator("#loading").count() == 0


def test_a_page_does_not_lose_its_kernel_while_nothing_happens(app, app_window):
    """Jupyter closes connections whose pong came as late as its ping was sent, if both times are the same."""
    page, lines = app_window, []
    page.on("console", lambda line: lines.append(line.text))
    page.goto(app[0], wait_until="commit")
    AppPage(page)
    page.wait_for_timeout(35_000)
    assert not [line for line in lines if "Connection lost" in line]
