"""What GuidingPainter says of itself, claim by claim: its numbers, ours, and why they part or agree.

What it says of its rivals is in `reproduction_rivals`.
"""

from functools import partial

from reproduction_numbers import (
    AGREES,
    DISAGREES,
    OPEN,
    Claim,
    Difference,
    Find,
    Pick,
    Row,
    by_seed,
    level,
    mean_of,
    paired,
    versus,
)
from reproduction_rivals import ALACGAN, FD, NRI, OURS, PAGES, RTUG, SHIPPED

PHOTOGRAPHS = ("face", "car", "landscape")
LOSSES = ("rec", "rec + adv", "rec + adv + tv", "rec + adv + tv + smooth")


def falling(rows: list[Row]) -> list[Difference]:
    """Spearman's correlation of a region's rank and the PSNR with a hint to this region alone."""
    from scipy.stats import spearmanr

    found = []
    for name in PAGES:
        regions: dict[int, list[float]] = {}
        for row in sorted(rows, key=lambda row: row["region"]):
            if row["data"] == name and row["region"]:
                regions.setdefault(row["seed"], []).append(row["psnr"])
        ranks = {seed: float(spearmanr(range(len(values)), values).statistic) for seed, values in regions.items()}
        found.append(mean_of(name, ranks))
    return found


def second_stage(order: str) -> Find:
    """Two stages of training against one, for hints in this order: the mean over all counts that leave a choice."""

    def find(rows: list[Row]) -> list[Difference]:
        trainings = ("two stages", "one stage, trained on")
        return [
            paired(name, *(_mean_curve(rows, data=name, order=order, training=training) for training in trainings))
            for name in PAGES
        ]

    return find


def _mean_curve(rows: list[Row], **wanted: str) -> dict[int, float]:
    counts = sorted({row["hints"] for row in rows})[1:-1]  # with none and with all, an order is no matter
    curves = [by_seed(rows, wanted | {"hints": count}, "psnr") for count in counts]
    return {seed: sum(curve[seed] for curve in curves) / len(curves) for seed in curves[0]}


def loss_step(value: str, after: int, before: int) -> Find:
    """One sum of losses against another, by their places in `LOSSES`."""
    return versus(value, {"losses": LOSSES[after]}, {"losses": LOSSES[before]}, PAGES)


def told_alike(value: str, one: Pick, other: Pick, move: int) -> Find:
    """One method against another, both told colours that moved so far, at the same places."""
    return versus(value, {**one, "move": move}, {**other, "move": move}, SHIPPED)


def hues_move(rows: list[Row]) -> list[Difference]:
    """How far the region of a hint moves against how far the rest does, as the hint takes six hues."""
    found = []
    for name in PAGES:
        first = {"data": name, "region": 1}
        found.append(paired(name, *(by_seed(rows, first, key) for key in ("inside", "outside"))))
    return found


def under_g(value: str) -> Find:
    """GuidingPainter against RTUG with hints, on photographs in gray."""
    return versus(value, OURS | {"hints": "under G"}, RTUG | {"hints": "under G"}, PHOTOGRAPHS)


def snail(other: bool) -> Find:
    """How far the order of the regions is that of their areas, with active guidance; or how much more than without."""
    guided, unguided = {"training": "guided"}, {"training": "all hints (Nh = Nc)"}
    if not other:
        return level("rank_correlation", {"": guided})
    return lambda rows: [paired("", *(by_seed(rows, which, "rank_correlation") for which in (guided, unguided)))]


def as_asked(rows: list[Row]) -> list[Difference]:
    """The model's own order of hints against chance: the mean over all counts that leave a choice."""
    orders = ("asked", "random")
    return [paired(name, *(_mean_curve(rows, data=name, order=order) for order in orders)) for name in PAGES]


