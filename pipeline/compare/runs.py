"""Which two runs are compared, and over which clips?

Conventions: run A is the first one named, B the second; every difference is B minus A. Figures are
compared over the test clips that both runs scored: the same file (by its SHA-256) under the same word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ArtefactError, ConfigurationError
from pipeline.files import read_json, read_sealed_toml
from pipeline.runs import CONFIG_NAME, Run, check_one_making, find_run, is_fold, is_judged, read_run

__all__ = ["ComparedRun", "Pair", "changed_settings", "read_pair"]


@dataclass(frozen=True, kw_only=True)
class ComparedRun:
    """One of two runs: what it is called here, its folder, its files and its settings."""

    name: str
    path: Path
    run: Run
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two runs and the rows of the test clips that both scored.

    Attributes:
        a, b: the runs.
        rows_a, rows_b: rows of their scores, [N], the same clip at the same place.
        only_a, only_b: paths of scored clips that the other run has not scored.
        n_changed: clips with one path, but another word, split or content in each run.
    """

    a: ComparedRun
    b: ComparedRun
    rows_a: np.ndarray
    rows_b: np.ndarray
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    n_changed: int

    @property
    def word(self) -> np.ndarray:
        """Word of each common test clip [N]."""
        return np.asarray(self.a.run.scores.word[self.rows_a])


def read_pair(path_a: Path, path_b: Path, *, force: bool = False) -> Pair:
    """Read two runs and find the clips that both have.

    Args:
        path_a: a run folder.
        path_b: another.
        force: compare runs of two corpora over the clips that both have.

    Raises:
        ConfigurationError: the runs are about different targets or corpora, or share no test clip.
        ArtefactError: a file of a run is absent, damaged or foreign.
    """
    name_a, name_b = _names(path_a, path_b)
    a, b = _read(name_a, path_a), _read(name_b, path_b)
    if a.run.target != b.run.target:
        raise ConfigurationError(
            f"{a.name} is about {a.run.target!r} and {b.name} about {b.run.target!r}; "
            "compare two runs of one target"
        )
    digests = [str(side.run.metrics.get("corpus_sha256") or "") for side in (a, b)]
    if digests[0] != digests[1] and not force:
        raise ConfigurationError(
            f"{a.name} was evaluated on the corpus {digests[0][:12] or 'unknown'} and {b.name} on "
            f"{digests[1][:12] or 'unknown'}, so their figures are over different clips; compare runs of one "
            "corpus, or give --force to compare over the clips that both have"
        )
    return _paired(a, b)


def _read(name: str, path: Path) -> ComparedRun:
    run = find_run(path)
    run.check("evaluation")
    check_one_making(run, ["evaluation"])
    metrics = read_json(path / "metrics.json")
    if not isinstance(metrics, dict) or "target" not in metrics:
        raise ArtefactError(f"{path / 'metrics.json'} names no target; evaluate again")
    settings = read_sealed_toml(path / CONFIG_NAME)
    return ComparedRun(name=name, path=path, run=read_run(path, metrics["target"]), settings=settings)


def _names(path_a: Path, path_b: Path) -> tuple[str, str]:
    """Return the folders' names, with as many of those above as it takes to tell them apart."""
    parts = path_a.resolve().parts, path_b.resolve().parts
    for n in range(1, max(map(len, parts)) + 1):
        names = ["/".join(each[-n:]) for each in parts]
        if names[0] != names[1]:
            return names[0], names[1]
    raise ConfigurationError(f"{path_a} and {path_b} are the same run; name two")


def _paired(a: ComparedRun, b: ComparedRun) -> Pair:
    rows = [dict(zip(side.run.scores.path.tolist(), range(10**9), strict=False)) for side in (a, b)]
    both = [path for path in rows[0] if path in rows[1]]
    pairs = [(rows[0][path], rows[1][path]) for path in both]
    identities = _identities(a), _identities(b)
    same = [(i, j) for i, j in pairs if identities[0][i] == identities[1][j]]
    scores = a.run.scores, b.run.scores
    judged = is_judged(scores[0].split)
    tested = [
        (i, j) for i, j in same if judged[i] and not np.isnan([scores[0].score[i], scores[1].score[j]]).any()
    ]
    if not tested:
        raise ConfigurationError(f"{a.name} and {b.name} have 0 test clips in common; compare other runs")
    return Pair(
        a=a,
        b=b,
        rows_a=np.array([i for i, _ in tested]),
        rows_b=np.array([j for _, j in tested]),
        only_a=tuple(path for path in rows[0] if path not in rows[1]),
        only_b=tuple(path for path in rows[1] if path not in rows[0]),
        n_changed=len(pairs) - len(same),
    )


def _identities(side: ComparedRun) -> list[tuple[str, str, str]]:
    """Return word, split and digest of each scored clip."""
    scores = side.run.scores
    # Which fold a clip is in does not matter: each is judged by a model that was not fitted to it.
    split = np.where(is_fold(scores.split), "fold", scores.split)
    digests = [side.run.digests.get(path) or "" for path in scores.path]
    columns = zip(scores.word, split, digests, strict=True)
    return [(str(word), str(of), digest) for word, of, digest in columns]


def changed_settings(pair: Pair) -> list[tuple[str, str, str]]:
    """Return each setting that differs, as key, value of A, value of B."""
    a, b = _flat(pair.a.settings), _flat(pair.b.settings)
    keys = list(dict.fromkeys([*a, *b]))
    return [(key, a.get(key, "absent"), b.get(key, "absent")) for key in keys if a.get(key) != b.get(key)]


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return flat
