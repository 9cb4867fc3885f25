"""Files of results: rows of numbers, and what is said of them."""

import json
import os
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from colornb._old_names import current_protocol
from colornb.files import atomic_write


def write_results(path: str | Path, rows: Sequence[dict[str, Any]], **about: Any) -> None:
    """Write rows as JSON, with the commit, the date and whatever `about` says of data, device, preset and seed."""
    document = {"about": about | {"commit": git_revision(), "date": date.today().isoformat()}, "rows": list(rows)}
    atomic_write(path, (json.dumps(document, indent=1) + "\n").encode())


def read_results(path: str | Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The rows of a results file and what is said of them."""
    document = json.loads(Path(path).read_text())
    return [current_protocol(row) for row in document["rows"]], current_protocol(document["about"])


def git_revision() -> str:
    """The commit of the source tree that runs, or "unknown" for an installed copy.

    A copy without its history, such as one on a machine that only computes, is told it by COLORNB_COMMIT.
    """
    if told := os.environ.get("COLORNB_COMMIT"):
        return told
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return "unknown"
    call = ["git", "describe", "--always", "--dirty"]
    try:
        return subprocess.run(call, cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):  # no git here, or no commit yet
        return "unknown"
