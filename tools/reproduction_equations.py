"""Every equation and detail of the two papers: what computes it, what holds it, and where it is taught.

Code is given by names that can be imported (without "colornb."), a test by its file and name (without "tests/test_").
"""

from reproduction_places import EDGE, GP

LOOPS = "hints::mean_colors_and_maps_equal_the_equations_written_as_loops"
NEAR = "losses::losses_near_a_scribble_are_means_over_its_pixels"
WINDOWS = "metrics_cdr::counting_is_that_of_the_equations"
WHOLE = "edge_enhancing_training::losses_are_those_of_equations_3_to_6"
# Paper, number, what it is, code, test, chapter.
EQUATIONS = [
    (GP, "1", "regions, by straight-through Gumbel", "methods.guiding_painter.gumbel_regions",
     "guiding_painter::gumbel_gradients_are_those_of_torch", "21"),
    (GP, "2", "hints of a simulated user, h", "methods.guiding_painter.Network.simulate_hints",
     "evaluation::rows_equal_a_plain_loop_over_pictures", "23"),
    (GP, "3", "the law G of the number of hints", "hints.count_law",
     "hints::counts_follow_the_bounded_geometric_law", "23"),
    (GP, "4", "the mask vector m", "hints.prefix", "hints::the_mask_vector_is_a_prefix", "23"),
    (GP, "5", "masked segments", "hints.paint_regions", LOOPS, "23"),
    (GP, "6", "mean colours", "hints.mean_colors", LOOPS, "23"),
    (GP, "7", "hint maps C", "hints.paint_regions", LOOPS, "23"),
    (GP, "8", "condition mask M", "hints.paint_regions", LOOPS, "23"),
    (GP, "9", "the colorization network g", "methods.guiding_painter.Network.paint",
     "guiding_painter::all_regions_reach_the_colorizer_but_only_shown_ones_their_colour", "24"),
    (GP, "10", "smoothness loss", "losses.smoothness_loss", "losses::smoothness_counts_all_eight_neighbours", "22"),
    (GP, "11", "total variance loss", "losses.total_variance_loss",
     "losses::total_variance_is_the_sum_over_regions_of_equation_11", "22"),
    (GP, "12", "reconstruction loss", "losses.reconstruction_loss", "losses::reconstruction_is_the_l1_distance", "24"),
    (GP, "13", "adversarial loss, least squares (appendix C)", "losses.lsgan_loss",
     "losses::the_discriminator_wants_one_for_real_and_zero_for_painted", "24"),
    (GP, "14", "the whole objective", "methods.guiding_painter.Recipe.step",
     "guiding_painter::the_objective_is_equations_10_to_14_pixel_by_pixel", "24"),
    (EDGE, "1", "what E adds to a feature map", "methods.edge_enhancing.Enhancer",
     "edge_enhancing::before_it_has_learned_the_picture_is_that_of_the_backbone", "43"),
    (EDGE, "2", "size of the colour gradient, by Sobel", "losses.gradient_size",
     "losses::the_size_of_a_gradient_is_that_of_equation_2", "44"),
    (EDGE, "3", "edge-enhancing loss", "losses.edge_loss", NEAR, "44"),
    (EDGE, "4", "feature regularisation, as a mean over the map where a sum is printed",
     "methods.edge_enhancing.Recipe.step", WHOLE, "44"),
    (EDGE, "5", "consistency loss", "losses.edge_loss", NEAR, "44"),
    (EDGE, "6", "the whole objective; weights are not printed, ours are chosen, one of $L_{reg}$ for all layers",
     "methods.edge_enhancing.Recipe.step",
     WHOLE, "44"),
    (EDGE, "7", "cluster discrepancy ratio", "metrics.cdr", WINDOWS, "41"),
    (EDGE, "8", "shifts within a kernel", "metrics.cdr", WINDOWS, "41"),
]  # fmt: skip

