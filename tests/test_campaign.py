"""What `make campaign` runs whole is sampled elsewhere: fewer cases, always the same ones."""

from pathlib import Path
from types import SimpleNamespace

import pytest


class Item:
    def __init__(self, nodeid, n):
        self.nodeid, self.n = nodeid, n

    def get_closest_marker(self, name):
        return SimpleNamespace(args=(self.n,)) if name == "sampled" and self.n else None


@pytest.fixture
def collect(request):
    """What is left of items, without or with the flag; and what pytest is told that was left out."""
    conftest = request.config.pluginmanager.get_plugin(str(Path(__file__).parent / "conftest.py"))

    def run(items, campaign):
        left_out, items = [], list(items)
        hook = SimpleNamespace(pytest_deselected=lambda items: left_out.extend(items))
        config = SimpleNamespace(option=SimpleNamespace(campaign=campaign, shapes=True), hook=hook)
        conftest.pytest_collection_modifyitems(config, items)
        return items, left_out

    return run


def test_of_each_marked_test_a_sample_is_kept_in_its_order(collect):
    many, few, plain = (
        [Item(f"a.py::{name}[{i}]", n) for i in range(9)] for name, n in (("x", 4), ("y", 20), ("z", 0))
    )
    kept, left_out = collect([*many, *few, *plain], campaign=False)
    assert [item for item in kept if item not in many] == [*few, *plain]
    assert len(kept) == 4 + 9 + 9
    assert [item for item in many if item in kept] == kept[:4]
    assert set(left_out) == set(many) - set(kept)
    assert collect([*many, *few, *plain], campaign=False)[0] == kept, "always the same"


def test_a_campaign_leaves_nothing_out(collect):
    many = [Item(f"a.py::x[{i}]", 4) for i in range(9)]
    assert collect(many, campaign=True) == (many, [])
