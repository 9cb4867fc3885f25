"""How long a reader waits in the live picture of the book, and how many bytes it loads; what other weights bring.

python -m benchmarks.page [--strokes 20] [--json OUT]    (needs `make page`, Chromium, and a quiet machine)

Pictures have 256 pixels to a side. A stroke ends when the pointer goes up; its wait ends when the new picture is drawn.
"""

import argparse
import functools
import gzip
import http.server
import importlib
import io
import json
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from playwright.sync_api import Page

from benchmarks.bench import machine
from benchmarks.latency import browser
from colornb import data, methods, sample, sketch
from colornb.color import decode, encode, rgb_to_lab
from colornb.commands._options import Help
from colornb.evaluation import write_results
from colornb.hints import paint_patches, sample_patches
from colornb.images import resize, to_uint8
from colornb.metrics import psnr

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "_extra"
SIDE = 256
ROW = 8  # places in a row, of which each stroke has one
PHOTO, CASES = "efficient_unet-photo3", ("photograph", "scribble", "drawing")
PICTURES = ("astronaut", "coffee", "china", "flower", "hopper")
GRAPHS = ("encode", "paint", "classify")
HEADERS = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
PAGE = b"""<!doctype html><meta charset="utf-8"><div class="colornb-live"></div>
<script type="module" src="../page/mount.mjs"></script>"""
WATCH = """
const live = document.querySelector('.live'), put = CanvasRenderingContext2D.prototype.putImageData;
addEventListener('pointerup', () => { window.ended = performance.now(); window.first = null; }, true);
CanvasRenderingContext2D.prototype.putImageData = function (...given) {
  put.apply(this, given);
  if (this.canvas.className === 'painted') window.first ??= performance.now();
};
window.wait = () => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('no new picture')), 60000);
  const observer = new MutationObserver(() => {
    if (live.dataset.state !== 'painted') return;
    observer.disconnect();
    resolve([window.first - window.ended, performance.now() - window.ended]);
  });
  observer.observe(live, { attributeFilter: ['data-state'] });
}); 0"""  # the picture is drawn in the same task as the state changes