# Paper, place, what it is, code, test, chapter.
DETAILS = [
    (GP, "Section 4.1", "line art by XDoG", "sketches.xdog", "sketches::guiding_painter_is_the_published_recipe", "02"),
    (GP, "Section 4.1", "81:9:10 of each data set, 256 pixels", "data.celeba.load", "data_published::celeba", ""),
    (GP, "Section 4.2", "PSNR", "metrics.psnr", "metrics::psnr_equals_skimage", "30"),
    (GP, "Section 4.2", "FID", "metrics.fid", "metrics_frechet::only_inception_gives_a_distance_that_is_called_fid",
    "30"),
    (GP, "Section 4.2", "NRI; ours asks for GuidingPainter's own mean under G, rounded down to half a decibel",
     "metrics.nri", "metrics_nri::nri_equals_the_definition_exactly", "30"),
    (GP, "Section 4.3", "expected values under G", "evaluation.expected_over_hints",
     "evaluation::the_expected_value_follows_the_law_of_hints", "30"),
    (GP, "Table 5", "U-Net of f and g", "blocks.UNet", "blocks::unet_has_the_published_number_of_weights", "24"),
    (GP, "Appendix C", "discriminator of 30 × 30 scores", "blocks.PatchDiscriminator",
     "blocks::discriminator_has_the_published_number_of_weights_and_scores", "24"),
    (GP, "Appendix C", "first weights, normal with 0.02", "blocks.init_normal",
     "blocks::initialisation_has_the_stated_spread", "22"),
    (GP, "Appendix C", "Adam, learning rate and temperature by epoch", "methods.guiding_painter.Recipe",
     "guiding_painter::schedules_end_where_the_paper_says", "21"),
    (GP, "Appendix D.2", "second stage: f frozen, each hint by its own coin", "methods.guiding_painter.Recipe",
     "guiding_painter::frozen_regions_stay_as_they_are_while_the_colorizer_learns", "32"),
    (GP, "Appendix E.1", "the pad of the study", "widgets.RegionPad",
    "studies_users::a_user_does_a_task_at_the_real_pad",
     "52"),
    (EDGE, "Section 3.2", "Canny on a and b; thresholds are not printed", "edges.ab_edges",
     "edges::edges_of_photographs_are_those_of_scikit_image", "42"),
    (EDGE, "Section 3.2", "one edge that is lost; `paper` here learns from up to 16 at once",
     "pseudo_scribbles.pseudo_scribbles",
     "pseudo_scribbles::a_marked_edge_is_all_of_one_connected_edge", "42"),
    (EDGE, "Section 3.2", "widths of 1 to 11 pixels", "pseudo_scribbles.dilate_each",
     "pseudo_scribbles::each_picture_has_a_width_of_its_own_between_the_limits", "42"),
    (EDGE, "Section 3.3", "E at the maps of the encoder", "methods.edge_enhancing.Network",
     "edge_enhancing_training::the_paper_enhances_the_encoder_and_adds_nothing_of_ours_to_what_e_sees", "43"),
    (EDGE, "Section 3.4", "only E learns", "methods.edge_enhancing.Network",
     "edge_enhancing::training_moves_nothing_of_the_backbone", "44"),
    (EDGE, "Section 3.5", "Su et al. with hints of colour", "methods.instcolorization.Network",
     "instcolorization::instances_see_what_lies_in_their_boxes_and_the_hints_there", "60"),
    (EDGE, "Section 4.1", "superpixels by SLIC on a and b", "metrics.cdr",
     "metrics_cdr::superpixels_are_as_large_as_asked_for", "41"),
    (EDGE, "Section 4.3", "1,000 scribbles of 1 to 5 pixels, scores within K = 7", "evaluation.ScribbleProtocol",
     "evaluation_scribbles::scores_before_are_those_of_the_pictures_as_they_were_painted", "45"),
    (EDGE, "Section 4.3", "LPIPS, whole and local", "metrics.lpips",
     "metrics_lpips::local_values_are_means_of_the_packages_map", "41"),
    (EDGE, "Section 4.4", "times of a user, found and drawn", "studies.stroke_timing",
     "studies_stroke_timing::a_summary_prints_as_the_paper_does", "46"),
]  # fmt: skip
