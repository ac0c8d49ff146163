"""What does a user type to find mislabelled clips, and what comes back?

``audio-anomaly audit`` for those of the target, ``audio-anomaly sweep`` for those of every class. Progress
and notes go to standard error; the clips to listen to first and the place of the whole list go to standard
output. Nothing heavy is imported before a command runs.
"""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.options import (
    chosen_program,
    end_with_status,
    making_options,
    sweeping_options,
    verdicts_option,
)
from pipeline.commands.output import engine_options, local_run, output_options, print_result
from pipeline.terminal import aligned_table, printable, say

if TYPE_CHECKING:
    from pipeline.runs import RunFolder

__all__ = ["audit", "audit_table", "review_command", "sweep"]


@click.command("audit")
@making_options
@verdicts_option
@output_options
@engine_options
def audit(**chosen: Any) -> None:
    """List the target's own clips that are probably another word, and those that are damaged."""
    from pipeline.audit import judged_clips
    from pipeline.audit.stage import AUDIT, audit_target
    from pipeline.quality import read_quality
    from pipeline.runs import read_clip_table

    program = chosen_program(**chosen)
    program.run_up_to("features")
    with program.run.lock():
        judged = judged_clips(
            read_clip_table(program.run.path),
            program.run.path,
            chosen["verdicts_path"],
            program.settings.target,
        )
        for note in judged.notes:
            say(f"{AUDIT}: {note}")
        folder = audit_target(
            program.run,
            judged.table,
            program.settings,
            record=read_quality(program.run.path),
            features_digest=program.run.check("features").digest,
            say=say,
            verdicts=judged.inputs,
            corpus_root=program.open_corpus().root,
            command=review_command(program.run),
        )
    numbers = program.settings.audit
    table = audit_table(folder, numbers.n_listed, asked_for_others=numbers.other_words)
    paths = f"page: {folder / 'index.html'}\n{AUDIT}: {folder / 'audit.csv'}"
    judge = f"to listen and judge: {review_command(program.run)}"
    print_result(f"{table}\n{paths}\n{judge}", **audit_result(folder))
    end_with_status(program)


def review_command(run: "RunFolder") -> str:
    """Return how the clips of an audit are judged: the page of the review needs scores of these features."""
    from pipeline.remote_runs import name_of_run

    features, evaluation = run.record("features"), run.record("evaluation")
    made_from = evaluation.inputs.get("features") if evaluation else None
    is_scored = features is not None and made_from == {"digest": features.digest}
    path = shlex.quote(name_of_run(run.path))
    evaluate = "" if is_scored else f"audio-anomaly evaluate --run {path} && "
    return f"{evaluate}audio-anomaly review --run {path}"


def audit_table(folder: Path, n_listed: int, *, asked_for_others: bool = False) -> str:
    """Return the head of both lists and a summary of an audit's folder.

    Args:
        folder: of the audit.
        n_listed: rows of each list.
        asked_for_others: whether other classes were to be compared with.
    """
    from pipeline.audit import ANOTHER_WORD, DAMAGED
    from pipeline.files import read_json, read_table

    columns, summary = read_table(folder / "audit.parquet"), read_json(folder / "audit.json")
    target, is_compared = printable(summary["target"]), "score_with_words" in columns
    lines = [_head(columns, ANOTHER_WORD, n_listed, f"probably not {target}")]
    if DAMAGED in columns["list"]:
        lines += ["", _head(columns, DAMAGED, n_listed, f"damaged or cut, and like {target}"), ""]
    lines.append(
        f"{target}: {summary['n_clips']} clips of {summary['n_speakers']} speakers, {summary['n_damaged']} "
        f"damaged; each scored by one of {summary['n_folds']} models that were fitted to neither it nor its "
        "speaker"
    )
    if is_compared:
        lines.append(
            "order: the score, which is that of the models and what a clip sounds like among the corpus's "
            "words (auxiliary)"
        )
    else:
        why = "; the corpus has too few clips of other classes to compare with" if asked_for_others else ""
        lines.append(f"order: the score, of models of the target's clips alone (one-class){why}")
    lines.append(
        "score: standard deviations above the typical clip; p-value: share of the name's other clips, wrong "
        f"ones included, that are as strange (not below {summary['p_value_floor']:.4f})"
    )
    return "\n".join(lines)


