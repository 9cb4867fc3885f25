"""No published network is left out."""

from colornb import methods
from published import test_cic, test_deoldify, test_instcolorization, test_rtug


def test_every_published_name_is_computed_once_more():
    known = [name for module in (test_cic, test_deoldify, test_instcolorization, test_rtug) for name in module.NAMES]
    assert sorted(known) == sorted(methods.published())
