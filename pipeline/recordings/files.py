"""How strange are these files, for a model that is already trained?

Files go through the same front end as in training, so a clip of the corpus gets the score that the
run gave it, and the same tags but for those about duplicates: a line depends on its file alone. Of a
cross-fitted run it is the model of all clips that scores, so a clip of the target, which that model has
heard, gets a lower score here than in the run.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.detection import TrainedModel, read_card, read_model
from pipeline.processes import mapping
from pipeline.recordings.figures import CLIPS_AT_ONCE, Scorer, check_model, counted, named, together
from pipeline.recordings.listing import files_of
from pipeline.settings import FeatureSettings
from pipeline.terminal import Progress, say

if TYPE_CHECKING:
    from pipeline.features import ClipFacts, FeatureBatch

__all__ = ["score_paths"]

FILES_AHEAD = 2 * CLIPS_AT_ONCE


def score_paths(
    run_path: Path, paths: Iterable[Path], *, model: TrainedModel | None = None, is_explained: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield one mapping for each file, in the order given; folders are searched, sorted by name.

    Args:
        run_path: a run whose model is trained.
        paths: audio files, or folders of them.
        model: that of the run, where it was read and checked already; reading it costs seconds.
        is_explained: add ``reason``, ``evidence``, ``nearest_path``, ``nearest_distance``, ``terms`` and
            ``faults``, see ``Scorer.figures``.

    Yields:
        ``path``, ``log_prob`` (nats), ``score`` (higher is stranger), ``nats_above_usual``, ``p_value``,
        ``flagged``, ``tags``, and ``channel``, from 1, where the strangest of several decided;
        ``path_bytes``, percent-encoded, where the path is not UTF-8. A file that cannot be used has None for
        the figures and a tag that says why.

    Raises:
        PipelineError: a path does not exist, or a folder holds no audio file.
        ArtefactError: the run's model is missing or damaged.
    """
    from pipeline.features import Source, extraction
    from pipeline.frontend import scoring_settings

    sources = [Source(file, defect) for path in paths for file, defect in files_of(path)]
    if model is None:
        check_model(run_path)
    features = scoring_settings(read_card(run_path)[0].features if model is None else model.features)
    # The first files become features in other processes while this one imports TensorFlow.
    with extraction(sources, features, n_files_ahead=FILES_AHEAD) as batches:
        scorer = Scorer(run_path, model or read_model(run_path), is_explained=is_explained)
        yield from _lines(scorer, [source.path for source in sources], batches)


def _lines(
    scorer: Scorer, files: Sequence[Path], batches: Iterable["FeatureBatch"]
) -> Iterator[dict[str, Any]]:
    n_longer = 0

    def blocks() -> Iterator[tuple["FeatureBatch", Sequence[Path]]]:
        nonlocal n_longer
        n = 0
        for batch in together(counted(batches, progress)):
            n_longer += _n_longer(batch.facts, scorer.model.features)
            yield batch, files[n : n + len(batch.facts)]
            n += len(batch.facts)

    done = 0
    with (
        Progress("score", len(files), "files") as progress,
        mapping(scorer.judged, blocks(), n_workers=1) as judged,
    ):
        for block in judged:
            for path, figures in zip(files[done : done + len(block)], block, strict=True):
                yield {**named(path), **figures}
            done += len(block)
    if n_longer:
        longest = scorer.model.features.longest_seconds
        sentence = (
            f"score: {n_longer} of {done} files are longer than features.longest_seconds={longest:g}: "
            f"their first {longest:g} s are scored; cut them into parts to score all"
        )
        say(sentence)


def _n_longer(facts: Iterable["ClipFacts"], features: FeatureSettings) -> int:
    """Return how many recordings are not heard to their end."""
    if features.kind != "statistics":
        return 0
    return sum(fact.n_samples > features.longest_seconds * fact.sample_rate for fact in facts)
