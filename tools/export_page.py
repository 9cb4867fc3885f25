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
WASM = "ort-wasm-simd-threaded.wasm"
NETWORKS = {"efficient_unet-photo": "edge_enhancing-photo", "guiding_painter-drawing": None}  # and what takes scribbles
PAINTER = next(iter(NETWORKS))  # of the sample
SAMPLE, QUALITY = "coffee", 90  # by Rachel Michetti, CC0
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
    size = sum(path.stat().st_size for path in TARGET.rglob("*.*"))
    print(f"colornb: the live picture is in _extra/page, {size / 1e6:.1f} MB")


def fill(folder: Path, digest: str) -> None:
    """The networks, what the page has to know of them, and the samples."""
    from onnx_graphs import export  # takes seconds, as it imports torch

    networks = [export(name, folder / "networks", edges) for name, edges in NETWORKS.items()]
    runtime = {"file": WASM, "bytes": (RUNTIME / WASM).stat().st_size}
    about = {"inputs": digest, "runtime": runtime, "networks": networks}
    (folder / "networks.json").write_text(json.dumps(about, indent=1))
    paint_sample(folder)
    draw_sample(folder)


def exported_from() -> str | None:
    """The digest of what is exported now, if anything is."""
    about = TARGET / "networks.json"
    return json.loads(about.read_text())["inputs"] if about.exists() else None


def digest_of_inputs() -> str:
    """Changes with whatever the graphs and the sample are made of; to find out takes no import of torch."""
    package = ROOT / "colornb"
    own = (Path(__file__), Path(__file__).with_name("onnx_graphs.py"), SOURCE / f"{SAMPLE}.json")
    paths = [*package.glob("*.py"), *package.glob("methods/*.py"), *own]
    paths += package.glob("data/_storybook/*.py")
    names = filter(None, (*NETWORKS, *NETWORKS.values()))
    paths += [package / "checkpoints" / f"{name}.safetensors" for name in names]
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    for name in ("torch", "onnx", "onnxscript"):
        digest.update(version(name).encode())
    digest.update(str((RUNTIME / WASM).stat().st_size).encode())
    return digest.hexdigest()


def paint_sample(folder: Path) -> None:
    """The picture that the page opens with: gray, painted, and painted with its points on it, for a still page."""
    from PIL import Image

    from colornb import Colorizer
    from colornb.color import gray, rgb_to_lab
    from colornb.hints import from_json
    from colornb.images import load_image, sample, to_uint8

    place = folder / f"{SAMPLE}.webp"
    save = {"quality": QUALITY, "method": 6}
    Image.fromarray(to_uint8(gray(rgb_to_lab(sample(SAMPLE))[:, :1]))).save(place, **save)
    colorizer = Colorizer.load(PAINTER)
    colorizer.set_image(load_image(place))
    points = from_json((SOURCE / f"{SAMPLE}.json").read_text())
    painted = Image.fromarray(to_uint8(colorizer.predict(points)))
    painted.save(folder / f"{SAMPLE}_painted.webp", **save)
    with_marks(painted, points).save(folder / "still.webp", **save)


def draw_sample(folder: Path) -> None:
    """The drawing that the page offers."""
    from colornb import data, sketch
    from colornb.images import save_image

    page = data.open("storybook", "test", size=SIDE, n=1, scenes=["portrait"]).rgb[:1].float() / 255
    save_image(sketch(page, "clean"), folder / "drawing.png")


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
