"""How is a sweep told on one page?

The page opens from disk with no network, see ``pipeline.html.document``.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.files import write_text
from pipeline.html import Media, count, embed_clip, number, render_page
from pipeline.settings import Settings

__all__ = ["write_page"]

N_PAIRS = 20
N_VOICES = 20


def write_page(
    path: Path,
    columns: Mapping[str, Sequence[Any]],
    spoken: Mapping[str, Sequence[Any]] | None,
    summary: Mapping[str, Any],
    settings: Settings,
    corpus_root: Path | None,
) -> None:
    """Write the page of a sweep.

    Args:
        path: of the page.
        columns: of the list, most probably wrong first.
        spoken: of the list of voices, or ``None`` where none was judged.
        summary: the figures.
        settings: of the run.
        corpus_root: where the sounds are, or ``None``.
    """
    n_shown = min(settings.sweep.n_shown, len(columns["path"]), summary["judge_down_to"])
    clips = [{name: values[row] for name, values in columns.items()} for row in range(n_shown)]
    n_voices = 0 if spoken is None else min(settings.sweep.n_shown, N_VOICES, len(spoken["path"]))
    voices = [{name: values[row] for name, values in (spoken or {}).items()} for row in range(n_voices)]
    page = render_page(
        "pipeline.sweep",
        style=("palette.css", "page.css"),
        script=("start.js", "sections.js", "tables.js", "players.js", "more.js"),
        corpus=Path(settings.corpus.name).name,
        summary=summary,
        sentence=_sentence(summary),
        pairs=summary["confused_pairs"][:N_PAIRS],
        voices=[(clip, _media(clip["path"], settings, corpus_root)) for clip in voices],
        cards=[(clip, _media(clip["path"], settings, corpus_root)) for clip in clips],
    )
    write_text(path, page)


def _sentence(summary: Mapping[str, Any]) -> str:
    n, place = count(summary["n_clips"], "clip"), summary["judge_down_to"]
    if not place:
        return f"Of {n} none is worth a second listening."
    return (
        f"Of {n} about {number(summary['expected_wrong'], 0)} are probably under a wrong name. Listen to the "
        f"first {place:,} of the list, where about {number(summary['expected_wrong_judged'], 0)} stand."
    )


def _media(path: str, settings: Settings, corpus_root: Path | None) -> Media:
    return embed_clip(
        corpus_root,
        path,
        sha256="",
        sample_rate=settings.features.sample_rate,
        duration_seconds=settings.features.duration_seconds,
    )
