"""Say which chapters have code cells that were never run: they are committed with their outputs."""

import json
import sys
from pathlib import Path


def unrun(path: Path) -> list[int]:
    """Places of the code cells of a notebook that hold code and no trace of a run."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [
        place
        for place, cell in enumerate(cells)
        if cell["cell_type"] == "code" and "".join(cell["source"]).strip() and cell["execution_count"] is None
    ]


def main(paths: list[str]) -> int:
    """Exit status 1 if there are any, with a line for each chapter."""
    found = {path: places for path in paths if (places := unrun(Path(path)))}
    for path, places in found.items():
        print(f"{path}: cells {', '.join(map(str, places))} were not run; run the chapter, or say: make chapters")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
