"""A checkpoint beside an older shipped one, with the same hints, as users see both (after RTUG, Fig. 6).

Trains nothing: the preset is a checkpoint, a shipped name or the folder of a run. Ours, no paper's.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import torch
from scipy import ndimage
from torch import Tensor

from colornb.color import decode, encode, hex_color, rgb_to_lab
from colornb.colorizer import Colorizer
from colornb.data import storybook
from colornb.evaluation import bootstrap_ci
from colornb.evaluation.hints import HintSimulator
from colornb.experiments._trainer import ExperimentConfig, Row, Trainer, dataset_name, lines
from colornb.hints import Patches, Point, paint_patches
from colornb.methods import encode_batch
from colornb.methods.base import Encoding, NetworkModule
from colornb.metrics import Gaussian, distance_key, frechet_distance
from colornb.metrics.hint_fidelity import delta_e
from colornb.metrics.psnr import psnr
from colornb.types import RGB, Bool, Float, Plane, Planes, Scores

CONFIG = ExperimentConfig(
    method="efficient_unet", preset="efficient_unet-photo3", size=128, draw=0, tests=64, seeds=(0,)
)
BEFORE = {"point": "rtug-natural", "region": "guiding_painter-comic"}  # by what the preset accepts
COUNTS = {"point": (0, 1, 2, 3, 5, 10, 20, 50), "region": (0, 1, 2, 3, 5, 8, 10)}
UNIFORM, UNIFORM_SIDE, PATCH = (1, 10, 100), 224, 2  # points of iColoriT (WACV 2023, Section 4): uniform, 2 x 2 pixels
PAGES, SIDE = 64, 128  # that one point is set on, each in its largest thing ..
MIN_SHARE, SEEN = 0.02, 5.0  # .. where this has such a share of the page; what is seen as a change, in Delta E
SPILL = f"storybook pages in gray, {SIDE} pixels"
SKIN_CB, SKIN_CR = (77, 127), (133, 173)  # of skin in true pictures (Chai and Ngan 1999), of 255
PROTOCOL = {
    "hints": "as the method's user gives them: points at random places, the same for both, or answers in order",
    "uniform": f"{PATCH} x {PATCH} pixels at uniform places, {UNIFORM_SIDE} pixels a side",
    "pages": PAGES,
    "spill": SPILL,
}


def run(trainer: Trainer) -> list[Row]:
    """A row for each checkpoint, dataset, `user` and number of hints; then what one point spills, where points count.

    Users are `simulated`, as the method's paper does, or `uniform`. Means over pictures and half of their 95 %
    intervals (`_ci`): PSNR (dB), CIEDE2000 (mean over the pixels; `worst`: the worst hundredth; `skin`: of skin alone),
    `chroma` and `colorfulness` (Hasler and Süsstrunk 2003), each with its `_share` of the true pictures'; `gain`: PSNR
    above the checkpoint before, picture by picture; the Fréchet distance between all that was painted and all true
    pictures. `spill`: the share of the pixels outside a thing that one point in it changes by more than 5 Delta E.
    """
    after = trainer.load(trainer.config.preset)
    kind = "region" if "region" in after.hint_kinds else "point"
    networks = {BEFORE[kind]: trainer.load(BEFORE[kind]), trainer.config.preset: after}
    rows = [row for name in trainer.config.data for row in _compare(trainer, name, networks, kind)]
    if kind == "region":
        return rows
    rows += [row for name in trainer.config.data for row in _compare(trainer, name, networks, "uniform")]
    return rows + [
        {"checkpoint": dataset_name(name), "data": "storybook in gray"} | _spill(net) for name, net in networks.items()
    ]


def _compare(trainer: Trainer, name: str, networks: dict[str, NetworkModule], user: str) -> list[Row]:
    found = {checkpoint: _measure(trainer, name, network, user) for checkpoint, network in networks.items()}
    before, rows = next(iter(found.values())), []
    for checkpoint, counts in found.items():
        for count, (scores, row) in counts.items():
            gain = {"gain": scores["psnr"] - before[count][0]["psnr"]}
            about = {"checkpoint": dataset_name(checkpoint), "data": dataset_name(name), "hints": count}
            rows.append(about | {"user": "uniform" if user == "uniform" else "simulated"} | _means(scores | gain) | row)
    return rows


def _measure(
    trainer: Trainer, name: str, network: NetworkModule, user: str
) -> dict[int, tuple[dict[str, Scores], Row]]:
    """For each number of hints the scores of every picture, and what is one number for all pictures together."""
    counts = UNIFORM if user == "uniform" else COUNTS[user]
    found: dict[int, list[dict[str, Scores]]] = {count: [] for count in counts}
    see, truths = trainer.features(), []
    seen, real = {count: Gaussian(see.name) for count in counts}, Gaussian(see.name)
    for truth, paint in (_uniform if user == "uniform" else _simulated)(trainer, name, network):
        truths.append(_describe(truth))
        real.add(see(truth))
        for count in counts:
            painted = paint(count)
            found[count].append(_score(painted, truth) | _describe(painted))
            seen[count].add(see(painted))
    return {
        count: (
            joined := _join(found[count]),
            _shares(joined, _join(truths)) | {distance_key(see.name): frechet_distance(seen[count], real)},
        )
        for count in counts
    }


def _simulated(trainer: Trainer, name: str, network: NetworkModule) -> Iterator[tuple[RGB, Callable[[int], RGB]]]:
    """Batches of true pictures, and what paints them with so many hints of the method's own user."""
    pictures, generator = trainer.pictures(name, "test", network), torch.Generator(trainer.device).manual_seed(0)
    for index in torch.arange(len(pictures)).split(16):
        simulator = HintSimulator(network, pictures.batch(index, generator), generator)
        yield simulator.truth, simulator.paint_all


