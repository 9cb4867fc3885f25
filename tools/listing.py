"""The directive `{listing} PACKAGE` of the book: the public files of a package, each with what its first line says.

With `:holding: NAME` only those that define this name, as `colornb._discover.modules` finds them.
"""

from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from colornb._discover import module, modules


class Listing(SphinxDirective):
    """A definition list: the name of a file, and the first line of its docstring."""

    required_arguments = 1
    option_spec = {"holding": str}

    def run(self) -> list[nodes.Node]:
        """The list; where the package changes, the book is built anew."""
        package, holding = self.arguments[0], self.options.get("holding", "")
        return [nodes.definition_list("", *(self._item(package, name) for name in modules(package, holding)))]

    def _item(self, package: str, name: str) -> nodes.definition_list_item:
        words = module(package, name, "file").__doc__.splitlines()[0]
        said = nodes.definition("", nodes.paragraph("", words))
        return nodes.definition_list_item("", nodes.term("", "", nodes.literal("", name)), said)


def setup(app: Any) -> dict[str, bool]:
    """Make the directive known to Sphinx."""
    app.add_directive("listing", Listing)
    return {"parallel_read_safe": True}
