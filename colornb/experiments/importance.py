"""What the i-th region alone is worth: PSNR with one hint, given to it (GuidingPainter, Section 4.5, Fig. 5)."""

import torch

from colornb.experiments._painting import ExperimentConfig, MetricAccumulator, Row, Trainer, for_each, lines, paintings

CONFIG = ExperimentConfig()


@for_each
@torch.no_grad()
def run(trainer: Trainer, name: str, seed: int) -> list[Row]:
    """A row for each dataset, seed and region: mean PSNR with a hint to this region only; region 0 is no hint.

    As in the paper, the region's map is put in front of all others, and the hint goes to the first.
    """
    network, pictures = trainer.tested(name, seed)
    n = network.n_regions
    scores, used = [MetricAccumulator(["psnr"]) for _ in range(n + 1)], torch.zeros(n)
    for painting in paintings(network, pictures):
        first = painting.none()
        scores[0].add(painting.paint(first), painting.truth)
        first[:, 0] = 1
        for i in range(n):
            order = torch.tensor([i, *(j for j in range(n) if j != i)], device=first.device)
            scores[i + 1].add(painting.paint(first, order=order), painting.truth)
        used += painting.used.sum(0).cpu()
    shares = [{}, *({"used": share} for share in (used / len(pictures)).tolist())]
    return [{"region": i} | scores[i].row() | shares[i] for i in range(n + 1)]


show = lines("data", "region", "psnr", "the only region with a hint (0: none)", "PSNR (dB)")
