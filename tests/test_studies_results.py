"""What the trials of a study say: means, intervals, and differences between methods."""

import json
import math

import numpy as np
import pytest
from scipy import stats
from test_studies import trial

from colornb.studies import Trial, analyze, compare, to_markdown


def drawn(people=20, pictures=3, seed=0, effect=2.0):
    """Trials of people who differ, with a known difference between two methods."""
    draw = np.random.default_rng(seed)
    found = []
    for person in range(people):
        pace = draw.normal(0, 2)
        for picture in range(pictures):
            for method, mean in (("ours", 10.0), ("theirs", 10.0 + effect)):
                seconds = 2 * max(1.0, mean + pace + draw.normal(0, 1))
                found.append(trial(str(person), method, str(picture), float(seconds), quality=int(draw.integers(1, 6))))
    return found


def test_means_by_hand_give_everybody_the_same_weight():
    trials = [
        trial("0", seconds=10.0),
        trial("0", picture="b", seconds=20.0),
        trial("1", seconds=40.0, hints=4, quality=1),
    ]
    (row,) = analyze([*trials, trial("2", seconds=500.0, finished="abandoned")])
    assert (row["method"], row["participants"], row["trials"], row["abandoned"]) == ("ours", 2, 4, 1)
    assert row["tpi"] == pytest.approx((7.5 + 10) / 2)
    assert (row["seconds"], row["interactions"], row["quality"]) == (27.5, 3.0, 2.5)
    assert row["tpi_low"] == 7.5 < row["tpi"] < row["tpi_high"] == 10
    assert row["simulated"] is False


def test_intervals_are_those_of_scipy_over_participants():
    trials = drawn()
    for row in analyze(trials, 20_000):
        own = [one for one in trials if one.method == row["method"]]
        for name in ("tpi", "quality", "seconds"):
            means = [np.mean([t.columns()[name] for t in own if t.participant == str(p)]) for p in range(20)]
            oracle = stats.bootstrap((means,), np.mean, n_resamples=20_000, method="percentile", rng=1)
            width = oracle.confidence_interval.high - oracle.confidence_interval.low
            assert row[name] == pytest.approx(np.mean(means))
            assert row[f"{name}_low"] == pytest.approx(oracle.confidence_interval.low, abs=0.03 * width)
            assert row[f"{name}_high"] == pytest.approx(oracle.confidence_interval.high, abs=0.03 * width)


def test_trials_of_one_person_do_not_narrow_the_interval():
    few, many = (analyze(drawn(15, pictures))[0] for pictures in (1, 12))
    width = [row["tpi_high"] - row["tpi_low"] for row in (few, many)]
    assert width[1] > 0.6 * width[0], "one by one they would narrow it to a third"


def test_intervals_hold_the_truth_about_as_often_as_they_say(campaign):
    held = []
    for seed in range(120 if campaign else 40):
        ours, _ = analyze(drawn(25, 1, seed), 400, seed)
        held.append(ours["tpi_low"] <= 10 <= ours["tpi_high"])
    assert 0.86 <= np.mean(held) <= 0.99


def test_differences_are_paired():
    trials = drawn(effect=0.5)
    rows = {row["measure"]: row for row in compare(trials, "theirs", "ours")}
    tpi = rows["tpi"]
    pairs = [(theirs.tpi - ours.tpi) for ours, theirs in zip(trials[::2], trials[1::2], strict=True)]
    each = np.array(pairs).reshape(20, 3).mean(1)
    assert tpi["difference"] == pytest.approx(each.mean()) == pytest.approx(tpi["ours"] - tpi["theirs"])
    half = 1.96 * each.std() / math.sqrt(20)
    assert tpi["difference_low"] == pytest.approx(each.mean() - half, abs=0.1 * half)
    assert tpi["difference_high"] == pytest.approx(each.mean() + half, abs=0.1 * half)
    apart = analyze(trials)
    assert apart[0]["tpi_high"] - apart[0]["tpi_low"] > 2 * (tpi["difference_high"] - tpi["difference_low"])
    assert (tpi["participants"], tpi["pairs"], tpi["methods"]) == (20, 60, "theirs - ours")


def test_only_what_was_done_with_both_methods_is_compared():
    trials = [trial("0"), trial("0", "theirs", seconds=14.0), trial("1", seconds=99.0), trial("2", "theirs")]
    trials += [trial("3"), trial("3", "theirs", seconds=12.0, finished="abandoned")]
    rows = {row["measure"]: row for row in compare(trials, "ours", "theirs")}
    assert rows["tpi"]["difference"] == -2
    assert (rows["tpi"]["participants"], rows["tpi"]["difference_low"]) == (1, None)
    with pytest.raises(ValueError, match="check the names"):
        compare(trials, "ours", "nobody's")


def test_numbers_that_only_some_have_are_averaged_over_these():
    trials = [trial("0", measures={"psnr": 20.0}), trial("1", measures={"psnr": 24.0}), trial("2")]
    trials += [Trial("3", "ours", "coffee", 5.0)]  # without a hint there are no seconds per interaction
    (row,) = analyze(trials)
    assert (row["psnr"], row["tpi"], row["interactions"]) == (22.0, 5.0, 1.5)
    (bare,) = analyze([Trial("3", "ours", "coffee", 5.0)])
    assert bare["tpi"] is bare["tpi_low"] is None


def test_rows_are_the_same_every_time_and_go_through_json():
    rows = analyze(drawn()) + compare(drawn(), "ours", "theirs")
    assert json.loads(json.dumps(rows)) == rows == analyze(drawn()) + compare(drawn(), "ours", "theirs")
    assert analyze(drawn(), seed=1) != analyze(drawn())


def test_simulated_trials_say_so_and_are_never_mixed_with_real_ones():
    mixed = [trial("0"), trial("1", simulated=True)]
    for action in (analyze, lambda trials: compare(trials, "ours", "theirs")):
        with pytest.raises(ValueError, match="mixed with real ones"):
            action(mixed)
        with pytest.raises(ValueError, match="at least one"):
            action([])
    rows = analyze([trial("0", simulated=True)])
    assert rows[0]["simulated"] is True
    assert "Simulated" in to_markdown(rows)
    assert "imulated" not in to_markdown(analyze([trial("0")]))


def test_the_table_is_markdown_with_intervals():
    lines = to_markdown(analyze(drawn())).splitlines()
    assert lines[0] == "| method | participants | trials | abandoned | TPI (s) | interactions | seconds | QS | CS |"
    assert lines[2].startswith("| ours | 20 | 60 | 0 | ")
    assert lines[2].count("[") == 5
    assert len(lines) == 4
    assert "| tpi | ours - theirs | 20 | 60 |" in to_markdown(compare(drawn(), "ours", "theirs"))
