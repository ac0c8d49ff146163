"""How do the parts become one HTML file that opens from disk and lets nothing in?

Conventions: every value goes through Jinja's autoescape; names of files, words and speakers go
through ``visible`` as well. Style and script stand in the page, admitted by their SHA-256 in a
content security policy that forbids everything else but ``data:`` pictures and sounds; so there is
no ``style`` attribute anywhere, and nothing is ever fetched.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pipeline.artefacts import write_text
from pipeline.report.caveats import warnings_of
from pipeline.report.clips import most_target_like, strangest_of_target
from pipeline.report.curves import best_epoch, draw_training
from pipeline.report.plots import draw_histograms, draw_roc, extreme_words
from pipeline.report.ranking import draw_ranking
from pipeline.report.run_folder import FEW_CLIPS, Run, read_run
from pipeline.report.story import key_figures, tell
from pipeline.report.text import MISSING, count, isolated, name, number, quoted, signed, visible
from pipeline.settings import Settings

__all__ = ["build_report", "write_report"]

WIDE, NARROW = 904, 350  # pixels; the style sheet shows the one that fits
ROC_WIDE = 460
N_SET_ASIDE_SHOWN = 200

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

    Costs a second or two for 40 clips with their sounds and pictures.

    Args:
        run_path: the run folder.
        corpus_root: where its clips are; ``None`` makes a page without sounds.
        settings: of the run.
        preset: the page of settings that the run started from; the defaults where it is ``None``.

    Raises:
        ArtefactError: a file of the run is absent, damaged or foreign.
    """
    run = read_run(run_path, settings.target)
    style, script = _asset("style.css"), _asset("page.js")
    groups = [
        ("strangest", strangest_of_target(run, corpus_root, settings)),
        ("target-like", most_target_like(run, corpus_root, settings)),
    ]
    page: str = _template().render(
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        run=run,
        metrics=run.metrics,
        settings=settings,
        corpus=run.metrics.get("corpus") or run.provenance.get("corpus", {}).get("name", ""),
        verdict=tell(run),
        figures=key_figures(run),
        ranking=_both(draw_ranking, run, "ranking") if run.words else None,
        rows=_rows(run),
        histograms=_both(draw_histograms, run, "histograms"),
        roc=_both(draw_roc, run, "roc", wide=ROC_WIDE),
        extremes=extreme_words(run),
        training=_both(draw_training, run, "training"),
        best_epoch=best_epoch(run.history),
        clips=dict(groups),
        few=FEW_CLIPS,
        changed=_changed(settings, preset),
        set_aside_reasons=Counter(
            re.sub(r"\d[\d,.]*", "N", clip.reason) for clip in run.set_aside
        ).most_common(),
        set_aside_shown=run.set_aside[:N_SET_ASIDE_SHOWN],
        warnings=[*warnings_of(run), *_silent_clips(groups)],
    )
    return page.lstrip()


def _template() -> Any:
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(_asset),
    )
    environment.filters |= {
        "visible": visible,
        "isolated": isolated,
        "bdi": name,
        "quoted": quoted,
        "number": number,
        "signed": signed,
        "counted": count,
    }
    environment.globals["missing"] = MISSING
    return environment.get_template("template.html.j2")


def _asset(file_name: str) -> str:
    return resources.files("pipeline.report").joinpath(file_name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    return (
        "default-src 'none'; img-src data:; media-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    )


def _digest(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode("ascii")


def _both(draw: Draw, run: Run, title: str, *, wide: int = WIDE) -> dict[str, Markup] | None:
    drawings = {"wide": draw(run, wide, f"{title}-wide"), "narrow": draw(run, NARROW, f"{title}-narrow")}
    return drawings if all(drawings.values()) else None


def _rows(run: Run) -> list[dict[str, Any]]:
    """Return the rows of the table of words, in the order of the plot."""
    gaussian = (run.metrics["baselines"].get("gaussian") or {}).get("words") or {}
    rows = []
    for word, entry in run.words.items():
        auroc, baseline = entry.get("auroc"), gaussian.get(word)
        interval = entry.get("auroc_ci95") or [None, None]
        rows.append(
            {
                "word": word,
                "n": entry["n"],
                "few": entry["n"] < FEW_CLIPS,
                "interval": MISSING
                if None in interval
                else f"{number(interval[0])}{MISSING}{number(interval[1])}",
                "low": interval[0],
                "mean_log_prob": entry.get("mean_log_prob"),
                "auroc": auroc,
                "pauc": entry.get("pauc_0.1"),
                "fpr": entry.get("fpr_at_95tpr"),
                "gaussian": baseline,
                "gain": None if auroc is None or baseline is None else auroc - baseline,
            }
        )
    return rows


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


def _silent_clips(groups: list[tuple[str, Any]]) -> list[str]:
    silent = sum(1 for _, cards in groups for card in cards if card.media.problem)
    return [f"{count(silent, 'clip')} on this page cannot be played; each card says why."] if silent else []
