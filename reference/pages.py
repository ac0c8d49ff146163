"""Which pages has the reference, and which function writes each?"""

from collections.abc import Callable
from pathlib import Path

from reference.codes import codes_page
from reference.commands import commands_page
from reference.files import files_page
from reference.settings import settings_page

__all__ = ["FOLDER", "PAGES"]

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"

# Another page is another line here, and one in docs/index.md.
PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "files.md": files_page,
    "codes.md": codes_page,
}
