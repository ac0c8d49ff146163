"""Do the rooms keep their one order, and does everybody come in by the door?"""

import graphlib
import importlib
import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.architecture.rooms import CONDUCTORS, LOOSE, ROOMS, STAGES
from tests.architecture.source import (
    MODULES,
    Import,
    door_between,
    exports_of,
    imports_of,
    is_within,
    module_name,
    room_of,
)
from tests.command import ROOT

OURS = ("pipeline", "models")
DOORS = [room for room in ROOMS if room not in LOOSE]
MOST_FILES = 14  # of a room: about a dozen


def is_module(name: str) -> bool:
    return (ROOT / (name.replace(".", "/") + ".py")).is_file()


def within_us(path: Path) -> list[Import]:
    return [found for found in imports_of(path) if found.module.split(".")[0] in OURS]


def target_of(found: Import) -> str:
    """The module that an import is about, where it is one; else the package whose door is asked."""
    named = f"{found.module}.{found.name}"
    return named if is_module(named) else found.module


def is_conducting(module: str) -> bool:
    return any(is_within(module, room) for room in CONDUCTORS)


IMPORTS = [found for path in MODULES if path.name != "__init__.py" for found in within_us(path)]


def test_every_module_stands_in_a_room() -> None:
    strangers = [
        name for path in MODULES if (name := module_name(path)) not in OURS and room_of(name) not in ROOMS
    ]
    assert not strangers


def test_every_room_of_the_list_is_there() -> None:
    assert all(is_module(name) for name in LOOSE)
    assert all((ROOT / room.replace(".", "/") / "__init__.py").is_file() for room in DOORS)


def test_only_named_modules_stand_outside_of_a_room() -> None:
    loose = {module_name(path) for package in OURS for path in (ROOT / package).glob("*.py")}
    assert loose == {*OURS, *LOOSE}


@pytest.mark.parametrize("room", DOORS)
def test_a_room_has_about_a_dozen_files(room: str) -> None:
    assert len(list((ROOT / room.replace(".", "/")).glob("*.py"))) <= MOST_FILES


def test_a_room_imports_only_lower_ones() -> None:
    wrong = [
        found
        for found in IMPORTS
        if target_of(found) not in OURS
        and ROOMS.index(room_of(target_of(found))) > ROOMS.index(room_of(found.importer))
    ]
    assert not wrong


def test_models_never_import_the_pipeline() -> None:
    assert not [f for f in IMPORTS if is_within(f.importer, "models") and is_within(f.module, "pipeline")]


def test_others_come_in_by_the_door() -> None:
    wrong = []
    for found in IMPORTS:
        target = target_of(found)
        if room_of(target) == room_of(found.importer) or target in (*OURS, *LOOSE):
            continue
        if target in STAGES and is_conducting(found.importer):
            continue
        if found.module != door_between(found.importer, target):
            wrong.append(found)
    assert not wrong


@pytest.mark.parametrize("room", DOORS)
def test_a_door_exports_what_others_or_readers_import_and_nothing_else(room: str) -> None:
    wanted = {found.name for found in IMPORTS if found.module == room and room_of(found.importer) != room}
    wanted |= shown_to_readers(room)
    # An outer door, and that of the package, hands out what a room within it has.
    outer = [door for door in (*DOORS, "pipeline") if door != room and is_within(room, door)]
    handed_on = set().union(*(exports_of(door) & names_within(room) for door in outer)) if outer else set()
    assert exports_of(room) == wanted | handed_on


def shown_to_readers(room: str) -> set[str]:
    """Return the names that the how-to pages import from a room."""
    pages = "".join(page.read_text("utf-8") for page in sorted((ROOT / "docs" / "how-to").glob("*.md")))
    shown = re.findall(rf"^from {re.escape(room)} import ([^(\n]+|\([^)]*\))", pages, re.MULTILINE)
    return set(re.findall(r"\w+", " ".join(shown)))


def names_within(room: str) -> set[str]:
    package = importlib.import_module(room)
    return set(package.__all__)


@pytest.mark.parametrize("room", DOORS)
def test_a_door_says_what_its_room_is_for(room: str) -> None:
    words = (importlib.import_module(room).__doc__ or "").strip()
    question, _, rest = words.partition("\n\n")
    assert question.endswith("?")
    sentences = [part for part in rest.replace("\n", " ").split(". ") if part]
    assert len(sentences) == 3, sentences


def test_only_the_conductors_import_stages() -> None:
    assert all(is_module(stage) for stage in STAGES)
    wrong = [
        found
        for found in IMPORTS
        if target_of(found) in STAGES
        and not is_conducting(found.importer)
        and found.importer != target_of(found)
    ]
    assert not wrong


def test_no_export_is_named_as_a_module_of_its_room() -> None:
    """The name would stand for the module or for what is in it, as the order of imports has it."""
    twins = [(room, name) for room in DOORS for name in exports_of(room) if is_module(f"{room}.{name}")]
    assert not twins


def test_no_files_import_one_another_in_a_circle() -> None:
    graph: defaultdict[str, set[str]] = defaultdict(set)
    for found in IMPORTS:
        graph[found.importer].add(target_of(found))
    for path in MODULES:
        if path.name == "__init__.py":
            graph[module_name(path)] |= {
                target for found in within_us(path) if (target := target_of(found)) != module_name(path)
            }
    graphlib.TopologicalSorter(graph).prepare()


def test_the_architecture_page_shows_the_order() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    places = [page.find(f"`{room}`") for room in ROOMS]
    assert -1 not in places, ROOMS[places.index(-1)]
    assert places == sorted(places)
