"""The record of times: sessions as an edge pad saves them, and what they are refused for."""

import json
import math

import pytest
import torch
from torch import nn

from colornb import methods
from colornb.colorizer import Colorizer
from colornb.hints import EdgeScribble, Point, to_json
from colornb.metrics import lpips, psnr
from colornb.studies import stroke_timing as module
from colornb.studies.stroke_timing import MeanStd, measure_sessions, summarize

LINE = EdgeScribble(((0.2, 0.5), (0.8, 0.5)))
DOT = Point(0.5, 0.5, "#d62f3d", 0.3)


def row(find, draw, suggested=False):
    return {"find": find, "draw": draw, "suggested": suggested}


def session(hints, log):
    return json.dumps(json.loads(to_json(hints)) | {"log": log})


@pytest.fixture(scope="module")
def colorizer():
    network = methods.build("edge_enhancing", "tiny")
    for enhancer in network.enhancers.values():
        nn.init.normal_(enhancer.last.weight, std=0.05)
    return Colorizer(network, 32)


@pytest.fixture
def truths(generator):
    return list(torch.rand(2, 3, 32, 40, generator=generator).split(1))


def test_seconds_are_summed_and_pictures_compared_with_the_true_ones(colorizer, truths):
    first = session([DOT, LINE, LINE], [row(3, 1.5), row(2.5, 0, True)])
    rows = measure_sessions([first, session([DOT], [])], colorizer, truths)
    assert [(r["find"], r["draw"], r["scribbles"], r["suggested"]) for r in rows] == [(5.5, 1.5, 2, 1), (0, 0, 0, 0)]
    colorizer.set_image(truths[0])
    before, after = colorizer.predict([DOT]), colorizer.predict([DOT, LINE])
    assert rows[0]["psnr_before"] == psnr(before, truths[0]).item()
    assert rows[0]["psnr_after"] == psnr(after, truths[0]).item() != rows[0]["psnr_before"]
    assert rows[0]["lpips_random_before"] == pytest.approx(lpips(before, truths[0], "random").item())
    assert rows[0]["lpips_random_after"] == pytest.approx(lpips(after, truths[0], "random").item())
    assert rows[1]["psnr_before"] == rows[1]["psnr_after"]
    assert "lpips_before" not in rows[0], "LPIPS by its plain name is the one that alex gives"


def test_the_colorizer_keeps_its_picture(colorizer, truths):
    colorizer.set_image(truths[1])
    measure_sessions([session([LINE], [row(1, 1)])], colorizer, truths[:1])
    assert colorizer.image is truths[1]


def test_alex_has_the_plain_name(colorizer, truths, monkeypatch):
    monkeypatch.setattr(module, "lpips", lambda prediction, target, net: torch.zeros(1))
    (found,) = measure_sessions([session([], [])], colorizer, truths[:1], "alex")
    assert {"lpips_before", "lpips_after"} <= found.keys()


def test_a_summary_prints_as_the_paper_does():
    rows = [{"find": 1, "psnr_after": 20.0}, {"find": 2, "psnr_after": 26.0}, {"find": 6, "psnr_after": 23.0}]
    found = summarize(rows)
    assert found["find"] == MeanStd(3.0, pytest.approx(math.sqrt(7)))
    assert str(found["find"]) == "3.00 ± 2.65"
    assert str(MeanStd(13.2, 8.456)) == "13.20 ± 8.46"
    assert math.isnan(summarize(rows[:1])["find"].std)
    with pytest.raises(ValueError, match="at least one"):
        summarize([])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "no hint file"),
        (to_json([LINE]), "save the session with EdgePad"),
        (session([LINE], [row(1, 1)]).replace('"colornb": 1', '"colornb": 2'), "update it"),
        (session([LINE], [row(math.nan, 1)]), "seconds from 0"),
        (session([LINE], [row(1, -1)]), "seconds from 0"),
        (session([LINE], [row(1, "1")]), "seconds from 0"),
        (session([LINE], [row(1, True)]), "seconds from 0"),
        (session([LINE], [row(1, 1, "no")]), "true or false"),
        (session([LINE], [row(None, None)]), "has no times"),
        (session([LINE], []), "tells of 0 scribbles, the hints of 1"),
        (session([DOT], [row(1, 1)]), "tells of 1 scribbles, the hints of 0"),
        (session([LINE], {"find": 1}), "no list"),
        (session([LINE], [1]), "no list"),
    ],
)
def test_a_bad_session_is_refused_in_one_line_that_names_it(colorizer, truths, text, words):
    with pytest.raises(ValueError, match=words) as error:
        measure_sessions([session([], []), text], colorizer, truths)
    assert str(error.value).startswith("session 1: ")
    assert "\n" not in str(error.value)


def test_pictures_and_colorizers_that_do_not_fit_are_refused(colorizer, truths):
    with pytest.raises(ValueError, match="one picture a session"):
        measure_sessions([session([], [])], colorizer, truths)
    with pytest.raises(ValueError, match="edge_enhancing"):
        measure_sessions([session([], [])], Colorizer(methods.build("rtug", "tiny"), 32), truths[:1])
