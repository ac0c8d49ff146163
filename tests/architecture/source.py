"""What does the source say of itself?

Conventions: imports are read with ``ast``, wherever in a module they stand, so that none that happens late is
missed. A door is the ``__init__`` of a room, and ``__init__.pyi`` beside it where it opens when it is asked.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.architecture.rooms import LOOSE, ROOMS
from tests.command import ROOT

__all__ = [
    "MODULES",
    "Import",
    "door_between",
    "exports_of",
    "imported_names",
    "imports_of",
    "is_within",
    "module_name",
    "room_of",
    "tree_of",
]

MODULES = sorted(path for package in ("pipeline", "models") for path in (ROOT / package).rglob("*.py"))


@dataclass(frozen=True)
class Import:
    """``from module import name`` in the module ``importer``; ``name`` is empty for ``import module``."""

    importer: str
    module: str
    name: str


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def is_within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def imports_of(path: Path) -> Iterator[Import]:
    """Yield every import of a file, relative ones by their full name."""
    own = module_name(path)
    package = path.parent.relative_to(ROOT).parts
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(own, name.name, "")
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            for name in node.names:
                yield Import(own, module, name.name)


def imported_names(path: Path) -> Iterator[str]:
    """Yield the full name of every module, and of every name in a module, that a file imports."""
    for found in imports_of(path):
        yield found.module
        if found.name:
            yield f"{found.module}.{found.name}"


def room_of(module: str) -> str:
    """Return the innermost room that a module stands in; a package above rooms stands in itself."""
    parts = module.split(".")
    for n_parts in range(len(parts), 0, -1):
        if (name := ".".join(parts[:n_parts])) in ROOMS:
            return name
    return module


def door_between(importer: str, module: str) -> str:
    """Return the outermost room around ``module`` that ``importer`` does not stand in."""
    parts = module.split(".")
    for n_parts in range(2, len(parts) + 1):
        name = ".".join(parts[:n_parts])
        if name in ROOMS and not is_within(importer, name):
            return name
    return module


def exports_of(room: str) -> set[str]:
    """Return the names that a room's door lets out."""
    if room in LOOSE:
        return set()
    folder = ROOT / room.replace(".", "/")
    stub = folder / "__init__.pyi"
    tree = tree_of(stub if stub.is_file() else folder / "__init__.py")
    if stub.is_file():
        return {name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names}
    names: set[str] = set()
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            names |= set(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    return names
