"""What the two papers hold, place by place: tables, figures, studies, equations, and what is not done of them.

Chapters are given by their numbers, code by names that can be imported (without "colornb."), tests by file and name.
"""

GP, EDGE = "GuidingPainter", "edge paper"

# Paper, place, what it is, code, chapters, and what can be said of it beside its claims.
SHOWN = "pictures, shown"
PLACES = [
    (GP, "Fig. 1", "regions in the order asked for, answers, paintings", "widgets.RegionPad", "20 50", SHOWN),
    (GP, "Fig. 2", "how hints are made of regions", "hints.paint_regions", "23", SHOWN),
    (GP, "Fig. 3", "methods with hints at matched places", "experiments.unusual_colors", "31 32", SHOWN),
    (GP, "Fig. 4", "Dark Snail, with and without active guidance", "experiments.dark_snail", "23", ""),
    (GP, "Fig. 5", "what each region alone is worth", "experiments.importance", "30", ""),
    (GP, "Fig. 6", "paintings and regions of four sums of losses", "experiments.loss_ablation", "24", SHOWN),
    (GP, "Fig. 7", "gray-scale pictures", "experiments.gray_scale", "32", SHOWN),
    (GP, "Fig. 8", "another order, after a second stage", "experiments.order", "32", ""),
    (GP, "Fig. 9", "a region that is wrong", "methods.guiding_painter.Network", "32", SHOWN),
    (GP, "Fig. 10", "the user interface of the study", "widgets.UserStudy", "52", SHOWN),
    (GP, "Fig. 11", "unusual colours", "experiments.unusual_colors", "32", SHOWN),
    (GP, "Fig. 12", "PSNR and FID by the number of hints", "experiments.baselines", "30 31", ""),
    (GP, "Fig. 13", "all methods, without and with hints", "experiments.unusual_colors", "31 32", SHOWN),
    (GP, "Fig. 14", "hint by hint, CelebA", "widgets.RegionPad", "20", "pictures, shown for storybook pages"),
    (GP, "Fig. 15", "hint by hint, Tag2pix", "widgets.RegionPad", "20", "pictures, shown for storybook pages"),
    (GP, "Fig. 16", "hint by hint, Yumi's Cells", "widgets.RegionPad", "20", "pictures, shown for storybook pages"),
    (GP, "Fig. 17", "one hint in many colours", "experiments.color_variations", "32", SHOWN),
    (GP, "Table 1", "methods compared: PSNR, FID, NRI", "experiments.baselines", "31", ""),
    (GP, "Table 2", "user study (Section 4.4, appendix E.1)", "experiments.user_study", "52", ""),
    (GP, "Table 3", "losses compared", "experiments.loss_ablation", "24", ""),
    (GP, "Table 4", "gray-scale pictures (appendix B)", "experiments.gray_scale", "32", ""),
    (GP, "Table 5", "layers of the U-Net (appendix C)", "blocks.UNet", "24", "built, see the details below"),
    (GP, "Table 6", "perception study (appendix E.2)", "experiments.unusual_colors", "32", ""),
    (GP, "Abstract", "hints in an efficient order", "experiments.hint_curve", "30", ""),
    (GP, "Section 3.3", "fewer hints than others need", "experiments.baselines", "31", ""),
    (GP, "Section 4.3", "bleeding, with as many hints", "", "", ""),
    (GP, "Section 4.4", "what the user study found", "experiments.user_study", "52", ""),
    (GP, "Section 4.5", "regions of one object", "experiments.dark_snail", "23", ""),
    (GP, "Section 4.6", "what each loss is for", "experiments.loss_ablation", "24", ""),
    (EDGE, "Fig. 1", "mended pictures, and their scribbles", "widgets.EdgePad", "45", SHOWN),
    (EDGE, "Fig. 2", "quality near edges and in whole pictures", "experiments.local_quality", "31 41", ""),
    (EDGE, "Fig. 3", "how a pseudo-scribble is made", "pseudo_scribbles.pseudo_scribbles", "42", SHOWN),
    (EDGE, "Fig. 4", "the network E beside its colorizer", "methods.edge_enhancing.Network", "43", SHOWN),
    (EDGE, "Fig. 5", "before, scribble, after", "Colorizer.predict", "45", "pictures, shown for RTUG"),
    (EDGE, "Fig. 6", "rivals on the same lost edge", "", "", ""),
    (EDGE, "Fig. 7", "line art", "experiments.edge_sketch", "45", ""),
    (EDGE, "Table 1", "PSNR and LPIPS, near lost edges and whole", "experiments.edge_table", "45", ""),
    (EDGE, "Table 2", "cluster discrepancy ratio", "experiments.edge_table", "45", ""),
    (EDGE, "Table 3", "losses and widths left out", "experiments.edge_longer", "47", ""),
    (EDGE, "Section 1", "edges without contrast in gray", "", "40", ""),
    (EDGE, "Section 3.3", "E at the encoder or at the decoder", "experiments.edge_search", "47", ""),
    (EDGE, "Section 3.5", "Su et al. as a second colorizer", "experiments.instances", "60", ""),
    (EDGE, "Section 4.1", "clean edges in other colours, which PSNR underrates", "metrics.cdr", "41", SHOWN),
    (EDGE, "Section 4.2", "several edges at once", "experiments.edge_robustness", "45", ""),
    (EDGE, "Section 4.3", "thick scribbles", "experiments.edge_robustness", "45", ""),
    (EDGE, "Section 4.4", "user study", "experiments.user_study", "46 52", ""),
    (EDGE, "Section 5", "line art", "experiments.edge_sketch", "45", ""),
    (EDGE, "Supplement", "what the paper refers to there", "", "", ""),
]

