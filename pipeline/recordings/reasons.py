"""Why is a bare file strange, and which clip of the run is it nearest to?

The reasons are those of the report, see ``pipeline.explanation``: files are compared with clips of the run.
Where the sound of a file is that of a clip of the run, its reason is that clip's own. Of another file the
class is not known, and who speaks in it is known from its name alone.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.corpora import speaker_in_name
from pipeline.detection import (
    CROSS_FITTED_NAME,
    TrainedModel,
    read_cross_fitted_columns,
    read_fitted_rows,
)
from pipeline.explanation import explain, explain_sounds, rows_to_compare
from pipeline.files import read_sealed_json
from pipeline.frontend import OF_ANY_LENGTH, vectors_of
from pipeline.quality import Finding, QualityRecord, find_faults, read_quality, usual_duration
from pipeline.runs import CONFIG_NAME, PROVENANCE_NAME, ClipTable, RunFolder, read_clip_table
from pipeline.settings import read_settings

if TYPE_CHECKING:
    from pipeline.features import FeatureBatch

__all__ = ["NO_REASONS", "ReasonTeller"]

TOLD = ("reason", "evidence", "nearest_path", "nearest_distance")
NO_REASONS: dict[str, Any] = dict.fromkeys(TOLD)
TERM = "term_"


class ReasonTeller:
    """What of a run tells reasons.

    Args:
        run_path: the run.
        model: of that run.

    Raises:
        ArtefactError: the run's features are missing or damaged.
    """

    def __init__(self, run_path: Path, model: TrainedModel) -> None:
        RunFolder(run_path).check("features")
        self._run_path, self._model = run_path, model
        self._settings = read_settings(run_path / CONFIG_NAME)
        self._table, self._record = read_clip_table(run_path), read_quality(run_path)
        self._root = Path(read_sealed_json(run_path / PROVENANCE_NAME)["corpus"]["root"])
        usable = zip(self._record.digests().tolist(), self._table.usable.tolist(), strict=True)
        self._rows = {sound: row for row, (sound, is_usable) in enumerate(usable) if sound and is_usable}

    def tell(
        self,
        paths: Sequence[Path],
        batch: "FeatureBatch",
        columns: dict[str, np.ndarray],
        findings: Sequence[Sequence[Finding]],
    ) -> list[dict[str, Any]]:
        """Return the reason of each file, its evidence, the nearest clip and the distance to that.

        Args:
            paths: of the files [N], all of them usable.
            batch: their features and facts.
            columns: what ``TrainedModel.score`` says of them.
            findings: what is wrong with each.
        """
        own = [self._rows.get(fact.sound_sha256, -1) for fact in batch.facts]
        is_sound = self._settings.features.kind in OF_ANY_LENGTH
        if is_sound and not self._root.is_dir():
            sentence = (
                f"The recordings that were learned from are not at {self._root} any more, and a reason needs "
                "to hear them again."
            )
            return [{**NO_REASONS, "evidence": sentence} for _ in paths]
        new = np.flatnonzero(np.array(own) < 0)
        asked = np.unique([row for row in own if row >= 0]).astype(np.intp)
        compared = self._fitted if is_sound else self._compared_with([path.name for path in paths], asked)
        rows = np.union1d(compared, asked)
        table = self._joined(rows, [paths[place] for place in new.tolist()], batch.features[new])
        places = np.where(np.array(own) < 0, 0, np.searchsorted(rows, own))
        places[new] = len(rows) + np.arange(len(new))
        chosen = np.unique(places)
        if is_sound:
            score = np.zeros(len(table.path))
            score[places] = columns["score"]
            fitted = np.searchsorted(rows, self._fitted)
            told = explain_sounds(table, chosen, score[chosen], self._model, fitted, self._root).reasons
        else:
            told = explain(
                table,
                np.arange(len(table.path)),
                self._columns(rows, asked, columns, new),
                self._joined_record(rows, batch, new),
                self._findings(rows, asked, findings, new),
                self._settings,
                chosen,
            )
        number = np.searchsorted(chosen, places).tolist()
        return [{name: told[name][place] or None for name in TOLD} for place in number]

    @cached_property
    def _fitted(self) -> np.ndarray:
        return read_fitted_rows(self._run_path)

    @cached_property
    def _compared(self) -> np.ndarray:
        return rows_to_compare(self._table, self._settings.target)

    def _compared_with(self, names: Sequence[str], asked: np.ndarray) -> np.ndarray:
        """Return the rows that tell of files: also the target's other clips by the same speakers."""
        speakers = {speaker_in_name(name, self._settings.corpus.name_pattern) for name in names}
        speakers = (speakers - {""}) | set(self._table.speaker[asked])
        of_target = self._table.rows(self._settings.target)
        by_same = [row for row in of_target.tolist() if self._table.speaker[row] in speakers]
        return np.union1d(self._compared, np.array(by_same, np.intp))

    def _joined(self, rows: np.ndarray, paths: Sequence[Path], features: np.ndarray) -> ClipTable:
        """Return rows of the run, with files of no class behind them."""
        table, n = self._table, len(paths)
        has_vectors = vectors_of(table.features[:1], self._settings.features) is not None
        if has_vectors or self._settings.features.kind in OF_ANY_LENGTH:
            # Behind what is scored may stand what only a fit needed.
            features = np.concatenate([table.take(rows)[:, : features.shape[1]], features])
        else:  # sketches are compared, and features of a large corpus stay on disk
            features = np.zeros((len(rows) + n, 0), np.float32)
        pattern = self._settings.corpus.name_pattern
        speakers = [speaker_in_name(path.name, pattern) or f"//{number}" for number, path in enumerate(paths)]
        new = {
            "path": [str(path.absolute()) for path in paths],
            "word": [""] * n,
            "speaker": speakers,
            "split": ["test"] * n,
            "status": ["ok"] * n,
            "reason": [""] * n,
        }
        texts = {
            name: np.concatenate([getattr(table, name)[rows], np.array(values, object)])
            for name, values in new.items()
        }
        return ClipTable(**texts, features=features)  # type: ignore[arg-type]

    def _joined_record(self, rows: np.ndarray, batch: "FeatureBatch", new: np.ndarray) -> QualityRecord:
        facts = [batch.facts[place] for place in new.tolist()]
        of_files = QualityRecord.of(
            [fact.sound_sha256 for fact in facts], [fact.measures for fact in facts], batch.sketches[new]
        )
        return self._record.joined(rows, of_files)

    def _columns(
        self, rows: np.ndarray, asked: np.ndarray, columns: dict[str, np.ndarray], new: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Return p-values and terms of rows, NaN where none are asked for, and of the files behind them."""
        names = [name for name in columns if name == "p_value" or name.startswith(TERM)]
        told = (self._table.word[rows] == self._settings.target) | np.isin(rows, asked)
        if self._model.cross_fitted is not None:
            usable = np.flatnonzero(self._table.usable)
            path = self._run_path / "model" / CROSS_FITTED_NAME
            places = np.searchsorted(usable, rows[told])
            known = {name: values[places] for name, values in read_cross_fitted_columns(path, usable).items()}
        else:
            seconds = self._record.column("recorded_seconds")[rows[told]]
            alpha = self._settings.evaluation.alpha
            known = self._model.score(self._table.each(rows[told]), seconds, alpha)
        joined = {}
        for name in names:
            values = np.full(len(rows), np.nan)
            values[told] = known[name]
            joined[name] = np.concatenate([values, columns[name][new]])
        return joined

    def _findings(
        self,
        rows: np.ndarray,
        asked: np.ndarray,
        findings: Sequence[Sequence[Finding]],
        new: np.ndarray,
    ) -> list[Sequence[Finding]]:
        usual = usual_duration(self._run_path, self._settings.target)
        thresholds = self._settings.quality
        told = dict(zip(asked.tolist(), self._record.clips(asked), strict=True))
        of_run = [find_faults(told[row], usual, thresholds) if row in told else () for row in rows.tolist()]
        return [*of_run, *(findings[place] for place in new.tolist())]
