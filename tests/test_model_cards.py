"""Model cards say what the checkpoints say of themselves, and what their results files hold."""

import json
import re
from pathlib import Path

import pytest
import yaml

from colornb import checkpoints, methods

ROOT = Path(__file__).resolve().parents[1]
CARDS = ROOT / "book" / "model-cards"
RESULTS = ROOT / "book" / "results"
OWN = sorted(name for name in checkpoints.list_bundled() if not name.endswith("-storybook"))
MIB = 2**20


def card(name):
    return " ".join((CARDS / f"{name}.md").read_text(encoding="utf-8").split())


def rows_of(name):
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))["rows"]


@pytest.mark.parametrize("name", OWN)
def test_a_card_tells_how_its_checkpoint_was_trained(name):
    text, about = card(name), methods.load(name).about
    told = f"{about['steps']} steps of {about['batch_size']} at {about['size']} pixels, commit `{about['commit']}`"
    assert told in text
    assert f"{about['method']}, `{about['preset']}`" in text
    assert f"seed {about['seed']}" in text
    assert f"--preset {about['preset']}" in text
    for word in ("--steps", "--batch-size", "--size"):
        value = about[word.strip("-").replace("-", "_")]
        assert f"{word} {value}" in text, f"the recipe has another {word}"


@pytest.mark.parametrize("name", OWN)
def test_a_card_has_data_recipe_measure_and_failures(name):
    raw = (CARDS / f"{name}.md").read_text(encoding="utf-8")
    for title in ("## Data", "## Recipe", "## How good it is", "## Where it fails"):
        assert title in raw
    assert "CC BY" in raw, "whose pictures these are"
    assert (CARDS / f"{name}.png").stat().st_size < 400_000
    assert f"book/results/{name}.json" in raw
    size = (checkpoints.SHIPPED / f"{name}.safetensors").stat().st_size / MIB
    assert f"{size:.1f} MiB" in raw
    assert f"({name})" in (CARDS / "index.md").read_text(encoding="utf-8")


def test_cards_give_the_numbers_of_their_results():
    points = {row["hints"]: row["psnr"] for row in rows_of("rtug-natural")}
    assert f"20 points at random places bring {points[20] - points[0]:.2f} dB" in card("rtug-natural")
    (row,) = [row for row in rows_of("edge_enhancing-comic") if row["painted"] == "after"]
    assert f"near the edge by {row['psnr_near_gain']:.2f} dB" in card("edge_enhancing-comic")
    assert f"{row['scribbles']:,} scribbles" in card("edge_enhancing-comic")
    many, few, none = (row for row in rows_of("edge_enhancing-natural") if row["painted"] == "after")
    assert (many["stop"], few["stop"], none["stop"]) == (0.02, 0.125, None)
    gains = "by {:.2f} dB after 45 points, by {:.2f} dB after 7 and by {:.2f} dB without any".format(
        *(row["psnr_near_gain"] for row in (many, few, none))
    )
    assert f"{many['scribbles']:,} scribbles" in card("edge_enhancing-natural")
    assert gains in card("edge_enhancing-natural")
    for name in ("edge_enhancing-photo3", "edge_enhancing-photo2"):
        many, few, none = (row for row in rows_of(name) if row["painted"] == "after")
        gains = "by {:.2f} dB after 45 points, by {:.2f} dB after 7 and by {:.2f} dB without any".format(
            *(row["psnr_near_gain"] for row in (many, few, none))
        )
        assert gains in card(name)
        whole = f"CDR rises by {many['cdr_gain']:.2f}, and the whole picture gains {many['psnr_gain']:.2f} dB"
        assert whole in card(name)
    row = next(row for row in rows_of("edge_enhancing-drawing") if row["painted"] == "after")
    assert f"near the edge by {row['psnr_near_gain']:.2f} dB" in card("edge_enhancing-drawing")
    (row,) = [row for row in rows_of("edge_enhancing-natural-128") if row["painted"] == "after"]
    assert f"at 128 pixels gained {row['psnr_near_gain']:.2f} dB" in card("edge_enhancing-natural")
    for name in ("guiding_painter-comic", "guiding_painter-drawing"):
        about = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))["about"]
        assert f"{about['nri']:.1f} hints on average are needed for {about['benchmark']:.0f} dB" in card(name)


def test_the_photograph_network_before_is_as_good_as_its_card_says():
    name = "efficient_unet-photo2"
    found = {row["hints"]: row["psnr"] for row in rows_of(name)}
    told = card(name)
    assert f"{found[0]:.2f} dB without a hint, {found[3]:.2f} dB with three points" in told
    assert f"{found[20]:.2f} dB with 20" in told


def test_the_photograph_network_is_as_much_better_as_its_card_says():
    name = "efficient_unet-photo3"
    rows = [row for row in rows_of("before_after") if row.get("user") == "simulated"]
    for points in (0, 20):
        (row,) = [r for r in rows if (r["checkpoint"], r["hints"]) == (name, points)]
        assert f"{row['gain']:.2f} ± {row['gain_ci']:.2f} dB" in card(name)
    for row in rows_of("before_after"):
        share = row["spill"] if "spill" in row else row["chroma_share"] if row["hints"] == 0 else None
        assert share is None or f"{100 * share:.0f} %" in card(name)
    for use in ("natural", "photo"):
        found = rows_of(f"three_hints-{use}")
        means = " to ".join(f"{sum(r[f'psnr_{n}'] for r in found) / len(found):.1f}" for n in (0, 1))
        assert f"{means} dB" in card(name), use


def test_the_card_of_the_storybook_models_gives_their_numbers():
    rows = [row for row in rows_of("baselines") if row["data"] == "storybook"]
    for method in ("GuidingPainter", "RTUG", "AlacGAN"):
        found = [row["psnr"] for row in rows if row["method"] == method]
        assert re.search(rf"{method} (reaches )?{sum(found) / len(found):.2f} dB", card("storybook"))
    for name in checkpoints.list_bundled():
        if name.endswith("-storybook"):
            about = methods.load(name).about
            told = f"{about['steps']} steps of {about['batch_size']} at {about['size']} pixels"
            assert told in card("storybook")
            assert f"{name.removesuffix('-storybook')}-" in card("storybook")


def test_the_recipes_give_the_pace_that_was_measured():
    text = card("recipes")
    for row in rows_of("gpu"):
        told = (
            f"| {row['method']}, `{row['preset']}` | {row['precision']} | {row['images_per_second']:.0f} "
            f"| {row['memory_gib']:.1f} | {row['tera_operations_per_second']:.0f} | {100 * row['share']:.0f} % |"
        )
        assert told in text


def test_every_card_is_a_page_of_the_book():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = json.dumps(toc)
    for path in CARDS.glob("*.md"):
        assert f"book/model-cards/{path.stem}" in listed


def test_checkpoints_are_small():
    sizes = [path.stat().st_size for path in checkpoints.SHIPPED.rglob("*.safetensors")]
    assert max(sizes) <= 16 * MIB
    assert sum(sizes) <= 64 * MIB
