"""Does every path, module and link that the pages name stand where they say?"""

import re
from pathlib import Path

import pytest

from tests.command import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
PATH = r"\b(?:pipeline|models|tests|benchmarks|docs)/[\w/.-]*\w"
MODULE = r"(?<![\w/.-])(?:pipeline|models|benchmarks|docs)(?:\.[A-Za-z_]\w*)+"
TEMPLATE = "NAME"  # what a reader will write in its place


def is_there(dotted: str) -> bool:
    """Whether a dotted name is a package, a module, or a name that its module or door mentions."""
    parts = dotted.split(".")
    for n_parts in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:n_parts])
        files = [path.with_suffix(".py")] if path.with_suffix(".py").is_file() else sorted(path.glob("*.py*"))
        if files:
            rest = parts[n_parts:]
            return not rest or any(rest[0] in file.read_text("utf-8") for file in files)
    return False


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    found = re.findall(PATH, page.read_text("utf-8"))
    assert not [path for path in found if TEMPLATE not in path and not (ROOT / path).exists()]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_module_that_a_page_names_is_there(page: Path) -> None:
    found = re.findall(MODULE, page.read_text("utf-8"))
    assert not [dotted for dotted in found if not is_there(dotted)]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text("utf-8"))
    pages = [(page.parent / target if target else page, anchor) for target, anchor in links]
    assert not [(to.name, anchor) for to, anchor in pages if to.exists() and anchor not in anchors_of(to)]


def anchors_of(page: Path) -> set[str]:
    """Return what GitHub and the site call the headings of a page."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_index_links_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    linked = set(re.findall(r"\]\(([^)#:]+)", index))
    pages = {
        page.relative_to(ROOT / "docs").as_posix() for page in PAGES if page.is_relative_to(ROOT / "docs")
    }
    assert pages - linked == {"index.md"}
