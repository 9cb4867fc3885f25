"""Plan a user study, simulate it before anybody is invited, and analyze its trials."""

import argparse
from functools import partial
from pathlib import Path

from colornb import methods
from colornb.colorizer import Colorizer
from colornb.commands._options import add_shared, check_results, device_of, say, whole
from colornb.evaluation import write_results
from colornb.studies import Protocol, Trial, analyze, append, compare, open_picture, read_trials, to_markdown

PROTOCOL = "a protocol as colornb.studies.Protocol.to_json writes it"


def add_options(add: argparse.ArgumentParser) -> None:
    """One of three actions, with options of its own."""
    actions = add.add_subparsers(required=True, metavar="ACTION", dest="action", help="what to do")
    plan = actions.add_parser("plan", help="print who colours what with which method, in order")
    plan.add_argument("protocol", type=Path, help=PROTOCOL)
    number = "a number, from 0 or 1 up, so that orders balance; or a name"
    plan.add_argument("--participant", required=True, help=number)
    table = actions.add_parser("analyze", help="print a table of the methods, with 95 %% intervals")
    table.add_argument("trials", type=Path, nargs="+", help="files of trials, one a line")
    pair = ("OURS", "THEIRS")
    table.add_argument("--compare", nargs=2, metavar=pair, help="also print the difference of two methods")
    table.add_argument("--resamples", type=whole(100), default=10_000, help="of the bootstrap over participants")
    add_shared(table, "seed")
    table.add_argument("--out", type=Path, help="write the rows here as JSON")
    play = actions.add_parser("simulate", help="let simulated users do all tasks at the real pads")
    play.add_argument("protocol", type=Path, help=f"{PROTOCOL}; its pictures are seen from its folder")
    play.add_argument("--participants", type=whole(1), default=13, help="how many; 13 as in the papers")
    play.add_argument("--stop", type=float, default=0.0, help="chance that they are satisfied after each hint")
    play.add_argument("--out", type=Path, required=True, help="file of trials; it goes on from what it finds there")
    play.add_argument("--size", type=whole(1), help="the shorter side as the networks see it")
    add_shared(play, "seed", "device")


def run(options: argparse.Namespace) -> None:
    """Do what was asked for."""
    {"plan": _plan, "analyze": _analyze, "simulate": _simulate}[options.action](options)


def _plan(options: argparse.Namespace) -> None:
    for task in _read(options.protocol).plan(options.participant):
        print(f"{task.number + 1}  {task.method.name}  {task.method.pad}  {task.picture}")  # noqa: T201


def _analyze(options: argparse.Namespace) -> None:
    if options.out:
        check_results(options.out)
    trials = [trial for path in options.trials for trial in read_trials(path)]
    how = options.resamples, options.seed
    differences = compare(trials, *options.compare, *how) if options.compare else []  # first: it may refuse a name
    rows = analyze(trials, *how)
    for table in filter(None, (rows, differences)):
        print(to_markdown(table))  # noqa: T201
    if options.out:
        about = {"command": options.command, "resamples": options.resamples, "seed": options.seed}
        about |= {"participants": len({trial.participant for trial in trials}), "simulated": rows[0]["simulated"]}
        write_results(options.out, rows, **about, **({"differences": differences} if differences else {}))


def _simulate(options: argparse.Namespace) -> None:
    from colornb.studies.users import SimulatedUser, simulate
    from colornb.widgets.user_study import open_unseen

    check_results(options.out)
    protocol, device, done = _read(options.protocol), device_of(options.device), _known(options.out)
    for method in protocol.methods:
        methods.load(method.checkpoint)  # what is not there is told before anybody begins
    trials = simulate(
        protocol,
        range(options.participants),
        open_unseen,
        SimulatedUser(seed=options.seed, stop=options.stop),
        partial(open_picture, folder=options.protocol.parent),
        lambda name: Colorizer(methods.load(name).to(device), options.size),
        done,
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for trial in trials:
        append(options.out, trial)
        print(f"{' '.join(trial.key)}  {trial.finished}  {trial.n_interactions} hints  {trial.seconds:.4g} s")  # noqa: T201
    say(f"simulated trials are in {options.out}: they say nothing about people")


def _known(path: Path) -> list[Trial]:
    """The simulated trials in a file that is there already."""
    trials = read_trials(path) if path.exists() else []
    if not all(trial.simulated for trial in trials):
        raise ValueError(f"--out {path} holds trials of people: name another file for simulated ones")
    return trials


def _read(path: Path) -> Protocol:
    try:
        return Protocol.from_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
