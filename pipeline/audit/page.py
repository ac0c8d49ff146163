"""How is an audit told on one page?

The page opens from disk with no network, see ``pipeline.html.document``. It ends with the command by which
its clips are judged.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pipeline.audit.listing import ANOTHER_WORD, DAMAGED, ranked_by
from pipeline.files import write_text
from pipeline.html import Media, count, embed_clip, number, quoted, render_page, signed, visible
from pipeline.settings import Settings

__all__ = ["write_page"]


def write_page(
    path: Path,
    columns: Mapping[str, Sequence[Any]],
    summary: Mapping[str, Any],
    settings: Settings,
    corpus_root: Path | None,
    command: str,
) -> None:
    """Write the page of an audit.

    Args:
        path: of the page.
        columns: of both lists, strangest first.
        summary: the figures.
        settings: of the run.
        corpus_root: where the sounds are, or ``None``.
        command: by which the clips are judged.
    """
    lists = [
        _list(name, title, about, columns, settings, corpus_root)
        for name, title, about in (
            (ANOTHER_WORD, f"Probably not {settings.target}", "Judge these by ear, from the top."),
            (
                DAMAGED,
                f"Damaged or cut, and like {settings.target}",
                "Their label is right, the recording is not.",
            ),
        )
    ]
    page = render_page(
        "pipeline.audit",
        style=("palette.css", "page.css"),
        script=("start.js", "sections.js", "players.js", "more.js"),
        summary=summary,
        sentence=_sentence(columns, summary),
        order="In order of what a clip sounds like among the corpus's classes, and of the models' score."
        if ranked_by(columns) != "score"
        else "In order of the models' score.",
        lists=lists,
        links=[(one["id"], one["name"].capitalize()) for one in lists],
        command=command,
    )
    write_text(path, page)


def _list(
    name: str,
    title: str,
    about: str,
    columns: Mapping[str, Sequence[Any]],
    settings: Settings,
    root: Path | None,
) -> dict[str, Any]:
    rows = [row for row, of in enumerate(columns["list"]) if of == name]
    clips = [{key: values[row] for key, values in columns.items()} for row in rows[: settings.audit.n_shown]]
    return {
        "id": name.replace(" ", "-"),
        "name": name,
        "title": visible(title),
        "about": about,
        "n": len(rows),
        "cards": [
            (
                clip,
                _media(clip["path"], settings, root),
                [
                    ("score", signed(clip[ranked_by(columns)], 1)),
                    ("p-value", number(clip["p_value"], 4)),
                    ("split", visible(clip["split"])),
                ],
                visible("; ".join(filter(None, [clip["tags"], clip["reason"], clip["evidence"]]))),
                clip.get("sounds_like", settings.target)
                if clip.get("sounds_like") != settings.target
                else "",
            )
            for clip in clips
        ],
    }


def _sentence(columns: Mapping[str, Sequence[Any]], summary: Mapping[str, Any]) -> Markup:
    clips = Markup("Of {} under {}").format(count(summary["n_clips"], "clip"), quoted(summary["target"]))
    damaged = f"{summary['n_damaged']:,} {'is' if summary['n_damaged'] == 1 else 'are'} damaged or cut"
    if "sounds_like" not in columns:
        return Markup("{}, {}. The others stand in the order in which to listen.").format(clips, damaged)
    n = sum(word != summary["target"] for word in columns["sounds_like"])
    return Markup("{}, {} {} more like another class, and {}.").format(
        clips, f"{n:,}", "sounds" if n == 1 else "sound", damaged
    )


def _media(path: str, settings: Settings, root: Path | None) -> Media:
    features = settings.features
    return embed_clip(
        root, path, sha256="", sample_rate=features.sample_rate, duration_seconds=features.duration_seconds
    )
