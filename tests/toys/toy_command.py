"""Say hello to somebody."""

import argparse


def add_options(add: argparse.ArgumentParser) -> None:
    """Whom to greet."""
    add.add_argument("name", help="who is greeted")


def run(options: argparse.Namespace) -> None:
    """Greet."""
    print(f"Hello, {options.name}!")
