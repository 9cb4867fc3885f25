"""The graphs that the live picture loads paint what the network paints."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from colornb import methods
from colornb.color import encode
from colornb.hints import EdgeScribble, paint_patches, rasterize_scribbles, sample_patches
from colornb.images import resize, sample
from colornb.methods._filter_context import filter_predictions
from colornb.sketches import sketch

TOOLS = Path(__file__).resolve().parents[1] / "tools"
SIZES = ((256, 256), (256, 384), (288, 416), (480, 256))
PICTURES = ("astronaut", "coffee", "china", "flower")
COUNTS = (0, 1, 7, 100)


@pytest.fixture(scope="module")
def tool():
    """tools/export_page.py, as `make page` runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(TOOLS)
        spec = importlib.util.spec_from_file_location("export_page", TOOLS / "export_page.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
        sys.modules.pop("onnx_graphs", None)


@pytest.fixture(scope="module")
def graphs(tool):
    """The tool that exports, where its packages are."""
    pytest.importorskip("onnxscript", reason="needs onnx and onnxscript: pip install 'colornb[book]'")
    return importlib.import_module("onnx_graphs")


def run(folder, about, condition, color, mask, scribble=None):
    """What the graphs make by onnxruntime, on one thread; `scribble` with what filters make of the picture for it."""
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs onnxruntime: pip install 'colornb[test]'")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1

    def graph(part, given):
        session = onnxruntime.InferenceSession(folder / about[part]["file"], options)
        return dict(zip((output.name for output in session.get_outputs()), session.run(None, given), strict=True))

    seen = {"condition": condition.numpy()}
    if about["encode"]:
        seen |= graph("encode", seen)
    given = seen | {"color": color.numpy(), "mask": mask.numpy()}
    found = graph("paint", given)
    if about["classify"]:
        found |= graph("classify", {"up4": found["up4"]})
    if scribble is not None:
        context = {"scribble": scribble[0].numpy(), "context": scribble[1].numpy()}
        found["enhanced"] = graph("enhance", given | context)["painted"]
    return found


def check(folder, about, generator):
    """Several pictures, of several sizes, with several sets of hints."""
    network = methods.load(about["name"])
    for size, name, count in zip(SIZES, PICTURES, COUNTS, strict=True):
        picture = resize(sample(name), size)
        seen = picture if network.condition == "L" else sketch(picture, "clean")
        condition, target = encode(seen, network.condition), encode(picture, network.target)
        color, mask = paint_patches(sample_patches(1, 100, size, generator), target, torch.tensor([count]))
        with torch.no_grad():
            encoding = network.encode(condition)
            wanted = network.paint(encoding, color, mask).numpy()
            likely = network.classify(encoding, color, mask) if about["classify"] else None
        assert np.abs(wanted).max() > 0.05, "it paints at all"
        found = run(folder, about, condition, color, mask)
        off = np.abs(found["painted"] - wanted).max()
        assert off < (1e-3 if network.target == "ab" else 2e-3), (name, count)  # that is 1e-3 of red, green and blue
        if likely is not None:
            assert np.abs(found["logits"] - likely.numpy()).max() < 1e-2, (name, count)


def check_scribbles(folder, about, generator):
    """What is painted with a scribble, and that it is not what is painted without."""
    network = methods.load(about["edges"]["name"])
    picture = resize(sample("coffee"), SIZES[1])
    condition, target = encode(picture, "L"), encode(picture, "ab")
    color, mask = paint_patches(sample_patches(1, 9, SIZES[1], generator), target, torch.tensor([9]))
    scribble = rasterize_scribbles([EdgeScribble([(0.2, 0.3), (0.5, 0.8), (0.9, 0.4)])], *SIZES[1])
    with torch.no_grad():
        start = network.encode_and_paint(network.encode(condition), color, mask)
        context = torch.cat([start.context, filter_predictions(start, scribble)], 1)
        wanted = network.enhance(start, scribble).numpy()
    found = run(folder, about, condition, color, mask, (scribble, context))
    assert np.abs(found["enhanced"] - wanted).max() < 1e-3
    assert np.abs(found["painted"] - wanted).max() > 1e-2


def test_what_the_page_loads_paints_as_torch_does(tool, generator):
    if tool.exported_from() != tool.digest_of_inputs():
        pytest.skip("the networks of the page are not exported as they are now: make page")
    for about in json.loads((tool.TARGET / "networks.json").read_text())["networks"]:
        for part in filter(None, (about[name] for name in ("encode", "paint", "classify", "enhance"))):
            assert (tool.TARGET / "networks" / part["file"]).stat().st_size == part["bytes"]
        check(tool.TARGET / "networks", about, generator)
        if about["enhance"]:
            check_scribbles(tool.TARGET / "networks", about, generator)


@pytest.mark.slow
def test_a_network_that_looks_at_nothing_first_is_one_graph(graphs, tmp_path, generator, campaign):
    if not campaign:
        pytest.skip("exports a network, which takes a while: needs --campaign")
    about = graphs.export("rtug-natural", tmp_path)
    assert about["encode"] is None
    check(tmp_path, about, generator)


def test_large_tensors_are_stored_in_half_the_room(graphs):
    """But not those with numbers that 16 bits cannot hold, nor small ones."""
    from onnx import TensorProto, helper, numpy_helper

    values = {"large": np.linspace(-1, 1, 500), "huge": np.full(500, 1e6), "few": np.ones(3)}
    stored = [numpy_helper.from_array(array.astype(np.float32), name) for name, array in values.items()]
    outputs = [helper.make_tensor_value_info(f"{name}_out", TensorProto.FLOAT, [None]) for name in values]
    nodes = [helper.make_node("Identity", [name], [f"{name}_out"]) for name in values]
    model = helper.make_model(helper.make_graph(nodes, "toy", [], outputs, stored))
    graphs.halve(model)

    kinds = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    assert kinds == {"large_half": TensorProto.FLOAT16, "huge": TensorProto.FLOAT, "few": TensorProto.FLOAT}
    from onnx.reference import ReferenceEvaluator

    for found, array in zip(ReferenceEvaluator(model).run(None, {}), values.values(), strict=True):
        assert found.dtype == np.float32
        assert np.abs(found - array).max() <= 5e-4 * np.abs(array).max()
