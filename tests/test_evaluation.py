import json

import pytest
import torch
from pictures import Boxes

from colornb import methods
from colornb.color import encode
from colornb.evaluation import evaluate, expected, read_results, required_interactions, write_results
from colornb.metrics import psnr


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
            look = network.look(methods.condition_of(network, batch))
            color, mask = network.simulate(look, encode(batch.rgb, "rgb"), torch.tensor([2]), None)
            painted = ((network.paint(look, color, mask) + 1) / 2).clamp(0, 1)
            total += psnr(painted, batch.rgb).item()
    assert rows[1]["psnr"] == pytest.approx(total / 5, abs=1e-3)


def test_required_interactions_are_none_or_all_at_the_extremes(network):
    assert required_interactions(network, Boxes(3), benchmark=-100, maximum=12) == 0
    assert required_interactions(network, Boxes(3), benchmark=1000, maximum=12) == 13


def test_the_expected_value_follows_the_law_of_hints():
    rows = [{"hints": i, "psnr": float(i)} for i in range(31)]
    assert expected(rows, "psnr") == pytest.approx(7 * (1 - 0.875**30))
    with pytest.raises(ValueError, match="every number"):
        expected(rows[1:], "psnr")


def test_results_tell_where_they_come_from(tmp_path):
    path = tmp_path / "table.json"
    write_results(path, [{"hints": 0, "psnr": 12.5}], data="boxes", seed=0)
    rows, about = read_results(path)
    assert rows == [{"hints": 0, "psnr": 12.5}]
    assert about.keys() == {"data", "seed", "commit", "date"}
    assert json.loads(path.read_text())["rows"] == rows
