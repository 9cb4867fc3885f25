"""A picture of twelve megapixels in the app: opening and export say how far they are, and can be cancelled."""

import io
import re
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from browser.app import AppPage, at_rest, served
from browser.lab import until
from colornb.images import save_image

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LISTEN = """
window.told = [];
window.givesUpAt = "";  // what is being done as long as this is said is cancelled at once
new MutationObserver(() => {
  for (const line of document.querySelectorAll(".colornb-status")) {
    if (line.textContent && told.at(-1) !== line.textContent) told.push(line.textContent);
    if (givesUpAt && line.textContent.includes(givesUpAt)) {
      givesUpAt = "";
      document.querySelector("button.colornb-cancel").click();
    }
  }
}).observe(document, {childList: true, characterData: true, subtree: true});
"""


def large_picture(height, width):
    """Soft colours without detail: its file is small, and the work is that of any picture of its size."""
    colors = torch.rand(1, 3, 12, 16, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.interpolate(colors, (height, width), mode="bilinear")


@pytest.fixture
def own_app(tmp_path):
    """An app of its own, whose work and files are its own, too."""
    with served(tmp_path / "home") as address_and_home:
        yield address_and_home


def open_path(studio, name):
    entry = studio.box.locator(".colornb-open-path input")
    entry.fill(name)
    entry.press("Enter")


def test_a_large_picture_can_be_given_up_opened_and_exported(own_app, app_window, campaign):
    (address, home), page = own_app, app_window
    size = (3000, 4000) if campaign else (1800, 2400)
    save_image(large_picture(*size), home / "large.jpg")
    page.add_init_script(LISTEN)
    page.goto(address, wait_until="commit")
    studio = AppPage(page)
    studio.click(0, 0.3, 0.3)
    studio.says("Point 1 of 1")
    studio.says("Painted in")
    before = at_rest(studio)
    cancel = studio.box.locator("button.colornb-cancel")

    page.evaluate("givesUpAt = 'Opening large.jpg: step 1'")
    open_path(studio, "large.jpg")
    studio.says("Opening large.jpg was cancelled: all is as it was.")
    assert any("Opening large.jpg: step 1 of 3" in line for line in page.evaluate("told"))
    assert np.array_equal(at_rest(studio), before), "the picture before stays"
    studio.says("Point 1 of 1")
    assert not cancel.is_visible()

    open_path(studio, "large.jpg")
    studio.says("Opened large")
    assert not cancel.is_visible()
    told = " ".join(page.evaluate("told"))
    assert all(f"Opening large.jpg: step {step} of 3" in told for step in (1, 2, 3))
    studio.click(0, 0.5, 0.5)
    studio.says("Point 1 of 1")
    studio.says("Painted in")

    studio.box.locator("button.colornb-export:visible").click()
    studio.box.locator("a.colornb-link").wait_for()
    for name in ("given_up.ora", "large.ora", "large.png"):
        entry = studio.box.locator(".colornb-path input")
        entry.fill(name)
        entry.press("Tab")
        if name == "given_up.ora":
            page.evaluate("givesUpAt = 'Saving given_up.ora'")
        studio.press("save")
        if name == "given_up.ora":
            studio.says(f"Saving {name} was cancelled")
            continue
        studio.says(re.compile(f"Saved .*{name}"))
    told = " ".join(page.evaluate("told"))
    assert "Preparing the download: step 1 of 2" in told
    assert "Saving large.ora: layer 2" in told
    assert "Saving large.ora: all layers together" in told
    assert sorted(path.name for path in home.glob("*.ora")) == ["large.ora"], "what was given up has left nothing"
    with zipfile.ZipFile(home / "large.ora") as file:
        merged = Image.open(io.BytesIO(file.read("mergedimage.png")))
    with Image.open(home / "large.png") as written:
        assert merged.size == written.size == size[::-1]
        assert np.array_equal(np.asarray(merged.convert("RGB")), np.asarray(written.convert("RGB")))
    until(lambda: any((home / "colornb-work").glob("*/steps.json")), "the work is not kept")
