"""Kernels for the chapters, forked from one process where what chapters import is imported once.

`enabled()` makes every kernel of this process such a one, on Linux. Elsewhere, and where the imports start threads (a
fork would lose them; OMP_NUM_THREADS=1 prevents it), kernels are started as always.
"""

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

INLINE = "module://matplotlib_inline.backend_inline"  # what a kernel tells matplotlib, which asks when it is imported
PROGRAMS = ("__main__", "_app_server")  # run by their paths, never imported
LIBRARIES = """
torch torchvision torch.utils.data torch.optim scipy.ndimage scipy.spatial scipy.stats skimage.color skimage.filters
skimage.segmentation skimage.measure skimage.metrics matplotlib.figure matplotlib.backends.backend_agg
matplotlib.backends.backend_svg PIL.Image ipywidgets ipycanvas ipykernel.ipkernel
"""


@contextmanager
def enabled() -> Iterator[bool]:
    """Fork the kernels that are started meanwhile; says whether that is possible here."""
    from colornb.commands import _forked_kernels

    with _forked_kernels.enabled([sys.executable, __file__]) as is_ready:
        yield is_ready()


def import_all() -> None:
    """Import what chapters do."""
    os.environ.setdefault("MPLBACKEND", INLINE)
    for name in LIBRARIES.split():
        importlib.import_module(name)
    import colornb

    for module in pkgutil.walk_packages(colornb.__path__, "colornb."):
        if not module.name.endswith(PROGRAMS):
            importlib.import_module(module.name)


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file: it is not on the path of a kernel
    from colornb.commands._forked_kernels import serve

    serve(import_all)