class Server(http.server.SimpleHTTPRequestHandler):
    """Files of a folder, and a page with nothing but the live picture; isolated or not. Keeps how much it has sent."""

    sent: dict[str, int] = {}
    is_isolated = False

    def do_GET(self) -> None:
        """Send a file, or the page."""
        if self.path != "/book/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Count what is sent."""
        Server.sent[self.path] = Path(source.name).stat().st_size
        super().copyfile(source, outputfile)

    def end_headers(self) -> None:
        """Headers that let a page use threads, where it shall."""
        for name, value in HEADERS.items() if Server.is_isolated else ():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def main() -> None:
    """Measure all, show it, and write it down if asked to."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.page", description=__doc__.splitlines()[0], formatter_class=Help
    )
    parser.add_argument("--strokes", type=int, default=20, help="how many strokes are drawn")
    parser.add_argument("--small", type=Path, metavar="FILE", help="a smaller network, such as tools/distil.py writes")
    parser.add_argument("--json", metavar="OUT", help="write the numbers to this file")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for row in measure_all(Path(folder), given.strokes, given.small):
            print(*(f"{name} {round(value, 2) if isinstance(value, float) else value}" for name, value in row.items()))
            rows.append(row)
    if given.json:
        about = {"side": SIDE, "strokes": given.strokes, "pictures": PICTURES}
        about |= {"small": methods.load(given.small).about} if given.small else {}
        write_results(given.json, rows, **machine(1), **about)


def measure_all(scratch: Path, strokes: int, small: Path | None) -> Iterator[dict[str, Any]]:
    """Rows: what is loaded, how long each kind of stroke takes on one thread and on two, and each kind of weights."""
    with served(BUILT) as address:
        yield {"what": "page", "bytes": first_bytes(address)}
        yield from loaded()
        for isolated in (False, True):
            for case in CASES:
                yield {"what": "stroke", "case": case, "threads": 1 + isolated} | waits(
                    address, case, strokes, isolated
                )
    for name, graphs in variants(scratch, small).items():
        site = site_with(graphs, scratch / f"{graphs.name}-site")
        with served(site) as address:
            speed = waits(address, "photograph", strokes, False)
        yield {"what": "weights", "weights": name} | losses(graphs, scratch / "float32") | sizes(graphs) | speed


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder at an address of this machine."""
    handler = functools.partial(Server, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/book/"
        server.shutdown()


def first_bytes(address: str) -> int:
    """What a page loads before anybody touches it."""
    with browser() as page:
        Server.sent.clear()
        page.goto(address, wait_until="networkidle")
        page.locator('.live[data-state="ready"]').wait_for()
    return sum(Server.sent.values())


def loaded() -> Iterator[dict[str, Any]]:
    """What is loaded after the first touch, as it is and compressed."""
    about = json.loads((BUILT / "page" / "networks.json").read_text())
    files = {"runtime": list((BUILT / "vendor" / "ort").iterdir())}
    for network in about["networks"]:
        parts = {part: network[part] for part in (*GRAPHS, "enhance") if network[part]}
        files[network["name"]] = [BUILT / "page" / "networks" / parts[part]["file"] for part in GRAPHS if part in parts]
        if "enhance" in parts:
            files[network["edges"]["name"]] = [BUILT / "page" / "networks" / parts["enhance"]["file"]]
    for name, paths in files.items():
        yield {"what": "files", "name": name} | size_of(paths)


def size_of(paths: list[Path]) -> dict[str, int]:
    """Bytes of files, and as a server sends them where it compresses."""
    contents = [path.read_bytes() for path in paths]
    return {"bytes": sum(map(len, contents)), "gzip_bytes": sum(len(gzip.compress(content, 6)) for content in contents)}


# Waits.


def waits(address: str, case: str, strokes: int, isolated: bool) -> dict[str, Any]:
    """From the end of a stroke to the first new pixels, and to what the network paints, in milliseconds."""
    Server.is_isolated = isolated
    with browser() as page:
        page.goto(address)
        page.locator('.live[data-state="ready"]').wait_for()
        assert page.evaluate("crossOriginIsolated") == isolated
        open_picture(page, case)
        page.evaluate(WATCH)
        if case == "scribble":
            page.get_by_role("button", name="Scribble").click()
        draw = np.random.default_rng(0)
        places = draw.permutation(ROW**2)[: strokes + 1]  # none twice: a click on a point only chooses it
        found = [wait_for(page, case, divmod(place, ROW)) for place in places][1:]
    early, whole = zip(*found, strict=True)
    return {
        "first_median_ms": statistics.median(early),
        "first_p95_ms": float(np.quantile(early, 0.95)),
        "median_ms": statistics.median(whole),
        "p95_ms": float(np.quantile(whole, 0.95)),
        "waits_ms": list(map(round, whole)),
    }


def open_picture(page: Page, case: str) -> None:
    """Give it a picture, and wait until its network has painted it."""
    from PIL import Image

    if case == "drawing":
        picture = sketch(data.open("storybook", "test", size=SIDE, n=8).rgb[6:7].float() / 255, "clean")
    else:
        picture = sample("coffee")[..., 100 : 100 + SIDE, 150 : 150 + SIDE]
    file = io.BytesIO()
    Image.fromarray(to_uint8(picture).squeeze()).save(file, "PNG")
    given = {"name": "picture.png", "mimeType": "image/png", "buffer": file.getvalue()}
    page.locator(".live input[type=file]").set_input_files(given)
    page.locator('.live[data-state="painted"]').wait_for()


def wait_for(page: Page, case: str, cell: tuple[int, int]) -> tuple[float, float]:
    """Milliseconds from the end of one stroke to its first pixels, and to its picture."""
    page.wait_for_timeout(500)
    arrival = page.evaluate_handle("() => ({ promise: window.wait() })")
    box = page.locator(".live .painted").bounding_box()
    x, y = ((place + 0.5) / ROW for place in cell)
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.down()
    if case == "scribble":
        page.mouse.move(box["x"] + (0.8 * x + 0.1) * box["width"], box["y"] + (1 - y) * box["height"], steps=8)
    page.mouse.up()
    return page.evaluate("held => held.promise", arrival)


# Weights.


def variants(scratch: Path, small: Path | None) -> dict[str, Path]:
    """Folders with the graphs of the photograph network: in 32, 16 and 8 bits; and of a smaller one, in 16."""
    sys.path.insert(0, str(ROOT / "tools"))
    onnx_graphs = importlib.import_module("onnx_graphs")
    graphs = {part: graph for part, graph in onnx_graphs.trace(methods.load(PHOTO)).items() if graph}
    names = ("float32", "float16", "int8", *(["small, float16"] if small else ()))
    folders = {name: scratch / name.split(",")[0] for name in names}
    for folder in folders.values():
        folder.mkdir()
    for part, graph in graphs.items():
        onnx_graphs.store(graph, folders["float32"] / f"{part}.onnx", is_whole=True)
        quantize(folders["float32"] / f"{part}.onnx", folders["int8"] / f"{part}.onnx")
        onnx_graphs.store(graph, folders["float16"] / f"{part}.onnx")
    if small:
        onnx_graphs.store(onnx_graphs.trace(methods.load(small))["paint"], folders["small, float16"] / "paint.onnx")
    return folders


def quantize(source: Path, target: Path) -> None:
    """Convolutions in 8 bits, whose inputs find their range as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(source, target, weight_type=QuantType.QUInt8)


def sizes(graphs: Path) -> dict[str, int]:
    """Bytes of the graphs in a folder."""
    return size_of(sorted(graphs.iterdir()))


def losses(graphs: Path, whole: Path) -> dict[str, float]:
    """PSNR of what is painted with ten points: against the truth, and against what whole weights paint."""
    draw = torch.Generator().manual_seed(0)
    truth, same = [], []
    for name in PICTURES:
        picture = resize(sample(name), (SIDE, SIDE))
        condition, target = encode(picture, "L"), encode(picture, "ab")
        color, mask = paint_patches(sample_patches(1, 10, (SIDE, SIDE), draw), target, torch.tensor([10]))
        light = rgb_to_lab(picture)[:, :1]
        painted, exact = (decode(run(folder, condition, color, mask), "ab", light) for folder in (graphs, whole))
        truth.append(psnr(painted, picture).item())
        same.append(min(99.0, psnr(painted, exact).item()))
    return {"psnr": statistics.fmean(truth), "psnr_to_float32": statistics.fmean(same)}


def run(folder: Path, *given: torch.Tensor) -> torch.Tensor:
    """What the graphs in a folder paint, by onnxruntime."""
    import onnxruntime

    known = dict(zip(("condition", "color", "mask"), (tensor.numpy() for tensor in given), strict=True))
    for part in filter(lambda part: (folder / f"{part}.onnx").exists(), ("encode", "paint")):
        session = onnxruntime.InferenceSession(folder / f"{part}.onnx")
        wanted = {one.name: known[one.name] for one in session.get_inputs()}
        known |= dict(zip((one.name for one in session.get_outputs()), session.run(None, wanted), strict=True))
    return torch.from_numpy(known["painted"])


def site_with(graphs: Path, site: Path) -> Path:
    """What is served, with other graphs of the photograph network."""
    shutil.copytree(BUILT, site)
    place = site / "page" / "networks.json"
    about = json.loads(place.read_text())
    network = next(one for one in about["networks"] if one["name"] == PHOTO)
    network |= dict.fromkeys(GRAPHS)
    for graph in graphs.iterdir():
        path = shutil.copy(graph, site / "page" / "networks" / f"{graphs.name}-{graph.name}")
        network[graph.stem] = {"file": path.name, "bytes": path.stat().st_size, "version": graphs.name}
    place.write_text(json.dumps(about))
    return site


if __name__ == "__main__":
    main()
