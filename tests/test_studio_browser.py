"""The studio in a real browser: pictures uploaded and dropped, all tools, a reload, files that come back alike."""

import json

import nbformat
import numpy as np
import pytest
import test_browser
from PIL import Image
from test_browser import KERNELSPEC, Lab, _pixels, _until, lab, page  # noqa: F401
from test_point_pad_browser import Points

import colornb
from colornb.images import load_image, save_image, to_uint8

pytestmark = pytest.mark.browser

CELL = """
from colornb.widgets import Studio
studio = Studio({picture!r})
studio
"""
DROP = """([data, name]) => {{
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name, {{type: 'image/png'}}));
  const zone = document.querySelector('.colornb-drop');
  zone.dispatchEvent(new DragEvent('drop', {{dataTransfer: dropped, bubbles: true, cancelable: true}}));
}}""".replace("{{", "{").replace("}}", "}")


class Desk(Points):
    """The studio of a page; `pad` in expressions is the pad of its tool in hand, `studio` the studio itself."""

    def __init__(self, lab, page, kernel):
        super().__init__(lab, page, kernel)
        self.box = page.locator(".colornb-studio").first

    def state(self):
        return json.loads(self._evaluate("__import__('json').dumps(studio.state)"))

    def tool(self, name):
        self.box.locator(".colornb-tools button", has_text=name).click()

    def shown(self):
        """Whether the browser shows the painted picture, to the last bit."""
        return np.array_equal(self.pixels(1), self.array("pad._painted_pixels()"))


FIND = """
from ipywidgets.widgets.widget import _instances
studio = next(w for w in _instances.values() if type(w).__name__ == "Studio")
pad = studio.pad
"""


@pytest.fixture(autouse=True)
def find(monkeypatch):
    monkeypatch.setattr(test_browser, "FIND", FIND)


def open_studio(lab, page, picture=None):  # noqa: F811
    cells = [nbformat.v4.new_code_cell(CELL.format(picture=picture))]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNELSPEC})
    nbformat.write(notebook, lab.root / "studio.ipynb")
    return Desk(lab, page, lab.run(page, "studio.ipynb"))


def test_shots(lab, page, tmp_path):  # noqa: F811
    studio = open_studio(lab, page)
    studio.says("Where do you know the colour?")
    page.wait_for_timeout(1500)
    studio.box.screenshot(path="/tmp/shots/s1.png")
    studio.click(0, 0.3, 0.3)
    studio.says("Point 1 of 1")
    studio.swatch("red")
    page.wait_for_timeout(1500)
    studio.box.screenshot(path="/tmp/shots/s2.png")
    studio.tool("Scribbles")
    studio.says("Where has colour bled")
    studio.drag(0, (0.2, 0.3), (0.7, 0.8))
    page.wait_for_timeout(1500)
    studio.box.screenshot(path="/tmp/shots/s3.png")
    studio.box.locator(".colornb-model select").select_option("drawing")
    page.wait_for_timeout(3000)
    studio.tool("Regions")
    page.wait_for_timeout(2000)
    studio.swatch("sky")
    page.wait_for_timeout(1500)
    studio.box.locator("button.colornb-export:visible").click()
    page.wait_for_timeout(1500)
    studio.box.screenshot(path="/tmp/shots/s4.png")