def _uniform(trainer: Trainer, name: str, network: NetworkModule) -> Iterator[tuple[RGB, Callable[[int], RGB]]]:
    """The same with the points of iColoriT."""
    pictures = replace(trainer.config, size=UNIFORM_SIDE).open(name, "test", None).to(trainer.device)
    generator = torch.Generator(trainer.device).manual_seed(0)
    for index in torch.arange(len(pictures)).split(8):
        batch = pictures.batch(index, generator)
        target, encoding = encode(batch.rgb, network.target), encode_batch(network, batch)
        shape = (2, len(index), max(UNIFORM))
        top, left = torch.randint(UNIFORM_SIDE - PATCH + 1, shape, generator=generator, device=generator.device)
        patches = Patches(top, left, torch.full_like(top, PATCH), PATCH)
        yield batch.rgb, partial(_paint, network, encoding, target, patches, rgb_to_lab(batch.rgb)[:, :1])


@torch.no_grad()
def _paint(
    network: NetworkModule, encoding: Encoding, target: Planes, patches: Patches, lightness: Plane, count: int
) -> RGB:
    counts = torch.full((len(target),), count, device=target.device)
    return decode(network.paint(encoding, *paint_patches(patches, target, counts)), network.target, lightness)


def _score(painted: RGB, truth: RGB) -> dict[str, Scores]:
    wrong = _difference(painted, truth).flatten(1)
    skin = _is_skin(truth).flatten(1)
    share = skin.float().mean(1)
    return {
        "psnr": psnr(painted, truth),
        "ciede2000": wrong.mean(1),
        "worst": wrong.quantile(0.99, dim=1),
        "skin": ((wrong * skin).mean(1) / share).where(share >= MIN_SHARE, torch.nan),
    }


def _describe(rgb: RGB) -> dict[str, Scores]:
    """How colourful pictures are: mean chroma in Lab, and the measure of Hasler and Süsstrunk (SPIE 2003)."""
    red, green, blue = (255 * rgb.flatten(2)).unbind(1)
    opponents = torch.stack([red - green, (red + green) / 2 - blue], 1)
    colorfulness = opponents.std(2, correction=0).norm(dim=1) + 0.3 * opponents.mean(2).norm(dim=1)
    return {"chroma": rgb_to_lab(rgb)[:, 1:].norm(dim=1).mean((1, 2)), "colorfulness": colorfulness}


def _join(batches: list[dict[str, Scores]]) -> dict[str, Scores]:
    return {key: torch.cat([batch[key] for batch in batches]) for key in batches[0]}


def _shares(scores: dict[str, Scores], truth: dict[str, Scores]) -> Row:
    return {f"{key}_share": (scores[key].mean() / true.mean()).item() for key, true in truth.items()}


def _is_skin(rgb: RGB) -> Bool[Tensor, "b h w"]:
    """Where Cb and Cr, of JPEG's full range, are those of skin."""
    red, green, blue = (255 * rgb).unbind(1)
    cb = 128 - 0.168736 * red - 0.331264 * green + 0.5 * blue
    cr = 128 + 0.5 * red - 0.418688 * green - 0.081312 * blue
    return (cb > SKIN_CB[0]) & (cb < SKIN_CB[1]) & (cr > SKIN_CR[0]) & (cr < SKIN_CR[1])


def _difference(one: RGB, two: RGB) -> Float[Tensor, "b h w"]:
    one, two = (rgb_to_lab(rgb).permute(0, 2, 3, 1) for rgb in (one, two))
    return delta_e(one, two, "ciede2000").float()


def _means(scores: dict[str, Scores]) -> Row:
    row = {}
    for name, values in scores.items():
        row |= {name: values.nanmean().item(), f"{name}_ci": bootstrap_ci(values)}
    return {name: value for name, value in row.items() if math.isfinite(value)}  # such as pictures without skin


def _spill(network: NetworkModule) -> Row:
    """What one point changes where it should not, over pages on which some thing is large enough."""
    colorizer, found = Colorizer(network, SIDE), []
    pages = storybook.load("test", SIDE, n=PAGES).rgb.float() / 255
    for page, owners in zip(pages.split(1), storybook.things("test", SIDE, PAGES), strict=True):
        shares = torch.bincount(owners.flatten().long())[1:] / owners.numel()
        if shares.numel() and shares.max() >= MIN_SHARE:
            found.append(_changed(colorizer, page, owners == 1 + shares.argmax()))
    return _means({"spill": torch.tensor(found)})


def _changed(colorizer: Colorizer, page: RGB, thing: Bool[Tensor, "h w"]) -> float:
    """The share of what is not of this thing that changes when its middle is given its true colour."""
    colorizer.set_image(page, kind="photo")
    middle = int(torch.from_numpy(ndimage.distance_transform_edt(thing.numpy())).argmax())
    y, x = divmod(middle, thing.shape[1])
    point = Point((x + 0.5) / thing.shape[1], (y + 0.5) / thing.shape[0], hex_color(page[0, :, y, x].tolist()))
    return (_difference(colorizer.predict([point]), colorizer.predict())[0] > SEEN)[~thing].float().mean().item()


def _curves(rows: list[Row]) -> list[Row]:
    return [row | {"line": f"{row['checkpoint']}, {row['data']}"} for row in rows if row.get("user") == "simulated"]


show = lines("line", "hints", "psnr", "hints", "PSNR (dB)", of=_curves)
