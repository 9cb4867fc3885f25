"""Who opens the app for the first time is shown how to colour a picture, in five sentences, and later on demand."""

import re

import pytest

from browser.app import AppPage, served
from browser.lab import ROOT, until

pytestmark = pytest.mark.browser
AXE = """async script => {
  eval(script);
  const found = await axe.run(document);
  return found.violations.filter(one => ['serious', 'critical'].includes(one.impact)).map(one => one.id);
}"""


def opened(page, address):
    page.goto(address, wait_until="commit")
    return AppPage(page)


@pytest.fixture
def first_app(tmp_path):
    """An app of its own: in another test's folder there is work already."""
    with served(tmp_path / "home") as address_and_home:
        yield address_and_home


def test_help_is_shown_at_first_and_by_its_button_and_not_once_there_is_work(first_app, app_window, tmp_path):
    (address, home), page = first_app, app_window
    studio = opened(page, address)
    steps = studio.box.locator(".colornb-steps li")
    until(lambda: steps.count() > 0, "nothing is shown at first")
    assert steps.count() <= 5
    for text in steps.all_text_contents():
        assert text.count(".") == 1, "a sentence each"
    assert studio.box.locator(".colornb-steps svg").count() == steps.count(), "a picture each"
    for width in (400, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function("width => document.documentElement.scrollWidth === width", arg=width)
        page.screenshot(path=tmp_path / f"help{width}.png")
    script = ROOT / "_axe" / "axe.min.js"
    if script.is_file():
        assert page.evaluate(AXE, script.read_text()) == []
    button = studio.box.locator(".colornb-help")
    button.focus()
    page.keyboard.press("Enter")
    until(lambda: steps.count() == 0, "it is not put away by a key")
    page.keyboard.press("Enter")
    until(lambda: steps.count() > 0, "it does not come back")
    studio.click(0, 0.3, 0.3)
    studio.says(re.compile("Point 1 of 1"))
    until(lambda: any((home / "colornb-work").glob("*/steps.json")), "the work is not kept")
    page.reload(wait_until="commit")
    studio = AppPage(page)
    studio.says("Restored your work")
    assert studio.box.locator(".colornb-steps").count() == 0, "who has painted knows how"
