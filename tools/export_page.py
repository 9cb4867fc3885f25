"""Make what the live picture of the book loads: the scripts of page/, its networks as ONNX graphs, and its samples.

python tools/export_page.py    fills _extra/page; what is not newer than it was is not made again
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCE, TARGET, RUNTIME = ROOT / "page", ROOT / "_extra" / "page", ROOT / "_extra" / "vendor" / "ort"
WASM, ISOLATE = "ort-wasm-simd-threaded.wasm", "isolate.mjs"
# And what paints in Python, which takes scribbles, too: without them it paints the same.
NETWORKS = {"efficient_unet-photo3": "edge_enhancing-photo3", "guiding_painter-drawing": "edge_enhancing-drawing"}
PAINTERS = dict(zip(("coffee", "drawing"), NETWORKS, strict=True))  # of each sample
PHOTO, QUALITY = "coffee", 90  # by Rachel Michetti, CC0
SIDE = 512  # pixels of the drawing, a page of the storybook
MARK = 9  # pixels: the radius of a point in the still picture


def main() -> None:
    """Fill _extra/page; the old files stay if anything fails."""
    digest = digest_of_inputs()
    if exported_from() != digest:
        print("colornb: exporting the networks of the live picture")
        with tempfile.TemporaryDirectory() as folder:
            fill(Path(folder), digest)
            shutil.rmtree(TARGET, ignore_errors=True)
            shutil.copytree(folder, TARGET)
            TARGET.chmod(0o755)  # a folder for the moment is closed to others, who shall read this one
    for path in SOURCE.iterdir():
        shutil.copy(path, TARGET)
    shutil.copy(SOURCE / ISOLATE, TARGET.parent)  # it has a say over pages beside and below it
    size = sum(path.stat().st_size for path in TARGET.rglob("*.*"))
    print(f"colornb: the live picture is in _extra/page, {size / 1e6:.1f} MB")


def fill(folder: Path, digest: str) -> None:
    """The networks, what the page has to know of them, and the samples."""
    from onnx_graphs import export  # takes seconds, as it imports torch

    networks = [export(name, folder / "networks", edges) for name, edges in NETWORKS.items()]
    runtime = {"file": WASM, "bytes": (RUNTIME / WASM).stat().st_size}
    about = {"inputs": digest, "runtime": runtime, "networks": networks}
    (folder / "networks.json").write_text(json.dumps(about, indent=1))
    take_samples(folder)
    for name in PAINTERS:
        paint_sample(name, folder)


def exported_from() -> str | None:
    """The digest of what is exported now, if anything is."""
    about = TARGET / "networks.json"
    return json.loads(about.read_text())["inputs"] if about.exists() else None


def digest_of_inputs() -> str:
    """Changes with whatever the graphs and the sample are made of; to find out takes no import of torch."""
    package = ROOT / "colornb"
    own = (Path(__file__), Path(__file__).with_name("onnx_graphs.py"), *(SOURCE / f"{name}.json" for name in PAINTERS))
    paths = [*package.glob("*.py"), *package.glob("methods/*.py"), *own]
    paths += package.glob("data/_storybook/*.py")
    paths += [package / "checkpoints" / f"{name}.safetensors" for name in (*NETWORKS, *NETWORKS.values())]
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    for name in ("torch", "onnx", "onnxscript"):
        digest.update(version(name).encode())
    digest.update(str((RUNTIME / WASM).stat().st_size).encode())
    return digest.hexdigest()


def take_samples(folder: Path) -> None:
    """The pictures that the page offers: a photograph without its colours, and a drawing."""
    from colornb import data, sketch
    from colornb.color import gray, rgb_to_lab
    from colornb.images import sample, save_image

    save(gray(rgb_to_lab(sample(PHOTO))[:, :1]), folder / f"{PHOTO}.webp")
    page = data.open("storybook", "test", size=SIDE, n=1, scenes=["portrait"]).rgb[:1].float() / 255
    save_image(sketch(page, "clean"), folder / "drawing.png")


def paint_sample(name: str, folder: Path) -> None:
    """A sample as the page opens with it: painted, and painted with its points on it, for a still page."""
    from PIL import Image

    from colornb import Colorizer
    from colornb.hints import Point, from_json
    from colornb.images import load_image

    colorizer = Colorizer.load(PAINTERS[name])
    colorizer.set_image(load_image(next(folder.glob(f"{name}.*"))))
    hints = from_json((SOURCE / f"{name}.json").read_text())
    place = folder / f"{name}_painted.webp"
    save(colorizer.predict(hints), place)
    points = [hint for hint in hints if isinstance(hint, Point)]
    with_marks(Image.open(place), points).save(folder / f"{name}_still.webp", quality=QUALITY)


def save(picture: Any, path: Path) -> None:
    """Write a picture as small as it looks good."""
    from PIL import Image

    from colornb.images import to_uint8

    Image.fromarray(to_uint8(picture)).save(path, quality=QUALITY, method=6)


def with_marks(picture: Any, points: Sequence[Any]) -> Any:
    """A picture with its points drawn on it, round and in their colours."""
    from PIL import Image, ImageDraw

    large = picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.LANCZOS)  # smooth when shrunk
    draw = ImageDraw.Draw(large)
    for point in points:
        x, y = point.x * large.width, point.y * large.height
        for radius, color in ((MARK + 3, "black"), (MARK + 2, "white"), (MARK, point.color)):
            draw.ellipse([x - 2 * radius, y - 2 * radius, x + 2 * radius, y + 2 * radius], fill=color)
    return large.resize(picture.size, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
