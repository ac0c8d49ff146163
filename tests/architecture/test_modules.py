"""Is each module short, documented, and does it do nothing when it is imported?"""

import ast
import importlib.metadata
import re
import sys
from pathlib import Path

import pytest

from tests.architecture.source import MODULES, imported_names, is_within, module_name, tree_of
from tests.command import ROOT, run_python

TENSORFLOW = ("tensorflow", "tensorflow_probability", "tf_keras", "keras")
LARGEST_FILE = 250


def test_only_models_and_one_module_import_tensorflow() -> None:
    found = {
        module_name(path)
        for path in MODULES
        if any(is_within(name, library) for name in imported_names(path) for library in TENSORFLOW)
    }
    assert {name for name in found if not name.startswith("models.")} == {
        "pipeline.processes.tensorflow_import"
    }


def test_nothing_is_unpickled() -> None:
    libraries = ("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal")
    offenders = []
    for path in MODULES:
        offenders += [
            (path.name, n) for n in imported_names(path) if any(is_within(n, lib) for lib in libraries)
        ]
        for node in ast.walk(tree_of(path)):
            if (
                isinstance(node, ast.keyword)
                and node.arg == "allow_pickle"
                and ast.unparse(node.value) != "False"
            ):
                offenders.append((path.name, f"allow_pickle in line {node.value.lineno}"))
            if "load_model" in (getattr(node, "attr", ""), getattr(node, "id", "")):
                offenders.append((path.name, "load_model"))
    assert not offenders


def test_no_module_is_too_long_to_read() -> None:
    lengths = {module_name(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert not {name: n_lines for name, n_lines in lengths.items() if n_lines > LARGEST_FILE}


def test_no_module_is_a_drawer_for_everything() -> None:
    assert not [path for path in MODULES if re.fullmatch(r"_?(utils?|helpers?|common|misc|tools)", path.stem)]


def test_every_module_opens_with_a_docstring() -> None:
    assert not [module_name(path) for path in MODULES if len(ast.get_docstring(tree_of(path)) or "") < 20]


def test_every_module_says_what_is_public_and_has_it() -> None:
    offenders = {}
    for path in MODULES:
        if path.stem in ("__init__", "__main__"):  # doors are tried in test_rooms
            continue
        public = {
            name for node in tree_of(path).body if "__all__" in names_of(node) for name in values_of(node)
        }
        defined = {name for node in tree_of(path).body for name in names_of(node)}
        if not public or public - defined:
            offenders[module_name(path)] = public - defined or "no __all__"
    assert not offenders


def names_of(node: ast.stmt) -> list[str]:
    """Return the names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    if isinstance(node, ast.AnnAssign):
        return [ast.unparse(node.target)]
    return []


def values_of(node: ast.stmt) -> list[str]:
    assert isinstance(node, ast.Assign)
    names: list[str] = ast.literal_eval(node.value)
    return names


def test_public_functions_and_classes_have_docstrings() -> None:
    bare = [
        f"{module_name(path)}.{node.name}"
        for path in MODULES
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not bare


def test_nothing_is_validated_with_assert() -> None:
    assert not [
        (module_name(path), node.lineno)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Assert)
    ]


def test_every_library_that_is_imported_is_declared() -> None:
    tomllib = pytest.importorskip("tomllib", reason="reading pyproject.toml takes Python 3.11")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    used = ("embedded", "embeddings", "distributed", "remote")
    requirements = [*project["dependencies"], *(line for name in used for line in extras[name])]
    declared = {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in requirements}  # type: ignore[index]
    packages = importlib.metadata.packages_distributions()
    undeclared = {}
    for path in MODULES:
        for name in imported_names(path):
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names or top in ("pipeline", "models", ""):
                continue
            providers = {provider.lower().replace("_", "-") for provider in packages.get(top, [top])}
            if not providers & declared:
                undeclared[top] = module_name(path)
    assert not undeclared


def test_importing_the_packages_does_nothing(tmp_path: Path) -> None:
    """No seed is set, no file is written, no line is printed by importing every light module."""
    light = [
        module_name(path)
        for path in MODULES
        if path.stem != "__main__" and (path.is_relative_to(ROOT / "pipeline") or path.stem == "__init__")
    ]
    script = (
        "import importlib, random, sys\n"
        "before = random.getstate()\n"
        f"for name in {light!r}: importlib.import_module(name)\n"
        "assert random.getstate() == before\n"
        "print('tensorflow' in sys.modules)\n"
    )
    done = run_python("-c", script, cwd=tmp_path)
    assert (done.out, done.err) == ("False\n", "")
    assert not list(tmp_path.iterdir())


def test_tensorflow_probability_and_keras_stand_in_their_rooms() -> None:
    """What a move to another back end has to take out, see docs/explanation/back_ends.md."""
    rooms = {
        "tensorflow_probability": ("models.flows",),
        "tf_keras": ("models.flows.fitting", "models.baselines"),
    }
    for library, homes in rooms.items():
        found = {
            module_name(path)
            for path in MODULES
            if any(is_within(name, library) for name in imported_names(path))
        } - {"pipeline.processes.tensorflow_import", "models.quiet"}
        assert {name for name in found if not any(is_within(name, home) for home in homes)} == set()


def test_each_benchmark_runs_when_it_is_called() -> None:
    paths = list((ROOT / "benchmarks").rglob("*.py"))
    assert len(paths) > 50
    for path in paths:
        text = path.read_text("utf-8")
        if "\ndef main(" in text:
            assert '\nif __name__ == "__main__":\n' in text, f"{path} has a main that nothing calls"
