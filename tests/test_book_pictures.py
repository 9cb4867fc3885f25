"""Pictures of the book's pages: a curtain between two of them, and a click that enlarges one."""

from pathlib import Path

import pytest
import torch
from browser.chromium import launched, window

from colornb.figures import Curtain, PictureSlider, show_curve

STATIC = Path(__file__).resolve().parents[1] / "_static"


def page():
    white = torch.ones(1, 3, 40, 40)
    pairs = {"as it looks": (white, 0.5 * white), "all equally light": (0.2 * white, 0 * white)}
    curtain = Curtain(pairs, ("true", "painted"), "A wall & a floor.")._repr_html_()
    plain = curtain[curtain.index("<img") :].split(">")[0] + ">"
    style = (STATIC / "colornb.css").read_text(encoding="utf-8")
    drawn = {f"{n} & more": show_curve([0, 1], {"": [0, n]}, "x", "y") for n in range(3)}
    slider = PictureSlider(drawn, "How many", "A line.", start=1)._repr_html_()
    return f"<style>{style}</style><article>{curtain}<figure>{plain}</figure>{slider}</article>"


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture
def tab(chromium):
    return window(chromium)


@pytest.mark.browser
def test_without_a_script_all_pictures_of_a_curtain_are_seen(tab):
    tab.set_content(page())
    assert [img.is_visible() for img in tab.locator(".colornb-curtain img").all()] == [True] * 4
    assert tab.get_by_text("A wall & a floor.").is_visible()
    assert [img.is_visible() for img in tab.locator(".colornb-slider img").all()] == [True] * 3
    assert [tab.get_by_text(f"{n} & more").is_visible() for n in range(3)] == [True] * 3


@pytest.mark.browser
def test_a_curtain_is_moved_and_switched_by_keys(tab):
    tab.set_content(page())
    tab.add_script_tag(path=STATIC / "figures.js")
    handle = tab.get_by_role("slider", name="How much of “true” is seen")
    handle.press("End")
    right = tab.locator("[data-pair] img:nth-child(2)").first
    assert right.evaluate("img => getComputedStyle(img).clipPath").endswith("100%)")
    first, second = tab.locator("[data-pair]").all()
    assert (first.is_visible(), second.is_visible()) == (True, False)
    tab.get_by_role("checkbox", name="all equally light").press("Space")
    assert (first.is_visible(), second.is_visible()) == (False, True)


@pytest.mark.browser
def test_a_slider_shows_one_picture_of_several_and_says_which(tab):
    tab.set_content(page())
    tab.add_script_tag(path=STATIC / "figures.js")
    pictures, slider = tab.locator(".colornb-slider img"), tab.get_by_role("slider", name="How many")
    assert [picture.is_visible() for picture in pictures.all()] == [False, True, False]
    slider.press("ArrowRight")
    assert [picture.is_visible() for picture in pictures.all()] == [False, False, True]
    assert slider.get_attribute("aria-valuetext") == "2 & more"
    assert tab.locator(".colornb-slider output").inner_text() == "2 & more"


@pytest.mark.browser
def test_on_a_phone_a_long_row_of_pictures_moves_sideways(tab):
    tab.set_viewport_size({"width": 400, "height": 800})
    row = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='840' height='200'/>"
    tab.set_content(f'{page()}<article class="bd-article"><figure><img src="{row}" alt="four"></figure></article>')
    tab.add_script_tag(path=STATIC / "figures.js")
    strip = tab.locator(".colornb-strip")
    assert strip.locator("img").bounding_box()["width"] > 600
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400
    tab.locator(".colornb-strip.colornb-more").wait_for()
    strip.evaluate("strip => strip.scrollTo(strip.scrollWidth, 0)")
    tab.locator(".colornb-strip:not(.colornb-more)").wait_for()


@pytest.mark.browser
def test_what_is_wider_than_its_place_says_so(tab):
    tab.set_viewport_size({"width": 400, "height": 800})
    lines = ("x" * 40, "x" * 400)
    tab.set_content(f"{page()}<article>{''.join(f'<pre>{line}</pre>' for line in lines)}</article>")
    tab.add_style_tag(content="pre {overflow-x: auto}")
    tab.add_script_tag(path=STATIC / "figures.js")
    tab.locator("pre.colornb-more").wait_for()
    assert tab.locator("pre.colornb-more").all_inner_texts() == [lines[1]]


@pytest.mark.browser
def test_a_picture_is_enlarged_and_put_away_by_keys(tab):
    tab.set_content(page())
    tab.add_script_tag(path=STATIC / "figures.js")
    tab.get_by_role("button", name="true").press("Enter")
    assert tab.locator("dialog img").bounding_box()["width"] > 640
    tab.keyboard.press("Escape")
    assert not tab.locator("dialog").is_visible()
