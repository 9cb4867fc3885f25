"""A forked kernel shows what a fresh one shows, fails as it does, and knows nothing of others."""

import importlib
import os
import sys
from pathlib import Path

import nbformat
import pytest

from colornb.commands._forked_kernels import ForkProvisioner

TOOLS = Path(__file__).resolve().parents[1] / "tools"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only"),
]


@pytest.fixture(scope="module")
def tools():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(TOOLS)
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.delenv("MPLBACKEND", raising=False)
        yield importlib.import_module("run_chapters"), importlib.import_module("warm_kernels")


@pytest.fixture(scope="module")
def forked(tools):
    """Chapters of these cells, run by a forked kernel: their outputs, and how the execution went."""
    with tools[1].enabled() as is_warm:
        assert is_warm
        yield lambda *cells: run(tools, *cells)
    assert ForkProvisioner.server is None


def run(tools, *cells):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    done = tools[0].run((TOOLS.parent / "book" / "chapter.ipynb", book))
    return [shown(cell.outputs) for cell in done.nb.cells], done


def shown(outputs):
    """All of some outputs but the names of widgets, which are drawn anew each time; text sent in pieces is one."""
    found = []
    for output in outputs:
        kind, text, data = output.output_type, output.get("text"), output.get("data", {})
        if text and found and found[-1][0] == kind:
            found[-1] = kind, found[-1][1] + text, *found[-1][2:]
        else:
            found.append((kind, text, {of: said for of, said in data.items() if "widget" not in of}, sorted(data)))
    return found


SHOWN = (
    "import os, sys, torch\nimport numpy as np\nprint(os.getcwd(), __name__, sys.argv[0], torch.get_num_threads())",
    "print(torch.randn(2, generator=torch.Generator().manual_seed(0)))\nprint(sys.path, sys.stdin)",
    "torch.manual_seed(1); np.random.seed(1); print(torch.rand(3), np.random.rand(3))",
    "from colornb import Colorizer, Point, data\nfrom colornb.figures import show_row\n"
    "page = data.open('storybook', 'test', size=64, n=1).batch(torch.arange(1)).rgb\n"
    "colorizer = Colorizer.load('rtug-storybook', 64)\ncolorizer.set_image(page)\n"
    "show_row([page, colorizer.predict([Point(0.5, 0.5, '#ff0000')])])",
    "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]); plt.show()\nprint(plt.get_backend())",
    "import ipywidgets\nslider = ipywidgets.IntSlider(3)\nslider",
    "import subprocess\nprint(subprocess.run([sys.executable, '-c', 'print(5)'], capture_output=True, text=True))",
)


def test_the_outputs_are_those_of_a_fresh_kernel(tools, forked):
    warm, done = forked(*SHOWN)
    assert done.err is None, done.exc_string
    states = done.nb.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert "IntSliderModel" in {model["model_name"] for model in states.values()}
    before, ForkProvisioner.server = ForkProvisioner.server, None  # what is started now is fresh
    try:
        fresh, _ = run(tools, *SHOWN)
    finally:
        ForkProvisioner.server = before
    assert all(warm), "each cell shows something"
    assert warm == fresh


def test_a_kernel_has_imported_before_its_first_cell(forked):
    [[said]], _ = forked("import sys\nprint('torch' in sys.modules and 'colornb.widgets.point_pad' in sys.modules)")
    assert said[1] == "True\n"


def test_a_kernel_sees_nothing_of_another(forked):
    first, _ = forked(
        "import colornb, os, random, torch, numpy as np\ncolornb.left = own = 1; os.environ['LEFT'] = 'yes'",
        "torch.set_num_threads(2); torch.set_grad_enabled(False); os.chdir('/')",
        "print(random.random())\nprint(np.random.rand())\nprint(torch.rand(1))",
    )
    second, _ = forked(
        "import colornb, os, random, torch, numpy as np",
        "print(hasattr(colornb, 'left'), 'own' in globals(), 'LEFT' in os.environ, torch.is_grad_enabled(),"
        " torch.get_num_threads(), os.path.basename(os.getcwd()))",
        "print(random.random())\nprint(np.random.rand())\nprint(torch.rand(1))",
    )
    assert second[1][0][1] == "False False False True 1 book\n"
    drawn = [set(cells[2][0][1].splitlines()) for cells in (first, second)]
    assert not drawn[0] & drawn[1], "nobody has asked for the same numbers"


def test_a_chapter_that_fails_is_reported(forked):
    cells, done = forked("print('before')", "1 / 0", "print('after')")
    assert "ZeroDivisionError" in done.exc_string
    assert [bool(cell) for cell in cells] == [True, True, False]
    assert type(done.err).__name__ == "CellExecutionError"


def test_a_kernel_that_dies_is_reported(forked):
    _, done = forked("import os\nos._exit(3)")
    assert type(done.err).__name__ == "DeadKernelError"
    assert "died" in done.exc_string.lower()
    [[said]], done = forked("print(5)")
    assert done.err is None and said[1] == "5\n", "the next one lives"


def test_without_a_process_to_fork_kernels_are_started_as_always(tools, tmp_path, monkeypatch):
    """A thread that runs when the imports are done would be lost in a fork; what is imported does not matter here."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, threading, time, types\n"
        f"sys.modules |= {{name: types.ModuleType(name) for name in {tools[1].LIBRARIES.split()}}}\n"
        "sys.modules['colornb'] = types.ModuleType('colornb')\nsys.modules['colornb'].__path__ = []\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    with tools[1].enabled() as is_warm:
        assert not is_warm
        monkeypatch.delenv("PYTHONPATH")
        [[said]], _ = run(tools, "import sys\nprint('torch' in sys.modules)")
        assert said[1] == "False\n"
