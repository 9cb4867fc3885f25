"""Show methods with their presets, datasets, metrics, experiments and shipped checkpoints."""

import argparse

from colornb import checkpoints, data, methods, metrics
from colornb.experiments import experiment, list_experiments


def add_options(add: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


def run(options: argparse.Namespace) -> None:
    """Print a line for each."""
    for method in methods.list_methods():
        print(f"method {method}: presets {', '.join(methods.presets(method))}")  # noqa: T201
    for name in data.list_datasets():
        print(f"dataset {name}")  # noqa: T201
    for name, unit in metrics.UNITS.items():
        better = "higher" if metrics.HIGHER_IS_BETTER[name] else "lower"
        print(f"metric {name}: {unit or 'no unit'}, {better} is better")  # noqa: T201
    for name in list_experiments():
        print(f"experiment {name}: {experiment(name).__doc__.splitlines()[0]}")  # noqa: T201
    chosen = {checkpoints.FOR_PHOTOGRAPHS: "photographs", checkpoints.FOR_DRAWINGS: "drawings"}
    for name in checkpoints.list_bundled():
        use = f": paints {chosen[name]} where nobody chooses" if name in chosen else ""
        print(f"checkpoint {name}{use}")  # noqa: T201
