import json
import math

import pytest
import torch
from pictures import Boxes

from colornb import evaluation, methods
from colornb.color import decode, encode
from colornb.evaluation import (
    HintSimulator,
    evaluate,
    evaluate_drawn,
    expected_over_hints,
    read_results,
    required_interactions,
    write_results,
)
from colornb.evaluation.hints import MetricAccumulator
from colornb.hints import sample_counts
from colornb.metrics import Gaussian, cdr, frechet_distance, psnr


@pytest.fixture(scope="module")
def network():
    return methods.build("guiding_painter", "tiny").eval()


def test_rows_equal_a_plain_loop_over_pictures(network):
    data = Boxes(5)
    rows = evaluate(network, data, counts=(0, 2), batch_size=2)
    assert [row["hints"] for row in rows] == [0, 2]
    total = 0.0
    with torch.no_grad():
        for i in range(5):
            batch = data.batch(torch.tensor([i]))
            encoding = network.encode(methods.make_condition(network, batch))
            color, mask = network.simulate_hints(encoding, encode(batch.rgb, "rgb"), torch.tensor([2]), None)
            painted = ((network.paint(encoding, color, mask) + 1) / 2).clamp(0, 1)
            total += psnr(painted, batch.rgb).item()
    assert rows[1]["psnr"] == pytest.approx(total / 5, abs=1e-3)


@torch.no_grad()
def test_pictures_without_a_score_are_left_out_of_its_mean_alone(network):
    data = Boxes(5)
    data.rgb[[1, 4]] = 0.5  # no edges
    row = evaluate(network, data, (2,), ("psnr", "cdr"), batch_size=2)[0]
    painted = one_by_one(network, data, [2] * 5)
    scores = cdr(painted, data.rgb)
    assert scores.isnan().tolist() == [False, True, False, False, True]
    assert row["cdr"] == pytest.approx(scores[[0, 2, 3]].mean().item(), abs=0.02)
    assert row["psnr"] == pytest.approx(psnr(painted, data.rgb).mean().item(), abs=1e-3)


def test_where_no_picture_has_a_score_there_is_no_mean():
    grey = torch.full((2, 3, 32, 32), 0.5)
    scores = MetricAccumulator(("cdr", "psnr"))
    scores.add(grey, 1 - 0.9 * grey)
    assert math.isnan(scores.row()["cdr"])
    assert scores.row()["psnr"] == pytest.approx(-20 * math.log10(0.05), abs=1e-4)
    scores.add(Boxes(2).rgb, Boxes(2).rgb)
    assert scores.row() == {"cdr": 1.0, "psnr": math.inf}


class Colors:
    """A feature network that knows only the mean colour; counts the pictures it is shown."""

    name, seen = "colors", 0

    def __call__(self, rgb):
        self.seen += len(rgb)
        return rgb.mean((2, 3))


def one_by_one(network, data, counts):
    """Picture i of `data`, painted with `counts[i]` hints, each of them alone."""
    painted = []
    for i, count in enumerate(counts):
        batch = data.batch(torch.tensor([i]))
        encoding = network.encode(methods.make_condition(network, batch))
        color, mask = network.simulate_hints(encoding, encode(batch.rgb, "rgb"), torch.tensor([count]), None)
        painted.append(decode(network.paint(encoding, color, mask), "rgb"))
    return torch.cat(painted)


def distance(one, two):
    """The Fréchet distance of their mean colours."""
    gaussians = []
    for pictures in (one, two):
        gaussians.append(Gaussian("colors"))
        gaussians[-1].add(Colors()(pictures))
    return frechet_distance(*gaussians)


@torch.no_grad()
def test_a_row_holds_the_frechet_distance_of_the_whole_set(network):
    data, features = Boxes(7), Colors()
    rows = evaluate(network, data, counts=(0, 8), batch_size=3, features=features)
    assert rows[0].keys() == {"hints", "psnr", "fd_colors"}
    for row in rows:
        oracle = distance(one_by_one(network, data, [row["hints"]] * 7), data.rgb)
        assert row["fd_colors"] == pytest.approx(oracle, rel=1e-3)
    assert features.seen == 7 * 3  # the true pictures once


def test_only_inception_makes_a_row_say_fid(network):
    features = Colors()
    features.name = "inception"
    assert evaluate(network, Boxes(4), (1,), (), features=features)[0].keys() == {"hints", "fid"}