def audit_result(folder: Path) -> dict[str, Any]:
    """Return the summary of an audit's folder, and each row of its lists by its columns."""
    from pipeline.files import read_json, read_table

    columns = read_table(folder / "audit.parquet")
    listed = [row for row, name in enumerate(columns["list"]) if name]
    clips = [{name: column[row] for name, column in columns.items()} for row in listed]
    paths = {"audit": folder / "audit.csv", "page": folder / "index.html"}
    return {**paths, **read_json(folder / "audit.json"), "clips": clips}


def _head(columns: dict[str, list[Any]], name: str, n_listed: int, title: str) -> str:
    from pipeline.audit import ranked_by

    score = columns[ranked_by(columns)]
    rows = [i for i, of in enumerate(columns["list"]) if of == name][:n_listed]
    header = [title, "score", "p-value"]
    cells = [[printable(columns["path"][i]), f"{score[i]:.1f}", f"{columns['p_value'][i]:.4f}"] for i in rows]
    if "sounds_like" in columns:
        header.append("sounds like")
        cells = [[*row, printable(columns["sounds_like"][i])] for row, i in zip(cells, rows, strict=True)]
    told = [columns["tags"][i] or columns["reason"][i] for i in rows]
    return aligned_table(
        [*header, "fault or reason"], [[*row, of] for row, of in zip(cells, told, strict=True)]
    )


@click.command("sweep")
@sweeping_options
@output_options
@engine_options
def sweep(**chosen: Any) -> None:
    """List the clips of all classes that are probably under a wrong name, most probable first.

    The run folder is runs/<corpus>-sweep-<preset> where none is named.
    """
    from pipeline.corpora import stores_listed_once
    from pipeline.quality import read_quality
    from pipeline.runs import read_clip_table
    from pipeline.sweep import sweep_result, sweep_table
    from pipeline.sweep.stage import SWEEP, sweep_corpus

    click.get_current_context().with_resource(stores_listed_once())
    program = chosen_program(**_with_first_class(chosen))
    program.run_up_to("features")
    with program.run.lock():
        folder = sweep_corpus(
            program.run,
            read_clip_table(program.run.path),
            program.settings,
            record=read_quality(program.run.path),
            features_digest=program.run.check("features").digest,
            say=say,
            corpus_root=program.open_corpus().root,
        )
    table = sweep_table(folder, program.settings.sweep.n_listed)
    paths = f"page: {folder / 'index.html'}\n{SWEEP}: {folder / 'sweep.csv'}"
    print_result(f"{table}\n{_next_command(folder, program)}\n{paths}", **sweep_result(folder))
    end_with_status(program)


def _with_first_class(chosen: dict[str, Any]) -> dict[str, Any]:
    """Return the options with a target that the corpus has, which a run's settings must name.

    Where only a run is named they stay without one: its own settings count.
    """
    from pipeline.commands.program import default_run_path
    from pipeline.corpora import kinds_of, open_corpus
    from pipeline.errors import ConfigurationError, PipelineError
    from pipeline.runs import CONFIG_NAME
    from pipeline.settings import read_settings, resolve_settings

    run_path = local_run(chosen["run_path"], may_be_new=True) if chosen["run_path"] else None
    if run_path and (run_path / CONFIG_NAME).is_file():
        return {**chosen, "target": read_settings(run_path / CONFIG_NAME).target, "run_path": run_path}
    if kinds_of(chosen["corpus"]):
        raise ConfigurationError(
            f"the classes of {chosen['corpus']!r} are kinds of their own, which are never compared; "
            "sweep another corpus, or audit one kind"
        )
    corpus = open_corpus(chosen["corpus"], splits=chosen["splits"], name_pattern=chosen["name_pattern"])
    if not corpus.words:
        raise PipelineError(f"{corpus.name} has no class; give a folder with one folder a class")
    named = resolve_settings(chosen["preset"], target="sweep", corpus={"name": chosen["corpus"]})
    return {**chosen, "target": corpus.words[0], "run_path": run_path or default_run_path(named)}


def _next_command(folder: Path, program: Any) -> str:
    """Return how to go on: with the class that has most wrong labels to expect."""
    from pipeline.remote_runs import name_of_run
    from pipeline.sweep import most_wrong_class

    settings, worst = program.settings, most_wrong_class(folder)
    words = ["audio-anomaly", "evaluate", "--corpus", settings.corpus.name, "--target", worst]
    words += ["--preset", settings.preset, "--run", name_of_run(program.run.path)]
    review = ["audio-anomaly", "review", "--run", name_of_run(program.run.path)]
    return f"to listen and judge: {shlex.join(words)} && {shlex.join(review)}"
