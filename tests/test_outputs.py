"""The hook that keeps chapters from being committed without outputs."""

import json

from tools.outputs import main, unrun


def notebook(path, *counts):
    cells = [{"cell_type": "code", "source": ["1 + 1"], "execution_count": count, "outputs": []} for count in counts]
    blank = {"cell_type": "code", "source": [], "execution_count": None, "outputs": []}
    text = {"cell_type": "markdown", "source": ["text"]}
    path.write_text(json.dumps({"cells": [text, *cells, blank]}))
    return path


def test_cells_that_hold_code_and_were_never_run_are_named(tmp_path, capsys):
    bad, good = notebook(tmp_path / "bad.ipynb", 1, None, 3), notebook(tmp_path / "good.ipynb", 1, 2)
    assert unrun(bad) == [2]
    assert main([str(good)]) == 0
    assert main([str(good), str(bad)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1 and "bad.ipynb" in said[0]
