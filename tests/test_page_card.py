"""The live picture on a graphics card, by WebGPU: one that the browser imitates, which takes a minute or more."""

import pytest
from browser.chromium import IMITATED_CARD, launched, window
from browser.live import PAINTED, SITE, Site, check_parity, place, published, saved

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (SITE / "page" / "networks.json").exists(), reason="the book is not built with its network: make book"
    ),
]


@pytest.mark.sampled(0)
@pytest.mark.parametrize("device", ["gpu", ""])
def test_what_a_graphics_card_paints_is_what_the_package_paints(device, tmp_path):
    with published() as address, launched(IMITATED_CARD) as chromium:
        Site.sent.clear()
        page = window(chromium)
        page.goto(f"{address}/book/index.html?device={device}")
        page.locator('.live[data-state="ready"]').wait_for()
        page.mouse.click(*place(page, 0.3, 0.4))
        page.locator(PAINTED).wait_for()
        used = any("jspi" in path for path in Site.sent)
        assert used == (device == "gpu"), "one that is only imitated is not taken unless somebody asks for it"
        session = saved(page, "Save the hints", tmp_path / "session.json")
        check_parity(session, saved(page, "Save the picture", tmp_path / "painted.png"), "coffee.webp")