@torch.no_grad()
def test_each_picture_may_have_a_number_of_hints_of_its_own(network):
    data = Boxes(6)
    found = evaluate_drawn(network, data, maximum=8, stop=0.3, batch_size=6, seed=5, features=Colors())
    counts = sample_counts(6, 8, torch.Generator().manual_seed(5), 0.3).tolist()
    assert len(set(counts)) > 2
    painted = one_by_one(network, data, counts)
    assert found["psnr"] == pytest.approx(psnr(painted, data.rgb).mean().item(), abs=1e-3)
    assert found["fd_colors"] == pytest.approx(distance(painted, data.rgb), rel=1e-3)


@torch.no_grad()
def test_a_hint_that_changes_nothing_is_not_painted_again(network):
    batch = Boxes(4).batch(torch.arange(4))
    simulator = HintSimulator(network, batch, torch.Generator())
    simulator.encoding.regions[:, 1] += simulator.encoding.regions[:, 2]
    simulator.encoding.regions[:, 2] = 0
    sizes, paint = [], network.paint

    def counting(encoding, color, mask):
        sizes.append(len(color))
        return paint(encoding, color, mask)

    network.paint = counting
    try:
        found = [simulator.paint_all(count) for count in (2, 3, 20, 21, 2)]
    finally:
        del network.paint
    assert torch.equal(found[0], found[1]) and torch.equal(found[2], found[3])
    assert sizes[0] == 4 and len(sizes) == 3  # 3 is 2, and 21 is 20
    torch.testing.assert_close(found[4], found[0])


@torch.no_grad()
def test_a_picture_may_be_asked_for_twice_in_one_call(network):
    batch = Boxes(2).batch(torch.arange(2))
    simulator = HintSimulator(network, batch, torch.Generator())
    plain = [simulator.paint_all(count) for count in range(4)]
    for _ in range(2):
        found = simulator.paint(torch.tensor([1, 0, 1, 1]), torch.tensor([0, 2, 3, 1]))
        for row, picture, count in zip(found, (1, 0, 1, 1), (0, 2, 3, 1), strict=True):
            torch.testing.assert_close(row, plain[count][picture])


def test_measuring_leaves_the_network_as_it_was():
    network = methods.build("guiding_painter", "tiny").train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    evaluate(network, Boxes(2), counts=(1,))
    assert network.training
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_required_interactions_are_none_or_all_at_the_extremes(network):
    assert required_interactions(network, Boxes(3), benchmark=-100, maximum=12) == 0
    assert required_interactions(network, Boxes(3), benchmark=1000, maximum=12) == 13


def test_the_expected_value_follows_the_law_of_hints():
    rows = [{"hints": i, "psnr": float(i)} for i in range(31)]
    assert expected_over_hints(rows, "psnr") == pytest.approx(7 * (1 - 0.875**30))
    with pytest.raises(ValueError, match="every number"):
        expected_over_hints(rows[1:], "psnr")


def test_results_tell_where_they_come_from(tmp_path):
    path = tmp_path / "table.json"
    write_results(path, [{"hints": 0, "psnr": 12.5}], data="boxes", seed=0)
    rows, about = read_results(path)
    assert rows == [{"hints": 0, "psnr": 12.5}]
    assert about.keys() == {"data", "seed", "commit", "date"}
    assert json.loads(path.read_text())["rows"] == rows


def test_more_points_are_the_same_points_and_more(generator):
    """The user of a picture stays the same, whichever pictures are asked for and in whatever batch of counts."""
    network = methods.build("rtug", "tiny").eval()
    simulator = HintSimulator(network, Boxes(3, fresh=True).batch(torch.arange(3)), generator)
    told = []
    network.model1.register_forward_pre_hook(lambda _, planes: told.append(planes[0][:, 3] > 0))
    with torch.no_grad():
        simulator.paint(torch.tensor([2, 0, 2]), torch.tensor([4, 4, 9]))
        simulator.paint_all(9)
    four_of_last, four_of_first, nine_of_last = told[0]
    assert four_of_first.any()
    assert not torch.equal(four_of_first, four_of_last)
    assert (nine_of_last >= four_of_last).all()
    assert not torch.equal(nine_of_last, four_of_last)
    assert len(told[1]) == 2  # the last picture has been painted with nine hints before
    assert (told[1][0] >= four_of_first).all()


def test_a_copy_without_history_is_told_its_commit(monkeypatch):
    monkeypatch.setenv("COLORNB_COMMIT", "abc1234")
    assert evaluation.git_revision() == "abc1234"
    monkeypatch.delenv("COLORNB_COMMIT")
    assert evaluation.git_revision() != "abc1234"