# Paper, places, what is missing, why, and the commands that would make it, if there are any yet.
RUN = "python -m colornb"
LARGE = "--size 256 --pictures 200000 --steps 100000 --batch-size 32"
FULL = f"{LARGE} --features inception"
NOT_DONE = [
    (
        GP, "Table 1, Table 3, Fig. 12",
        "The paper's networks, at 256 pixels with 30 regions, on Yumi's Cells, Tag2pix and CelebA",
        "The first two belong to their artists, and nobody passes them on. Each network took one or two days on four "
        "GPUs. `tools/full_size.py` trains all networks of both papers at this size; two hundred steps on a processor "
        "(`full_size`) show that all of it runs: RTUG and E begin to learn, the painter of GuidingPainter hardly yet.",
        f"{RUN} experiment baselines --preset paper --data yumi tag2pix celeba {FULL} --out baselines-256.json",
    ),
    (
        GP, "Table 1, Table 3, Table 4, Fig. 12", "FID",
        "It needs the weights of Inception, a download of 91 MB. All distances on this page are on features of our "
        "own.",
        f"{RUN} experiment baselines --features inception --out baselines-fid.json",
    ),
    (
        GP, "Table 2, Section 4.4",
        "With people: seconds for an interaction (7.80, 7.22, 7.13 against RTUG's 11.87, 8.02, 7.82) and for a picture "
        "(14.2 % less), quality (4.07, 4.00, 3.81 against 3.93, 3.15, 3.85), convenience (4.07 against 3.14)",
        "Nobody has taken part. The kit is ready. Its simulated participants are no people: that guidance saves them "
        "seconds was put in by hand, so no verdict rests on them.",
        f"{RUN} study plan PROTOCOL --participant 0",
    ),
    (
        GP, "Table 4", "CelebA, ImageNet Car and Yosemite",
        "They are downloads, one of them behind a sign-in. The claims are measured on other faces, cars "
        "and landscapes.",
        f"{RUN} experiment gray_scale --preset paper --data celeba imagenet_car yosemite {FULL} --out gray-256.json",
    ),
    (
        GP, "Table 6",
        "How often people rank GuidingPainter, RTUG and AlacGAN first by how well they follow a hint (77.3, 20.0 and "
        "2.7 % on Yumi's Cells)",
        "Nobody has been asked. Here a distance of colours ranks in their place.",
    ),
    (
        EDGE, "Table 1, Table 2, Table 3, Fig. 2",
        "ImageNet ctest10k, COCO-Stuff and Places205 at 256 pixels, on the published network of Zhang et al.",
        "Downloads of many gigabytes, one behind a sign-in, and training on more than a million photographs.",
        f"{RUN} train edge_enhancing --preset paper --set backbone=siggraph17 --data imagenet --size 256 "
        "--steps 100000 --batch-size 32 --precision bf16-mixed --out edges",
        f"{RUN} evaluate edges --data imagenet coco_stuff places205 --scribbles 1000 --lpips alex --out edges.json",
    ),
    (
        EDGE, "Table 1, Table 3, Fig. 2", "LPIPS (0.208 to 0.177 near the edge, RTUG with hints, ImageNet)",
        "It needs the weights of AlexNet. The files hold a stand-in on random weights, which compares with nothing; no "
        "verdict rests on it.",
        f"{RUN} evaluate edge_enhancing-natural --data natural --size 96 --scribbles 1000 --lpips alex --out edge.json",
    ),
    (
        EDGE, "Fig. 2", "Zhao et al. near edges and in whole pictures", "Their network is not built here.",
    ),
    (
        EDGE, "Section 1", "Edges without contrast in gray: more bleeding there, and as much mended",
        "Chapter 40 counts lost edges by their step in lightness on seven photographs; no file of results has it, nor "
        "what E gains there.",
    ),
    (
        EDGE, "Section 4.2", "Scribbles drawn roughly, beside the edge",
        "An exercise of chapter 45 shifts them; no file of results has it.",
    ),
    (
        EDGE, "Supplement", "Sections A to I, Fig. 8 and 9: other users, qualitative ablation, sketches in numbers",
        "The supplement was not at hand.",
    ),
    (
        GP, "Section 4.6, Fig. 6",
        "In numbers: grayish and unsharp with the reconstruction loss alone, stains that total variance removes",
        "Pictures are shown; `loss_ablation` keeps no chroma and no sharpness.",
    ),
    (
        GP, "Section 4.3, Fig. 3", "Less colour bleeding than RTUG and AlacGAN, with as many hints",
        "CDR was measured for each along edges of its own only; AlacGAN was not.",
    ),
    (
        EDGE, "Fig. 6", "Pictures of all rivals on one lost edge", "No chapter shows them side by side.",
    ),
    (
        EDGE, "Fig. 7, Section 5", "Yumi's Cells and Danbooru", "Their pictures belong to the artists.",
        f"{RUN} experiment edge_sketch --preset paper --data yumi danbooru {LARGE} --lpips alex --out sketch.json",
    ),
    (
        EDGE, "Section 4.4",
        "With people: 13.20 ± 8.46 s to find and 4.41 ± 3.08 s to draw 2.9 ± 1.2 scribbles on a picture; PSNR from "
        "23.7 to 26.2, LPIPS from 0.14 to 0.07",
        "Nobody has taken part. `EdgePad` keeps the times, and `studies.stroke_timing` sums them up.",
        f"{RUN} study plan PROTOCOL --participant 0",
    ),
]  # fmt: skip

