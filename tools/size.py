"""How much code the package is, per top-level module, and how many of its modules one module imports on average.

Code lines are lines that carry a token of code: docstrings, comments and blank lines do not count. An import edge is a
distinct module (file) of the package that another of its modules imports, wherever in the file. The drawing code of the
picture book (`data/_storybook`) counts for neither.

    python tools/size.py            # a table
    python tools/size.py --files    # one row a file
"""

import argparse
import ast
import io
import tokenize
from collections import Counter
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "colornb"
APART = PACKAGE / "data" / "_storybook"
SILENT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """The dotted name of every module that counts, and its file."""
    paths = (path for path in sorted(package.rglob("*.py")) if not path.is_relative_to(APART))
    return {dotted(path, package): path for path in paths}


def dotted(path: Path, package: Path = PACKAGE) -> str:
    """The name a file is imported by."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def code_lines(source: str) -> int:
    """Lines that hold code."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in SILENT:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - docstring_lines(ast.parse(source)))


def docstring_lines(tree: ast.Module) -> set[int]:
    """Lines of the docstrings of a file, its classes and functions."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = (node.body[0] for node in ast.walk(tree) if isinstance(node, documented) and ast.get_docstring(node, False))
    return {line for node in nodes for line in range(node.lineno, node.end_lineno + 1)}


def imports(source: str, known: set[str]) -> set[str]:
    """Modules out of `known` that a file imports: `from package import module` counts as the module."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in known else node.module)
    return found & known


def measure(package: Path = PACKAGE) -> list[tuple[str, int, int]]:
    """Dotted name, code lines and import edges of every module."""
    files = modules(package)
    rows = []
    for name, path in files.items():
        source = path.read_text(encoding="utf-8")
        rows.append((name, code_lines(source), len(imports(source, files.keys() - {name}))))
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", action="store_true", help="one row a file")
    options = parser.parse_args()
    rows = measure()
    lines, edges, files = Counter(), Counter(), Counter()
    for name, code, out in rows:
        key = name if options.files else ".".join(name.split(".")[:2])
        lines[key] += code
        edges[key] += out
        files[key] += 1
    print(f"{'module':32} {'files':>5} {'code':>6} {'edges':>5} {'edges/file':>10}")
    for key in sorted(lines):
        print(f"{key:32} {files[key]:5} {lines[key]:6} {edges[key]:5} {edges[key] / files[key]:10.1f}")
    code, out, count = sum(lines.values()), sum(edges.values()), len(rows)
    print(f"{'all':32} {count:5} {code:6} {out:5} {out / count:10.2f}")


if __name__ == "__main__":
    main()
