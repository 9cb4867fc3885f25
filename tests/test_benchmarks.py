"""The benchmarks count what they say they count."""

import json

import pytest
import torch

from benchmarks import against, scale, strokes
from benchmarks.bench import compared, remember, table
from benchmarks.cases import CASES
from benchmarks.gpu import Counter
from colornb.evaluation import read_results


def test_operations_of_a_convolution_and_its_gradients_are_counted():
    conv, picture = torch.nn.Conv2d(3, 8, 3, padding=1), torch.rand(2, 3, 16, 16)
    forward = 2 * 2 * 16 * 16 * 8 * 3 * 9  # two for each product and its sum
    with Counter() as counter:
        loss = conv(picture).sum()
    assert counter.total == forward
    with Counter() as counter:
        loss.backward()
    assert counter.total == forward, "for the weights; the picture asks for no gradient"


def test_a_ratio_is_that_of_each_turn_with_its_interval():
    def turns(*seconds):
        return [{"parts": {"points": [cpu, 2 * cpu]}, "MB": 100.0 * cpu} for cpu in seconds]

    row = compared("rtug 256", "points", "ours", turns(1.0, 2.0, 3.0), turns(4.0, 8.0, 12.0))
    assert (row["cpu_s"], row["wall_s"], row["naive_cpu_s"], row["naive_wall_s"]) == (2.0, 4.0, 8.0, 16.0)
    assert (row["cpu_s_to_naive"], row["cpu_s_to_naive_ci"], row["mb_to_naive"]) == (0.25, 0.0, 0.25)
    assert row["cpu_s_to_official"] is None, "it was not measured"
    assert "rtug 256, points, ours" in table([row])
    assert compared("rtug 256", "points", "ours", turns(1.0), turns(4.0))["cpu_s_to_naive_ci"] is None


def test_both_ways_to_count_discrepancy_find_the_same():
    ours, plain = (CASES["cdr", who](48)["with superpixels"]() for who in ("ours", "naive"))
    assert 0 < ours < 1
    assert plain == pytest.approx(ours)


def test_a_history_keeps_other_commits_and_renews_its_own(tmp_path):
    path, row = tmp_path / "history.json", {"case": "train 128", "part": "step", "who": "ours", "mb_to_naive": 0.7}
    for commit, ratio in (("a", 0.6), ("b", 0.5), ("b", 0.4)):
        remember(path, [row | {"cpu_s_to_naive": ratio, "cpu_s": 3.0}], commit=commit, date="2026-01-01")
    rows, _ = read_results(path)
    assert [(one["commit"], one["cpu_s_to_naive"]) for one in rows] == [("a", 0.6), ("b", 0.4)]
    assert "cpu_s" not in rows[0], "seconds of one machine say nothing on another"


def test_bytes_of_the_page_are_counted_as_they_are_and_as_a_server_sends_them(tmp_path):
    pytest.importorskip("playwright", reason="needs playwright: pip install 'colornb[test]'")
    from benchmarks.page import size_of

    (tmp_path / "even").write_bytes(bytes(10_000))
    (tmp_path / "odd").write_bytes(torch.randint(256, (3000,), dtype=torch.uint8).numpy().tobytes())
    found = size_of(sorted(tmp_path.iterdir()))
    assert found["bytes"] == 13_000
    assert 3000 < found["gzip_bytes"] < 3200


def test_many_pictures_are_opened_without_being_decoded(tmp_path, monkeypatch):
    monkeypatch.setenv("COLORNB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(scale._decode, "_write", scale.pretend)
    monkeypatch.setattr(scale, "FEW", 3)
    assert scale.decode_few(tmp_path / "few", 32) > 0
    scale.link_all(tmp_path / "few", tmp_path / "many" / "train", 40)
    found = scale.open_all(str(tmp_path / "many"), 32)
    assert 20 < found["pictures"] < 40, "nine of a hundred are for validation"
    assert found["peak_mb"] > 0


def test_strokes_are_compared_turn_by_turn():
    row = against.compared("points", [(1.0, 4.0), (3.0, 6.0), (2.0, 8.0)])
    assert (row["ms"], row["before_ms"]) == (2.0, 6.0)
    assert row["ratio"] == pytest.approx((1 / 4 + 1 / 2 + 1 / 4) / 3)
    assert 0 < row["ci"] < 0.2


def test_strokes_are_those_that_a_network_takes(capsys):
    strokes.main("rtug-natural", 32, 2)
    turns = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [list(turn) for turn in turns] == [["points"]] * 2
    assert all(took > 0 for turn in turns for took in turn.values())


def test_a_commit_that_is_none_is_refused():
    with pytest.raises(SystemExit, match="nosuch is no commit"), against.checked_out("nosuch"):
        pass
