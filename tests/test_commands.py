"""Every command of the command line keeps the contract of `colornb.commands`."""

import argparse

import pytest

from colornb.__main__ import main
from colornb.commands import command, list_commands


@pytest.mark.parametrize("name", list_commands())
def test_a_command_says_in_one_sentence_what_it_does_and_explains_its_options(name, capsys):
    module = command(name)
    first = module.__doc__.splitlines()[0]
    assert first.endswith(".")
    parser = argparse.ArgumentParser()
    module.add_options(parser)
    assert callable(module.run)
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    assert first.rstrip(".").lower()[:30] in " ".join(capsys.readouterr().out.lower().split())


def test_an_unknown_command_lists_the_known_ones(capsys):
    assert main(["paint"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and all(name in said for name in list_commands())
