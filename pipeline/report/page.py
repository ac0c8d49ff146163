"""How do the parts of a report become one HTML file that opens from disk?

Conventions: drawings come in two widths, of which the style sheet shows the one that fits. What the
page lets in, and how every value is escaped, is said in ``pipeline.html.document``.
"""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pipeline.files import release_freed, write_text
from pipeline.frontend import OF_ANY_LENGTH
from pipeline.html import MISSING, count, data_uri, heat_map_legend_png, render_page
from pipeline.report.baseline_names import INPUTS
from pipeline.report.caveats import warnings_of
from pipeline.report.clips import ClipList, list_clips
from pipeline.report.cross_fitted import first_sentences
from pipeline.report.drawings import (
    draw_clip_map,
    draw_histograms,
    draw_ranking,
    draw_roc,
    draw_sections,
    draw_spread,
    draw_training,
    extreme_words,
    read_sections,
    training_sentences,
)
from pipeline.report.explanations import read_explanations
from pipeline.report.figures import (
    compared_detectors,
    guarantees,
    ranked_terms,
    tables_of,
)
from pipeline.report.key_figures import key_figures
from pipeline.report.one_class import one_class_figures, one_class_verdict, strange_clips
from pipeline.report.ranking_table import baseline_columns, word_rows
from pipeline.report.summary import summarise
from pipeline.runs import FEW_CLIPS, Run, read_run
from pipeline.settings import Settings

__all__ = ["STYLE", "build_report", "write_report"]

WIDE, NARROW = 904, 350  # pixels; the style sheet shows the one that fits
ROC_WIDE = 460
N_SET_ASIDE_SHOWN = 200
N_CARDS_SHOWN = 20  # cards of a list before more are asked for
STYLE = ("palette.css", "page.css", "clips.css", "clip_map.css")

Draw = Callable[[Run, int, str], Markup]


def write_report(
    run_path: Path,
    corpus_root: Path | None,
    settings: Settings,
    folder: Path,
    *,
    preset: Settings | None = None,
) -> Path:
    """Write the page of a run to ``folder/index.html`` and return that path.

    Args:
        run_path: the run folder.
        corpus_root: where its clips are; ``None`` makes a page without sounds.
        settings: of the run.
        folder: made where it is absent.
        preset: the page of settings that the run started from, for what differs.

    Raises:
        ArtefactError: a file of the run is absent, damaged or foreign.
        PipelineError: the folder cannot be written to.
    """
    path = folder / "index.html"
    write_text(path, build_report(run_path, corpus_root, settings, preset=preset))
    return path


def build_report(
    run_path: Path, corpus_root: Path | None, settings: Settings, *, preset: Settings | None = None
) -> str:
    """Return the page of a run as one self-contained HTML file.

    Costs about 15 ms a clip with its sound and pictures, and as much for each clip beside it.

    Args:
        run_path: the run folder.
        corpus_root: where its clips are; ``None`` makes a page without sounds.
        settings: of the run.
        preset: the page of settings that the run started from; the defaults where it is ``None``.

    Raises:
        ArtefactError: a file of the run is absent, damaged or foreign.
    """
    release_freed()
    run = read_run(run_path, settings.target)
    scores = dict(zip(run.scores.path.tolist(), run.scores.score.tolist(), strict=True))
    explanations = read_explanations(run_path, scores)
    clips, media, limit = list_clips(run, explanations, corpus_root, settings)
    calibration, sentences = guarantees(run)
    sections = read_sections(run_path, run)
    return render_page(
        "pipeline.report",
        style=STYLE,
        script=(
            "start.js",
            "sections.js",
            "tables.js",
            "players.js",
            "histograms.js",
            "more.js",
            "clips.js",
            "clip_map.js",
        ),
        run=run,
        metrics=run.metrics,
        settings=settings,
        corpus=run.metrics.get("corpus") or run.provenance.get("corpus", {}).get("name", ""),
        verdict=summarise(run) if run.words else one_class_verdict(run),
        figures=key_figures(run) if run.words else one_class_figures(run),
        strange=[] if run.words else strange_clips(run, clips["strangest"]),
        spread=None if run.words else _both(draw_spread, run, "spread"),
        cross_fitted=first_sentences(run),
        ranking=_both(draw_ranking, run, "ranking") if run.words else None,
        rows=word_rows(run),
        baselines=baseline_columns(run),
        detectors=compared_detectors(run),
        on_inputs=any(name.endswith(INPUTS) for name in run.metrics["baselines"]),
        terms=ranked_terms(run),
        calibration=calibration,
        guarantees=sentences,
        typicality=tables_of(run.metrics.get("typicality") or {}),
        review=tables_of(run.metrics.get("review") or {}),
        machine_sections=sections,
        section_scores=None if sections is None else _pair(draw_sections, sections.groups, "sections"),
        histograms=_both(draw_histograms, run, "histograms"),
        roc=_both(draw_roc, run, "roc", wide=ROC_WIDE),
        extremes=extreme_words(run),
        training=_both(draw_training, run, "training"),
        training_about=training_sentences(run, settings),
        clips=clips,
        clip_map=draw_clip_map(run, run_path, corpus_root, media.places),
        first_sound=next((card.sound for listed in clips.values() for card in listed.cards), ""),
        n_shown=N_CARDS_SHOWN,
        takes_any_length=settings.features.kind in OF_ANY_LENGTH,
        beside=media.beside,
        heat_limit=limit,
        heat_legend=data_uri("image/png", heat_map_legend_png()),
        few=FEW_CLIPS,
        changed=_changed(settings, preset),
        set_aside_reasons=Counter(
            re.sub(r"\d[\d,.]*", "N", clip.reason) for clip in run.set_aside
        ).most_common(),
        set_aside_shown=run.set_aside[:N_SET_ASIDE_SHOWN],
        warnings=[*warnings_of(run), *_silent_clips(clips)],
    )


def _both(draw: Draw, run: Run, title: str, *, wide: int = WIDE) -> dict[str, Markup] | None:
    return _pair(draw, run, title, wide)


def _pair(
    draw: Callable[[Any, int, str], Markup], drawn: Any, title: str, wide: int = WIDE
) -> dict[str, Markup] | None:
    drawings = {"wide": draw(drawn, wide, f"{title}-wide"), "narrow": draw(drawn, NARROW, f"{title}-narrow")}
    return drawings if all(drawings.values()) else None


def _changed(settings: Settings, preset: Settings | None) -> list[tuple[str, str, str]]:
    """Return what differs from the preset, as key, value of this run, value of the preset."""
    ours, theirs = _flat(settings.model_dump()), _flat((preset or Settings()).model_dump())
    names = {"target", "preset", "corpus.name"}  # the head of the page says these
    return [
        (key, _setting(ours[key]), _setting(theirs.get(key, MISSING)))
        for key in ours
        if key not in names and ours[key] != theirs.get(key)
    ]


def _setting(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _silent_clips(lists: dict[str, ClipList]) -> list[str]:
    silent = sum(1 for listed in lists.values() for card in listed.cards if card.media.problem)
    return [f"{count(silent, 'clip')} on this page cannot be played; each card says why."] if silent else []
