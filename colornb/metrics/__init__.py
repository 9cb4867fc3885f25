"""Metrics, one a file: the file holds a function of its own name, `HIGHER_IS_BETTER` and `UNIT`."""

import inspect

from colornb._discover import module, modules
from colornb.metrics._features import FeatureNetwork, distance_key, distance_label, features
from colornb.metrics._frechet import Gaussian, frechet_distance

_MODULES = {name: module(__name__, name, "metric") for name in modules(__name__)}
METRICS = {name: getattr(found, name) for name, found in _MODULES.items()}
UNITS = {name: found.UNIT for name, found in _MODULES.items()}
# Those that compare a prediction with the true one, (prediction, target), and need nothing else.
PAIRWISE = [name for name, f in METRICS.items() if [*inspect.signature(f).parameters][:2] == ["prediction", "target"]]
HIGHER_IS_BETTER = {name: found.HIGHER_IS_BETTER for name, found in _MODULES.items()}

# `from colornb.metrics import psnr` means the function, though a file of that name lies beside this one.
globals().update(METRICS)
__all__ = [  # noqa: PLE0604
    "HIGHER_IS_BETTER", "METRICS", "PAIRWISE", "UNITS", "FeatureNetwork", "Gaussian", "distance_key", "distance_label",
    "features", "frechet_distance", *METRICS,
]  # fmt: skip
