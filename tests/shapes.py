"""The type checker of the tests: beartype, with whole numbers welcome where floats are, as everywhere in Python."""

from contextlib import contextmanager

from beartype import BeartypeConf, beartype
from jaxtyping import config

check = beartype(conf=BeartypeConf(is_pep484_tower=True))


@contextmanager
def unchecked():
    """What runs here runs as fast as for users: checking takes longer than a small network."""
    config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        config.update("jaxtyping_disable", False)


def checked_at_first(ticks):
    """The ticks of a long training: shapes are checked up to the first one, as those of later steps are the same."""
    ticks = iter(ticks)
    yield next(ticks)
    with unchecked():
        yield from ticks
