"""The live picture's filters for scribbles, and its likely colours, are those of Python."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from test_page import node
from torch.nn import functional as F

from colornb.ab_bins import all_bins, palette
from colornb.color import fit_gamut
from colornb.hints import EdgeScribble, rasterize_scribbles
from colornb.methods._filter_context import BaseRender, context_of, filter_predictions
from colornb.methods.base import Encoding

SIZE, COLORS = (64, 96), 9


@pytest.fixture(scope="module")
def case():
    draw, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)

    def smooth(channels):
        small = torch.rand(1, channels, 8, 12, generator=generator)
        return F.interpolate(small, SIZE, mode="bilinear") - 0.5

    mask = (torch.rand(1, 1, *SIZE, generator=generator) > 0.98).float()
    paths = [draw.random((6, 2)).tolist(), draw.random((4, 2)).tolist(), [[0.5, 0.5]], [[0.99, 0.1], [0.2, 1.0]]]
    scribbles = [EdgeScribble(path, width) for path, width in zip(paths, (3 / 64, 7 / 64, 0.02, 4 / 64), strict=True)]
    middles = torch.tensor([[20.0, 30.0], [-40.0, 10.0], [0.0, -50.0]])
    logits = [-(all_bins() - middle).norm(dim=1) / 4 for middle in middles]
    labs = [[float(x) for x in draw.uniform((0, -110, -110), (100, 110, 110))] for _ in range(40)]
    hints = smooth(2) * mask, mask
    return {"condition": 2 * smooth(1), "painted": smooth(2), "hints": hints, "scribbles": scribbles} | {
        "logits": logits,
        "labs": labs,
    }


@pytest.fixture(scope="module")
def answers(case):
    def rows(planes):
        return planes[0].flatten(1).tolist()

    color, mask = case["hints"]
    asked = {"size": SIZE, "condition": rows(case["condition"])[0], "painted": rows(case["painted"])}
    asked |= {"color": rows(color), "mask": rows(mask)[0], "labs": case["labs"], "n": COLORS}
    asked |= {"scribbles": [vars(scribble) for scribble in case["scribbles"]]}
    asked |= {"logits": [row.tolist() for row in case["logits"]]}
    script = Path(__file__).parent / "page" / "filters.mjs"
    done = subprocess.run([node(), script], input=json.dumps(asked), capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_scribbles_are_drawn_as_in_python(case, answers):
    wanted = rasterize_scribbles(case["scribbles"], *SIZE).flatten().numpy()
    assert (np.array(answers["scribble"]) == wanted).all()
    assert wanted.any()


def test_filters_make_of_a_picture_what_they_make_in_python(case, answers):
    scribble = rasterize_scribbles(case["scribbles"], *SIZE)
    start = BaseRender(Encoding(case["condition"]), *case["hints"], {}, case["painted"])
    given = case["condition"], case["painted"], *case["hints"]
    wanted = torch.cat([context_of(*given), filter_predictions(start, scribble)], 1)[0].flatten(1).numpy()
    assert np.abs(np.array(answers["context"]) - wanted).max() < 1e-4


def test_likely_colors_stand_for_what_the_network_thinks_as_well_as_those_of_python(case, answers):
    """The colours begin elsewhere, by other random numbers, and are no further from what is likely."""
    for logits, found in zip(case["logits"], answers["palettes"], strict=True):
        assert len(found) == COLORS
        wanted = spread(logits, palette(logits, COLORS))
        assert spread(logits, torch.tensor(found)) < 1.1 * wanted


def spread(logits, colors):
    """The mean squared distance of likely colours to the nearest of some."""
    chances = (logits.double() / 5).softmax(0)
    return float((chances * torch.cdist(all_bins(), colors).amin(1).square()).sum())


def test_the_mean_at_a_temperature_is_that_of_the_distribution(case, answers):
    for logits, found in zip(case["logits"], answers["means"], strict=True):
        wanted = (logits.double() / 0.38).softmax(0) @ all_bins().double()
        assert np.abs(np.array(found) - wanted.numpy()).max() < 1e-6


def test_colors_that_no_screen_shows_become_paler_as_in_python(case, answers):
    for lab, found in zip(case["labs"], answers["colors"], strict=True):
        wanted = fit_gamut(*lab)
        levels = [[int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in (found, wanted)]
        assert np.abs(np.diff(levels, axis=0)).max() <= 3, (lab, found, wanted)
