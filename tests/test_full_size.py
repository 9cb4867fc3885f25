"""The plan that trains both papers' networks at full size, run small: its stages stand on each other and go on."""

import json

import pytest

from colornb import methods
from colornb.evaluation import read_results
from colornb.methods import presets
from tools import full_size as tool


def test_its_presets_are_those_of_the_papers_at_full_width():
    for stage in tool.STAGES:
        config = presets(stage.method)[stage.preset]
        assert getattr(config, "width", 64) in (0, 64)  # 0: half as wide as the map, as E is
        assert getattr(config, "n_regions", 30) == 30


@pytest.mark.slow
@pytest.mark.sampled(0)
def test_it_trains_what_stands_on_each_other_and_says_what_was_seen(tmp_path):
    words = ["--photographs", "storybook", "--drawings", "storybook", "--out", str(tmp_path), "--steps", "4"]
    words += ["--batch-size", "1", "--size", "32", "--set", "width=8", "--tests", "0"]
    words += ["--only", "rtug-classes", "rtug", "edge_enhancing", "--", "--pictures", "8", "--threads", "1"]
    tool.main(words)
    rows, about = read_results(tmp_path / "full_size.json")
    assert [row["network"] for row in rows] == ["rtug-classes", "rtug", "edge_enhancing"]
    assert all(row["steps"] == 4 and row["seconds"] >= 0 and row["file_mb"] > 0 for row in rows)
    assert about["command"].endswith("--threads 1")
    edges, rtug = (methods.load(tmp_path / name) for name in ("edge_enhancing", "rtug"))
    own = rtug.state_dict()
    assert all((value == own[name]).all() for name, value in edges.backbone.state_dict().items())
    before = json.loads((tmp_path / "full_size.json").read_text())
    tool.main(words)  # finished: nothing is trained anew
    after = json.loads((tmp_path / "full_size.json").read_text())
    assert [row["loss"] for row in after["rows"]] == [row["loss"] for row in before["rows"]]