CONTRADICTIONS = [
    (
        EDGE, "Table 2 and Table 3",
        "CDR of the same network (RTUG with hints and E, whole, ImageNet, K = 7) is 0.543 in one and 0.512 in the "
        "other. The row before E is the same in both, and so are PSNR and LPIPS in Table 1 and Table 3.",
    ),
    (
        EDGE, "Section 4.3",
        "The text calls CDR the best without $L_{reg}$ and, some lines on, the best without widths. Table 3 has 0.605 "
        "and 0.647: it is the latter.",
    ),
    (
        EDGE, "Section 4.3 and Table 2",
        "The text says that E has a higher CDR than the other baselines. Su et al. with E have 0.394, 0.398 and 0.371; "
        "DeOldify has 0.437, 0.445 and 0.441.",
    ),
    (
        EDGE, "Section 2.2 and Section 3.5",
        "Su et al. use segmentation and Zhao et al. detection in one; Su et al. use detection in the other.",
    ),
    (EDGE, "Table 1 and Section 4.3", "1,000 images in the caption, 1,000 scribbles in the text."),
    (
        EDGE, "Eq. 7",
        "An edge pixel without a neighbour in another true superpixel would divide by nothing. Here it does not count.",
    ),
    (
        GP, "Section 4.4 and Table 2",
        "The text speaks of less loss of quality than RTUG. On CelebA the score is 3.81 against 3.85.",
    ),
    (
        GP, "Fig. 5 and Section 4.5",
        "The caption masks all other segments out; the text puts one in front of them. Here it is the text.",
    ),
    (
        GP, "Eq. 13 and appendix C",
        "The equation is the log loss, and the appendix says that least squares were used. Both are here; networks "
        "learn by the latter.",
    ),
    (
        GP, "Section 3.5 and the published code",
        "Losses are sums in the equations and means in the code, and the paper gives no weights. Presets `paper` and "
        "`code` hold both, with weights that match at 256 pixels.",
    ),
]  # fmt: skip

