"""Which pages has the reference, and which function writes each?"""

from collections.abc import Callable
from pathlib import Path

from docs.generator.codes import codes_page
from docs.generator.commands import commands_page
from docs.generator.files import files_page
from docs.generator.settings import settings_page

__all__ = ["FOLDER", "PAGES"]

FOLDER = Path(__file__).resolve().parents[1] / "reference"

# Another page is another line here, and one in docs/index.md.
PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "files.md": files_page,
    "codes.md": codes_page,
}
