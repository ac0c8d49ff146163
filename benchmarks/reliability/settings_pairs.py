"""Does every pair of choices on the settings page end in a run, or in one sentence?

    python -m benchmarks.reliability.settings_pairs --corpus CORPUS --target WORD [--after N] [--first N]

Choices are the settings with a list of values, yes or no, and the presets. Rows are drawn so that each pair
of values of two settings stands together at least once. `evaluate` is called on each, with one epoch: it must
end with status 0 or 3, or with one sentence and status 1 or 2. Every kind of features is also tried with
every kind of model, and each number at the smallest that the page takes.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, Literal, get_args, get_origin

from pipeline.detection.making import DETECTORS
from pipeline.frontend.kinds import KINDS
from pipeline.settings import Settings
from pipeline.settings.presets import PRESETS

__all__ = ["choices", "covering_rows", "main", "outcome", "smallest"]

QUICK = (
    "training.max_epochs=1",
    "model.hidden_units=[8]",
    "evaluation.n_bootstrap=100",
    "evaluation.alpha=0.3",
    'training.monitored_words=["one"]',
    "features.n_workers=1",
)
SECTIONS = ("features", "model", "evaluation")
# Cost without another path through the code, or the name of what is read.
LEFT_OUT = ("features.n_workers", "features.batch_size", "evaluation.n_bootstrap", "evaluation.alpha")


def choices() -> dict[str, tuple[Any, ...]]:
    """Return the values to try of each setting with a list of them; ``None`` is what the preset has."""
    named = ((name, _listed(field)) for name, field in _fields())
    return {"preset": tuple(PRESETS), **{name: (None, *values) for name, values in named if values}}


def smallest() -> list[dict[str, Any]]:
    """Return for each number of the page the smallest value that it takes."""
    found = []
    for name, field in _fields():
        for bound in field.metadata if name not in LEFT_OUT else ():
            if hasattr(bound, "ge"):
                found.append({name: bound.ge})
            elif hasattr(bound, "gt"):
                found.append({name: bound.gt + (1 if field.annotation is int else 1e-3)})
    return found


def covering_rows(values: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return combinations in which each pair of values of two settings stands together at least once."""
    # Dictionaries in place of sets: every process must find the same rows in the same order.
    wanted = {
        ((one, a), (other, b)): None
        for one, other in combinations(values, 2)
        for a, b in product(range(len(values[one])), range(len(values[other])))
    }
    rows = []
    while wanted:
        (first, second) = next(iter(wanted))
        row = dict((first, second))
        for name, some in values.items():
            if name not in row:
                row[name] = max(range(len(some)), key=lambda n: _n_new(wanted, row, name, n))
        ordered = [(name, row[name]) for name in values]
        for pair in combinations(ordered, 2):
            wanted.pop(pair, None)
        rows.append({name: values[name][number] for name, number in ordered})
    return rows


def outcome(call: "subprocess.CompletedProcess[str]") -> tuple[str, str]:
    """Return how a call ended, ``done``, ``refused`` or ``crash``, and what it said of it."""
    errors = [line for line in call.stderr.splitlines() if line.startswith("error: ")]
    if call.returncode in (0, 3):
        return "done", ""
    if call.returncode in (1, 2) and len(errors) == 1 and "Traceback" not in call.stderr:
        return "refused", errors[0]
    return "crash", call.stderr[-300:]


def main(arguments: list[str] | None = None) -> int:
    """Walk and print; the status is 1 where a call crashed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", default="embedded")
    parser.add_argument("--target", default="zero")
    parser.add_argument("--after", type=int, default=0, help="rows to leave out, for they were called before")
    parser.add_argument("--first", type=int, default=None, help="the last row to call; all by default")
    options = parser.parse_args(arguments)
    rows = [
        *({"features.kind": of, "model.kind": model} for of, model in product(KINDS, DETECTORS)),
        *covering_rows(choices()),
        *smallest(),
    ][: options.first]
    found: Counter[str] = Counter()
    for number, row in list(enumerate(rows))[options.after :]:
        changed = [f"--set={name}={value}" for name, value in _written(row).items()]
        with tempfile.TemporaryDirectory() as made:
            call = [sys.executable, "-m", "pipeline", "evaluate", f"--run={made}/run"]
            call += [f"--corpus={options.corpus}", f"--target={options.target}"]
            call += [f"--preset={row.get('preset', 'default')}", *(f"--set={value}" for value in QUICK)]
            # Each in a process of its own: graphs of TensorFlow stay in memory as long as a process lives.
            done = subprocess.run([*call, *changed], capture_output=True, text=True, check=False)
        ended, sentence = outcome(done)
        found[ended] += 1
        print(
            f"{number + 1}/{len(rows)} {ended} {sentence} {_written(row) if ended == 'crash' else ''}",
            flush=True,
        )
    print(f"{found.total()} rows: {dict(found)}")
    return int(found["crash"] > 0)


def _fields() -> Iterator[tuple[str, Any]]:
    for section in SECTIONS:
        page = Settings.model_fields[section].annotation
        for name, field in page.model_fields.items():  # type: ignore[union-attr]
            yield f"{section}.{name}", field


def _listed(field: Any) -> tuple[Any, ...]:
    """Return what can be chosen beside the default; of several views, each alone."""
    kinds = get_args(field.annotation)
    if get_origin(field.annotation) is Literal:
        return tuple(value for value in kinds if value != field.default)
    if field.annotation is bool:
        return (not field.default,)
    if get_origin(field.annotation) is tuple and get_origin(kinds[0]) is Literal:
        return tuple([value] for value in get_args(kinds[0]))
    return ()


def _n_new(wanted: Mapping[Any, None], row: Mapping[str, int], name: str, number: int) -> int:
    one = (name, number)
    return sum((one, other) in wanted or (other, one) in wanted for other in row.items())


def _written(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value).replace("'", '"')
        for name, value in row.items()
        if value is not None and name != "preset"
    }


if __name__ == "__main__":
    raise SystemExit(main())