claim = partial(Claim, "GuidingPainter")
CLAIMS = [
    claim(
        "Table 3, Fig. 6", "The adversarial loss lowers the Fréchet distance.",
        "FID 28.30 to 27.90, 66.21 to 48.37, 39.73 to 17.15",
        "loss_ablation", loss_step("fd_crops", 1, 0), -1, AGREES,
        "The distance is on features of our own.", **FD,
    ),
    claim(
        "Table 3, Fig. 6", "The adversarial loss costs PSNR.",
        "21.04 to 20.84, 18.11 to 17.55, 20.76 to 20.41",
        "loss_ablation", loss_step("psnr", 1, 0), -1, OPEN,
        "The means say so; the seeds differ by more.",
    ),
    claim(
        "Table 3, Fig. 6", "The total variance loss lowers the Fréchet distance.",
        "FID 27.90 to 27.81, 48.37 to 47.32, 17.15 to 16.54",
        "loss_ablation", loss_step("fd_crops", 2, 1), -1, OPEN,
        "Three seeds cannot tell. In the paper, too, it is a small step.", **FD,
    ),
    claim(
        "Table 3, Fig. 6", "The smoothness loss lowers the Fréchet distance.",
        "FID 27.81 to 24.46, 47.32 to 43.18, 16.54 to 16.43",
        "loss_ablation", loss_step("fd_crops", 3, 2), -1, OPEN,
        "Preset `tiny` weighs this loss at a twentieth of the published code, and there are too few seeds.", **FD,
    ),
    claim(
        "Table 3, Fig. 6", "The smoothness loss makes regions less ragged (“significantly less sparse”).",
        "by eye, Fig. 6 (c) and (d)",
        "loss_ablation", loss_step("ragged", 3, 2), -1, OPEN,
        "Measured as the share of neighbouring pixels in different regions. It falls on both; on the storybook the "
        "seeds differ by more.", unit="", digits=3,
    ),
    claim(
        "Table 3, Fig. 6", "The reconstruction loss alone has a higher PSNR than all four losses.",
        "21.04, 18.11, 20.76 against 20.88, 17.55, 20.24 of all four",
        "loss_ablation", loss_step("psnr", 0, 3), 1, DISAGREES,
        "In a thousand steps the total variance loss earns more than the discriminator costs: it puts every region to "
        "use from the start, which the others take long to do. With the paper's hundreds of epochs they may get there.",
    ),
    claim(
        "Table 3, Fig. 6", "The reconstruction loss alone needs fewer interactions (NRI) than all four losses.",
        "9.95, 8.86, 5.58 against 11.08, 11.39, 6.98 of all four",
        "loss_ablation", loss_step("nri", 0, 3), -1, DISAGREES,
        "NRI is made of PSNR, and PSNR is not higher either.", **NRI,
    ),
    claim(
        "Fig. 4",
        "With active guidance, Dark Snail's regions are asked for in the order of their areas (Spearman's "
        "correlation is above 0.5).",
        "by eye, all but one region",
        "dark_snail", snail(other=False), 1, AGREES,
        "With ten regions, p = 1/4 and no discriminator, which is ours.", unit="", beyond=0.5,
    ),
    claim(
        "Fig. 4", "Where all hints are always given in training, that order is lost.",
        "by eye",
        "dark_snail", snail(other=True), 1, AGREES,
        "The regions are found as well; nothing orders them.", unit="",
    ),
    claim(
        "Fig. 5",
        "The later a region is asked for, the less a hint to it alone is worth (Spearman's correlation of rank and "
        "PSNR).",
        "by eye, PSNR falls with the rank on all three",
        "importance", falling, -1, AGREES,
        "A hint to a late region alone is even worse than none: g has not learned with regions in another order.",
        unit="",
    ),
    claim(
        "Table 4, Fig. 7", "On gray-scale pictures, GuidingPainter is above RTUG in PSNR.",
        "30.60, 26.97, 27.94 against 29.92, 26.40, 27.58 (CelebA, ImageNet Car, Yosemite)",
        "gray_scale", under_g("psnr"), 1, AGREES,
        "By more than in the paper: a small RTUG hardly spreads a colour.",
    ),
    claim(
        "Table 4, Fig. 7", "On gray-scale pictures, GuidingPainter has a lower Fréchet distance than RTUG.",
        "FID 2.40, 27.54, 54.05 against 3.61, 31.90, 57.97 (CelebA, ImageNet Car, Yosemite)",
        "gray_scale", under_g("fd_crops"), -1, AGREES,
        "On features of our own.", **FD,
    ),
    claim(
        "Fig. 8", "After a second stage of training, g takes hints in any order (at random against one stage as long).",
        "by eye, on Dark Snail",
        "order", second_stage("random"), 1, OPEN,
        "On pages and not on the snail; each of 8 hints is kept with a chance of 0.4, in the paper each of 30 with "
        "0.125. On the storybook the seeds differ by more than the stages.",
    ),
    claim(
        "Fig. 8",
        "After a second stage of training, hints from the last to the first are worth more than after one stage as "
        "long.",
        "by eye, on Dark Snail",
        "order", second_stage("reversed"), 1, AGREES,
        "With all hints given, the second stage costs PSNR, which the paper does not mention.",
    ),
    claim(
        "Table 6",
        "Told unusual colours at the same places, GuidingPainter follows best more often than RTUG (share of pages).",
        "ranked first by people in 77.3, 86.4 and 69.5 % against 20.0, 13.6 and 29.1 %",
        "unusual_colors", told_alike("top_1", OURS, RTUG, 64), 1, AGREES,
        "Ranked by the difference between a hint and what is painted in its region (ΔE00), on four sets of 128 pages, "
        "with the networks that ship.", unit="",
    ),
    claim(
        "Table 6",
        "Told unusual colours, GuidingPainter follows best more often than RTUG where the point lies (share of pages).",
        "ranked first by people in 77.3, 86.4 and 69.5 % against 20.0, 13.6 and 29.1 %",
        "unusual_colors", told_alike("top_1_points", OURS, RTUG, 64), 1, AGREES,
        "RTUG paints a colour where its point lies, and little beyond. The paper does not say whether people saw "
        "points or regions; their ranks are near these.", unit="",
    ),
    claim(
        "Table 6", "RTUG is one of the first two more often than AlacGAN (share of pages).",
        "90.0, 91.8 and 97.7 % against 12.7, 10.0 and 7.3 %",
        "unusual_colors", told_alike("top_2", RTUG, ALACGAN, 64), 1, AGREES,
        "Ranked by the difference in the region of each hint.", unit="",
    ),
    claim(
        "Fig. 3, Fig. 13", "With as many hints at the same places, GuidingPainter is above RTUG and AlacGAN (PSNR).",
        "by eye",
        "unusual_colors", lambda rows: [
            Difference(f"against {rival['method']}", one.mean, one.half, one.levels)
            for rival in (RTUG, ALACGAN) for one in told_alike("psnr", OURS, rival, 0)(rows)
        ], 1, AGREES,
        "Seven hints, in the true mean colours of the regions. So GuidingPainter's lead is not only where it asks.",
    ),
    claim(
        "Fig. 11",
        "Unusual colours are followed: a hint moved by up to 64 of 255 is nearer to what is painted there than if it "
        "had been ignored (ΔE00).",
        "by eye",
        "unusual_colors", lambda rows: [
            paired("", *(by_seed(rows, OURS | {"move": 64}, key) for key in ("followed", "ignored")))
        ], -1, AGREES,
        "About half of the way.", unit="", digits=1,
    ),
    claim(
        "Fig. 17",
        "A hint in another colour changes its region, and hardly the rest (first region, RGB of 255, over six hues).",
        "by eye",
        "color_variations", hues_move, 1, AGREES,
        "That the rest moves at all need not be a fault: a red wall has a red sheen.", unit="", digits=0,
    ),
    claim(
        "Section 4.5, Fig. 4",
        "Regions of Dark Snail are bounded by one object (the share of a region that lies in its main part is above "
        "0.8).",
        "by eye; the threshold is ours",
        "dark_snail", level("purity", {"": {"training": "guided"}}), 1, AGREES,
        "With ten regions, as in the row above.", unit="", beyond=0.8,
    ),
    claim(
        "Abstract",
        "The order is an efficient one: as asked, hints are worth more than at random (PSNR).",
        "said, no numbers",
        "hint_curve", as_asked, 1, AGREES,
        "The mean over all counts that leave a choice. Largest first is as good, which the paper does not ask.",
    ),
]  # fmt: skip
