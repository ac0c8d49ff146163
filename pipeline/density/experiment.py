"""What does one call of the experiment do, and which files does it leave?

Reads a table (the real file, or a look-alike made on the spot, which every output then says), prepares
its rows, fits one flow or the reference and its ablations, and writes into a folder: ``config.toml``,
for each flow ``flow.npz``, ``history.csv`` (one row an epoch), ``progress.csv`` (one row a line of
progress) and ``scores.parquet`` (one row for each drawn row of the table), and ``result.json``, which is
removed first and written last: where it stands, it belongs to the files beside it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.density.ablations import ablation_settings
from pipeline.density.fitting import FittedFlow, MeanNats, fit_flow
from pipeline.density.look_alike import LOOK_ALIKE_NOTE, write_look_alike
from pipeline.density.preprocessing import PreparedRows, gaussian_log_prob, prepare_rows
from pipeline.density.published_sets import files_of_set, paper_lines, prepared_set, told_of_paper
from pipeline.density.settings import DensitySettings
from pipeline.density.tables import open_number_table
from pipeline.errors import ArtefactError
from pipeline.files import (
    read_toml,
    sha256_file,
    write_arrays,
    write_csv,
    write_json,
    write_table,
    write_toml,
)
from pipeline.processes import call_isolated
from pipeline.runs import RunFolder
from pipeline.terminal import aligned_table

__all__ = ["default_density_path", "run_density"]

Say = Callable[[str], None]

_WAS_KILLED = "the process that fitted a flow was killed, perhaps because memory ran out; use fewer --rows"


def default_density_path(settings: DensitySettings, table_path: Path | None, *, with_ablations: bool) -> Path:
    """Return ``runs/density-<preset>-<file>``, with characters that folders cannot have replaced."""
    source = table_path.stem if table_path else "look-alike"
    name = f"density-{settings.preset}-{source}{'-ablations' if with_ablations else ''}"
    return Path("runs") / "".join(c if c.isalnum() or c in "-_.+" else "_" for c in name)


def run_density(
    settings: DensitySettings, table_path: Path | None, out: Path, say: Say, *, with_ablations: bool = False
) -> str:
    """Do the whole experiment.

    Args:
        settings: the numbers.
        table_path: the file of numbers; None makes a look-alike of the gas recording.
        out: folder of the outcome.
        say: told a sentence for each thing the user should know.
        with_ablations: fit the ablations beside the reference.

    Returns:
        The table of test log-likelihoods, and a sentence that tells what it was made from.

    Raises:
        PipelineError: see ``prepare_rows`` and ``fit_flow``, or the folder belongs to something else.
    """
    folder = RunFolder(out)
    folder.prepare()
    with folder.lock():
        _claim(out)
        with _table(settings, table_path, out, say) as (path, source):
            if settings.rows.published:
                rows = prepared_set(settings, path)
            else:
                rows = prepare_rows(open_number_table(path), settings.rows, settings.seed)
        for sentence in _sentences(rows, settings):
            say(sentence)
        (out / "result.json").unlink(missing_ok=True)
        write_toml(out / "config.toml", settings.model_dump(mode="json"))
        variants = ablation_settings(settings)
        if not with_ablations:
            variants = dict(list(variants.items())[:1])
        fitted = {}
        for name, (title, changed) in variants.items():
            if with_ablations:
                say(f"fitting: {title}")
                fitted[name] = call_isolated(_WAS_KILLED, fit_flow, rows, changed, say)
            else:
                fitted[name] = fit_flow(rows, changed, say)
            _write_flow(out / name if with_ablations else out, fitted[name], rows)
        gaussian = MeanNats.of(gaussian_log_prob(rows.train, rows.test))
        titles = {
            name: title if with_ablations else _describe(changed)
            for name, (title, changed) in variants.items()
        }
        models = [
            {"title": titles[name], "folder": name if with_ablations else ".", **_figures(fitted[name])}
            | {"flow": variants[name][1].flow.model_dump(mode="json")}
            for name in variants
        ]
        write_json(
            out / "result.json",
            {
                "source": source,
                "preset": settings.preset,
                "seed": settings.seed,
                "unit": "nats of a z-scored row, mean over the test rows",
                "rows": _row_counts(rows),
                "gaussian": _nats(gaussian),
                "models": models,
            },
        )
    lines = [[titles[name], *_cells(flow)] for name, flow in fitted.items()]
    lines.append(["Gaussian, full covariance", str(gaussian), "", ""])
    if source["kind"] == "file":
        lines += paper_lines(settings.rows.published or settings.preset, rows)
    header = ["model", "test nats +- 2 standard errors", "epochs", "seconds"]
    return f"{aligned_table(header, lines)}\n{len(rows.test):,} test rows; made from: {source['note']}"


def _claim(out: Path) -> None:
    """Refuse the folder of an audio run."""
    config = out / "config.toml"
    if config.exists() and read_toml(config).get("experiment") != "density":
        raise ArtefactError(f"{out} is the folder of another kind of run; name another with --out")


@contextmanager
def _table(
    settings: DensitySettings, table_path: Path | None, out: Path, say: Say
) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the path of the table to read, and what it is."""
    if settings.rows.published:
        files = files_of_set(settings, table_path)
        digests = {file.name: sha256_file(file) for file in files}
        note = f"{settings.rows.published.upper()} from {', '.join(digests)}"
        yield table_path or files[0], {"kind": "file", "note": note, "sha256": digests}
        return
    if table_path is not None:
        open_number_table(table_path)  # its mistakes are told before a digest of the whole is taken
        note = f"the file {table_path.name}"
        yield (
            table_path,
            {"kind": "file", "note": note, "file": table_path.name, "sha256": sha256_file(table_path)},
        )
        return
    say(f"no --data was given: {settings.look_alike.n_rows:,} rows of a {LOOK_ALIKE_NOTE}, are made")
    with TemporaryDirectory(prefix=".look-alike.", dir=out) as folder:
        path = Path(folder) / "look-alike.txt"
        write_look_alike(path, settings.look_alike, settings.seed)
        yield (
            path,
            {
                "kind": "look-alike",
                "note": f"a {LOOK_ALIKE_NOTE}",
                "settings": settings.look_alike.model_dump(mode="json"),
            },
        )