# Results that no paper has, or that are of others: by file, and where they are shown (chapters, or cards).
OURS = {
    "against": "strokes in the studio beside those of an earlier commit, in turns",
    "before_after": "the shipped photograph network beside rtug-natural",
    "bench": "time and memory beside a plain implementation and the published code",
    "bench_history": "the same, commit by commit",
    "click_places": "how much it matters where a click falls",
    "edge_damping": "the weight of $L_{reg}$ against damping, on validation pictures; E, paper was set by it",
    "edge_enhancing-comic": "the shipped E for comics",
    "edge_enhancing-drawing": "the shipped E for drawings",
    "edge_enhancing-photo2": "an E on the photograph network before",
    "edge_enhancing-photo3": "the shipped E on the photograph network with an encoder",
    "edge_enhancing-natural-128": "an earlier E on RTUG at 128 pixels",
    "efficient_unet-photo": "the first network for photographs with an encoder, which no longer ships",
    "efficient_unet-photo2": "the one after it",
    "efficient_unet-photo3": "the shipped one",
    "full_size": "both papers' networks at their size, two hundred steps on a processor",
    "gpu": "pictures a second at the papers' size, on one GPU",
    "guided_scribbles": "scribbles that the model offers",
    "guiding_painter-comic": "a shipped GuidingPainter",
    "guiding_painter-drawing": "a shipped GuidingPainter for drawings",
    "hint_auc": "Hint-AUC, after Madono et al.",
    "latency": "how long a person waits in the studio",
    "order-comic": "other orders than the model's, comics",
    "order-openmoji": "the same, emojis",
    "order-storybook": "the same, storybook pages",
    "page": "how long a reader waits in the page itself, and what is loaded",
    "points": "PSNR by the number of points, after RTUG's Fig. 6",
    "rtug-natural": "the shipped RTUG",
    "propagation": "networks beside colour that spreads without learning, from the same points",
    "scale": "what as many pictures as ImageNet has take, and training by several processes",
    "scenes": "flat colours in drawn scenes",
    "three_hints-drawing": "what three hints bring, drawings",
    "three_hints-natural": "the same, photographs, rtug-natural",
    "three_hints-photo": "the same, photographs, efficient_unet-photo3",
    "user_study": "simulated participants, who are no people, on storybook pages",
    "user_study-photo": "the same on photographs, with efficient_unet-photo and edge_enhancing-photo",
}
