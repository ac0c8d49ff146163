"""``python -m docs.generator``: writes every page of the reference, and names those that changed."""

from docs.generator.pages import FOLDER, PAGES

__all__ = ["main"]


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        path, text = FOLDER / name, page()
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"{path.relative_to(FOLDER.parents[1])} is new or has changed")


if __name__ == "__main__":
    main()
