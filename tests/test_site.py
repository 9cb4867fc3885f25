"""The built book stands alone: no page asks another host, and everything it shows is there.

These tests look at `_build/html`, which `make book` makes, and are skipped where it is not.
"""

import functools
import http.server
import re
import threading
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from browser.chromium import launched, window
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))
PAGES = sorted({*CHAPTERS, *(ROOT / "book").glob("*.md")})

pytestmark = pytest.mark.skipif(not (SITE / "index.html").exists(), reason="the book is not built yet: make book")
page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)

# what a browser fetches by itself; an <a href> is followed only by a reader
SOURCES = [
    *((tag, "src") for tag in ("script", "img", "source", "video", "audio", "iframe", "embed")),
    ("object", "data"),
    ("image", "href"),
    ("video", "poster"),
]
LINKS = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "modulepreload",
    "preconnect",
    "dns-prefetch",
    "manifest",
}
RULES = ["color-contrast", "image-alt", "link-name", "document-title", "html-has-lang", "heading-order"]  # of axe-core


def built(path):
    return SITE / "book" / f"{path.stem}.html"


@functools.cache
def read(path):
    """What the tests ask of a page: to parse it takes long, and to keep it much memory."""
    html = re.sub(r"<pre>.*?</pre>", uncoloured, built(path).read_text(encoding="utf-8"), flags=re.DOTALL)
    document = BeautifulSoup(html, "html.parser")
    page = SimpleNamespace(
        sources=list(sources(document)),
        links={link.get("href") for link in document.find_all("a")},
        errors=[str(error) for error in document.select(".output.traceback, .problematic, .system-message")],
        maths=len(document.select(".math")),
        views=len(document.select('script[type="application/vnd.jupyter.widget-view+json"]')),
        states=len(document.select('script[type="application/vnd.jupyter.widget-state+json"]')),
    )
    for element in document.select("pre, code, .math, script, style"):
        element.decompose()
    page.text = document.select_one("article").get_text()
    return page


def uncoloured(code):
    """Code without its colours: they are most of the elements of a page."""
    return re.sub(r"</?span[^>]*>", "", code.group())


def sources(document):
    """Yield every address that opening the page fetches."""
    for tag, attribute in SOURCES:
        for element in document.find_all(tag):
            if address := element.get(attribute):
                yield address
    for element in document.find_all("link"):
        if LINKS & set(element.get("rel", [])):
            yield element["href"]
    for element in document.find_all(srcset=True):
        yield from (part.split()[0] for part in element["srcset"].split(","))
    for text in [*document.find_all("style"), *(e["style"] for e in document.find_all(style=True))]:
        yield from re.findall(r"url\(['\"]?([^'\")]+)", str(text))


def is_foreign(address):
    return bool(urlsplit(address).netloc)


@page
def test_is_built(path):
    assert built(path).exists(), "written after the book was built: make book"
    assert built(path).stat().st_size > 5000


@page
def test_asks_no_other_host(path):
    assert not [address for address in read(path).sources if is_foreign(address)]


@page
def test_everything_it_shows_is_there(path):
    local = [a for a in read(path).sources if not is_foreign(a) and not a.startswith(("data:", "#"))]
    missing = [a for a in local if not (built(path).parent / unquote(urlsplit(a).path)).exists()]
    assert not missing


@page
def test_shows_no_traceback(path):
    assert not read(path).errors


@page
def test_all_maths_is_maths(path):
    """A `$$` that does not stand on lines of its own ends up in the text."""
    assert "$" not in read(path).text


@page
def test_all_tables_are_tables(path):
    assert "|---" not in read(path).text


@page
def test_brings_no_state_of_widgets_where_none_is_shown(path):
    """It would bring megabytes of scripts, which look for widgets in vain and say so in the console."""
    assert not read(path).states or read(path).views


def test_styles_ask_no_other_host():
    for path in SITE.rglob("*.css"):
        text = path.read_text(encoding="utf-8", errors="ignore")
        assert not re.findall(r"(?:url\(|@import )\s*['\"]?(?:https?:)?//[^'\")]+", text), path


def test_the_index_leads_to_the_book():
    assert "book/index.html" in (SITE / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_opens_on_colab(path):
    repository = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
    place = f"{urlsplit(repository['url']).path}/blob/{repository['branch']}/book/{path.name}"
    wanted = f"https://colab.research.google.com/github{place}"
    assert wanted in read(path).links


# --- in a browser


@pytest.fixture(scope="module")
def context():
    """A window whose pages share what the browser keeps of files that all of them load."""
    with launched() as browser:
        yield window(browser).context


@pytest.fixture(scope="module")
def address():
    """The site on a port of this machine."""
    handler = functools.partial(Quiet, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.mark.browser
@pytest.mark.sampled(8)
@page
def test_a_browser_shows_it_whole(path, context, address):
    """Maths is typeset, pictures are drawn, widgets show their last state; nothing is missing."""
    view = context.new_page()
    asked, failed, errors = [], [], []
    view.on("request", lambda request: asked.append(request.url))
    view.on("requestfailed", lambda request: failed.append(request.url))
    view.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    view.on("pageerror", lambda error: errors.append(str(error)))
    view.goto(f"{address}/book/{path.stem}.html", wait_until="load")
    view.wait_for_load_state("networkidle")
    view.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    view.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    view.wait_for_function("[...document.images].every(i => i.complete)")

    assert not [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert not failed
    assert not errors
    assert not view.evaluate("[...document.images].filter(i => !i.naturalWidth).map(i => i.src)")
    assert view.locator("mjx-container").count() >= read(path).maths
    assert not view.locator("mjx-merror").count()
    if read(path).views:
        view.locator(".jupyter-widgets").first.wait_for(state="attached")
    view.close()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.sampled(2)
@page
def test_words_can_be_read_and_pictures_are_told_in_words(path, context, address):
    """By axe-core, in light and dark: contrast, alternative texts, names of links, the order of headings."""
    script = ROOT / "_axe" / "axe.min.js"
    if not script.is_file():
        pytest.skip("no axe-core here (python tools/vendor.py fetches it)")
    for scheme in ("light", "dark"):
        view = context.new_page()
        view.emulate_media(color_scheme=scheme)
        view.goto(f"{address}/book/{path.stem}.html", wait_until="load")
        view.wait_for_load_state("networkidle")
        view.add_script_tag(content=script.read_text(encoding="utf-8"))
        found = view.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
        view.close()
        assert not [(one["id"], node["html"]) for one in found for node in one["nodes"]], scheme
