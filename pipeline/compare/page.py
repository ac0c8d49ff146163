"""How is the comparison of two runs told, on one page and in a short table?

Conventions: the page opens from disk with no network, see ``pipeline.html.document``; every difference
is B minus A.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from pipeline.compare.differences import Difference, Differences, word_differences
from pipeline.compare.drawing import draw_differences
from pipeline.compare.moved import MovedClip, most_moved
from pipeline.compare.runs import ComparedRun, Pair, changed_settings
from pipeline.compare.verdict import verdict_of
from pipeline.files import write_text
from pipeline.html import (
    Media,
    area,
    embed_clip,
    name,
    number,
    quoted,
    render_page,
    visible,
)
from pipeline.settings import FeatureSettings

__all__ = ["build_comparison", "comparison_table", "write_comparison"]

WIDE, NARROW = 904, 350  # pixels; the style sheet shows the one that fits
N_MOVED = 12
N_NAMED = 50  # clips of one run only that are named before they are only counted


@dataclass(frozen=True)
class MovedCard:
    """A clip that two runs judge differently, with its sound."""

    clip: MovedClip
    sound: str
    media: Media


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is told of two runs beside the page.

    Attributes:
        table: a short one.
        figures: of both runs, and of each word by AUROC, with the gain's 95 % interval.
    """

    table: str
    figures: dict[str, Any]


def write_comparison(pair: Pair, path: Path) -> Comparison:
    """Write the page of two runs, and return a short table and its figures.

    Raises:
        PipelineError: the page cannot be written.
    """
    differences = word_differences(pair)
    write_text(path, build_comparison(pair, differences))
    return Comparison(table=comparison_table(pair, differences), figures=_figures(pair, differences))


def _figures(pair: Pair, differences: Differences | None) -> dict[str, Any]:
    runs = {side: {"run": of.path, "metrics": of.run.metrics} for side, of in (("a", pair.a), ("b", pair.b))}
    moved = most_moved(pair, 0)
    flags = {
        "flagged_only_a": [clip.path for clip in moved.flagged_a],
        "flagged_only_b": [clip.path for clip in moved.flagged_b],
    }
    if differences is None:
        return {**runs, "macro_auroc": None, "words": [], **flags}
    macro, *words = ({**asdict(one), "gain": one.gain} for one in (differences.macro, *differences.words))
    return {**runs, "macro_auroc": macro, "words": words, **flags}


def build_comparison(pair: Pair, differences: Differences | None) -> str:
    """Return the page of two runs as one self-contained HTML file.

    Args:
        pair: two runs.
        differences: of ``word_differences``.
    """
    moved = most_moved(pair, N_MOVED)
    words = differences.words if differences else ()
    groups = [
        (title, len(clips), [_card(pair, clip, f"{key}-{n}") for n, clip in enumerate(clips[:N_MOVED])])
        for key, title, clips in (
            ("flagged-b", "Flagged in B, and not in A", moved.flagged_b),
            ("flagged-a", "Flagged in A, and not in B", moved.flagged_a),
            ("stranger", "Far stranger in B than in A", moved.stranger),
            ("usual", "Far more usual in B than in A", moved.more_usual),
        )
    ]
    return render_page(
        "pipeline.compare",
        style=("palette.css", "page.css", "compare.css"),
        script=("start.js", "sections.js", "tables.js", "players.js"),
        pair=pair,
        sides=[("A", pair.a, _stated(pair.a)), ("B", pair.b, _stated(pair.b))],
        sentence=verdict_of(pair, differences, quoted),
        differences=differences,
        drawing=_both(lambda width, title: draw_differences(words, width, title)) if words else None,
        changed=changed_settings(pair),
        groups=groups,
        only=[("A", pair.only_a), ("B", pair.only_b)],
        n_named=N_NAMED,
    )


def _both(draw: Callable[[int, str], Markup]) -> dict[str, Markup]:
    return {"wide": draw(WIDE, "differences-wide"), "narrow": draw(NARROW, "differences-narrow")}