def _sentences(rows: PreparedRows, settings: DensitySettings) -> list[str]:
    followed = min(settings.training.n_followed, len(rows.test))
    if settings.rows.published:
        first = told_of_paper(settings.rows.published, rows)
    else:
        dropped = f"dropped {', '.join(rows.correlated)}, each" if rows.correlated else "no column"
        first = (
            f"{dropped} correlated above {settings.rows.max_correlation:g} with another; "
            f"the {len(rows.columns)} features are {', '.join(rows.columns)}"
        )
    return [
        first,
        f"of {rows.n_file_rows:,} rows {len(rows.train):,} train, {len(rows.validation):,} validate and "
        f"{len(rows.test):,} test; the test values below are of the same {followed:,} test rows each time",
    ]


def _describe(settings: DensitySettings) -> str:
    flow = settings.flow
    parts = [f"{flow.family} x {flow.n_layers}", flow.activation, f"{flow.normalization} normalisation"]
    return ", ".join([*parts, f"{flow.permutation} permutation"]).replace("none", "no")


def _row_counts(rows: PreparedRows) -> dict[str, Any]:
    features = zip(rows.columns, rows.mean.tolist(), rows.deviation.tolist(), strict=True)
    return {
        "n_file": rows.n_file_rows,
        "n_train": len(rows.train),
        "n_validation": len(rows.validation),
        "n_test": len(rows.test),
        "left_out": list(rows.left_out),
        "correlated": list(rows.correlated),
        "features": [{"name": name, "mean": mean, "deviation": scale} for name, mean, scale in features],
    }


def _nats(mean: MeanNats) -> dict[str, Any]:
    """Return a mean for JSON, which has no infinity: null where a row is impossible."""
    value = None if mean.n_impossible else mean.value
    return {"mean": value, "two_standard_errors": mean.error, "n_impossible": mean.n_impossible}


def _figures(flow: FittedFlow) -> dict[str, Any]:
    return {
        "test": _nats(flow.test),
        "validation": _nats(flow.validation),
        "n_epochs": len(flow.epochs),
        "best_epoch": max(moment.epoch for moment in flow.epochs if moment.is_best),
        "messages": [moment.message for moment in flow.epochs if moment.message],
        "seconds": round(flow.seconds, 1),
        "peak_mb": flow.peak_mb,
    }


def _cells(flow: FittedFlow) -> list[str]:
    return [str(flow.test), str(len(flow.epochs)), f"{flow.seconds:.0f}"]


def _write_flow(folder: Path, flow: FittedFlow, rows: PreparedRows) -> None:
    write_arrays(folder / "flow.npz", flow.arrays)
    epochs = [_cut([m.epoch, m.batch, m.validation, m.test, int(m.is_best)]) for m in flow.epochs]
    write_csv(folder / "history.csv", ["epoch", "batch", "validation", "test", "is_best"], epochs)
    parts = {"train": rows.train, "validation": rows.validation, "test": rows.test}
    splits = [split for split, part in parts.items() for _ in range(len(part))]
    scores = {"row": rows.number, "split": splits, "log_prob": flow.log_prob, "score": -flow.log_prob}
    write_table(folder / "scores.parquet", scores)
    moments = [_cut([m.epoch, m.step, m.batch, m.test]) for m in flow.moments]
    write_csv(folder / "progress.csv", ["epoch", "step", "batch", "test"], moments)


def _cut(row: Sequence[Any]) -> list[Any]:
    """Return the cells of a row, nats with four decimals."""
    return [f"{cell:.4f}" if isinstance(cell, float) else cell for cell in row]
