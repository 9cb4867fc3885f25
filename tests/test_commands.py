"""Every command of the command line keeps the contract of `colornb.commands`."""

import argparse
import ast
from pathlib import Path

import pytest

from colornb.__main__ import Parser, main
from colornb.commands import command, list_commands

ROOT = Path(__file__).parents[1]


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


def options_of(parser):
    """All that a parser and those of its actions ask for, each with the parser that explains it."""
    for one in parser._actions:
        yield parser, one
        if isinstance(one, argparse._SubParsersAction):
            for inner in one.choices.values():
                yield from options_of(inner)


@pytest.mark.parametrize("name", list_commands())
def test_every_option_says_what_it_is_for_and_what_it_is_where_it_is_left_out(name):
    parser = Parser()
    command(name).add_options(parser)
    for inner, one in options_of(parser):
        assert one.help, (name, one.dest)
        if one.default != [] and not any(one.default is nothing for nothing in (None, False, argparse.SUPPRESS)):
            assert "default" in inner._get_formatter()._get_help_string(one), (name, one.dest)


@pytest.mark.parametrize(
    "path", [p for folder in ("tools", "benchmarks") for p in sorted((ROOT / folder).glob("*.py"))]
)
def test_every_option_of_a_tool_says_what_it_is_for(path):
    """Defaults are told by `Help`, else in words."""
    calls = [call for call in ast.walk(ast.parse(path.read_text())) if isinstance(call, ast.Call)]
    given = [(getattr(c.func, "attr", ""), {word.arg: word.value for word in c.keywords}) for c in calls]
    asked = [words for name, words in given if name == "add_argument"]
    assert all("help" in words for words in asked)
    told = [ast.unparse(words["formatter_class"]) for _, words in given if "formatter_class" in words]
    for words in asked:
        default = ast.unparse(words["default"]) if "default" in words else "None"
        assert default in ("None", "False", "[]") or "Help" in told or "default" in ast.unparse(words["help"])


def test_an_unknown_command_lists_the_known_ones(capsys):
    assert main(["paint"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and all(name in said for name in list_commands())