def _stated(side: ComparedRun) -> list[tuple[str, str, Markup]]:
    """Return the figures that the run itself states, over its own clips."""
    metrics = side.run.metrics
    bounds = metrics.get("pooled_auroc_ci95")
    worst = metrics.get("worst_word")
    interval = f"95 % interval {area(bounds[0])} to {area(bounds[1])}" if bounds else ""
    few = metrics["words"].get(worst, {}).get("auroc_ci95") if worst is not None else None
    worst_note = (
        Markup("{}{}").format(name(worst), f", {area(few[0])} to {area(few[1])}" if few else "")
        if worst is not None
        else Markup("")
    )
    alarms = ("False alarms", f"{number(_false_alarms(side), 1)} %", Markup("of fresh target clips"))
    if metrics["macro_auroc"] is None:
        return [alarms]
    return [
        ("AUROC over all clips", area(metrics["pooled_auroc"]), Markup("{}").format(interval)),
        ("Mean over words", area(metrics["macro_auroc"]), Markup("")),
        ("Hardest word", area(metrics.get("worst_auroc")), worst_note),
        alarms,
    ]


def _false_alarms(side: ComparedRun) -> float | None:
    """Return the percentage of the target's test clips that a run flags."""
    rate = side.run.metrics["calibration"].get("false_alarm_rate_test")
    return None if rate is None else 100 * float(rate)


def _card(pair: Pair, clip: MovedClip, sound: str) -> MovedCard:
    side = pair.a
    root = side.run.provenance.get("corpus", {}).get("root")
    features: dict[str, Any] = dict(side.settings.get("features") or {})
    usual = FeatureSettings()
    media = embed_clip(
        Path(root) if root else None,
        clip.path,
        sha256=side.run.digests.get(clip.path) or "",
        sample_rate=int(features.get("sample_rate", usual.sample_rate)),
        duration_seconds=float(features.get("duration_seconds", usual.duration_seconds)),
    )
    return MovedCard(clip, sound, media)


def comparison_table(pair: Pair, differences: Differences | None, n: int = 5) -> str:
    """Return a table for a terminal: the mean, the hardest words, and the ``n`` largest changes each way."""
    lines = [f"A: {visible(pair.a.name)}", f"B: {visible(pair.b.name)}"]
    verdict = verdict_of(pair, differences, lambda name: f'"{visible(name)}"')
    moved = most_moved(pair, 0)
    flags = f"flagged in B only: {len(moved.flagged_b)} clips, in A only: {len(moved.flagged_a)}"
    if differences is None:
        told = ", ".join(f"{side.name} {number(_false_alarms(side), 1)} %" for side in (pair.a, pair.b))
        return "\n".join([*lines, verdict, flags, visible(f"false alarms: {told}")])
    words = list(differences.words)
    shown = words if len(words) <= 2 * n else [*words[:n], *words[-n:]]
    rows = [differences.macro, *shown]
    width = max(len(visible(one.word)) for one in rows)
    lines.append(f"{'AUROC':<{width}} {'clips':>6} {'A':>6} {'B':>6} {'B - A':>7}  95 % interval")
    lines += [_line(one, width) for one in rows]
    if len(shown) < len(words):
        lines.append(f"{len(words) - len(shown)} words in between are on the page")
    hardest = (("A", differences.hardest_a, "a"), ("B", differences.hardest_b, "b"))
    told = ", ".join(f"{side} {visible(one.word)} {getattr(one, key):.3f}" for side, one, key in hardest)
    lines += [f"hardest word: {told}", flags, verdict]
    if pair.only_a or pair.only_b or pair.n_changed:
        lines.append(
            f"clips scored in A only: {len(pair.only_a)}, in B only: {len(pair.only_b)}, "
            f"changed in between: {pair.n_changed}"
        )
    return "\n".join(lines)


def _line(one: Difference, width: int) -> str:
    return (
        f"{visible(one.word):<{width}} {one.n:>6} {one.a:>6.3f} {one.b:>6.3f} {one.gain:>+7.3f}  "
        f"{one.low:+.3f} to {one.high:+.3f}"
    )
