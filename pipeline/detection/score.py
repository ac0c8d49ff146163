"""How strange are these files, for a model that is already trained?

Files go through the same front end as in training, so a clip of the corpus gets the score that the
run gave it, and the same tags but for those about duplicates: a line depends on its file alone. Of a
cross-fitted run it is the model of all clips that scores, so a clip of the target, which that model has
heard, gets a lower score here than in the run.
"""

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

import numpy as np
from pydantic import ValidationError

from pipeline.calibration import refused_cross_fitted_flags, refused_flags
from pipeline.detection.trained import TrainedModel, read_card, read_model
from pipeline.errors import ArtefactError, PipelineError
from pipeline.files import read_sealed_toml
from pipeline.quality import find_faults, usual_duration
from pipeline.runs import EachChannel, RunFolder, check_one_making, spread
from pipeline.settings import EvaluationSettings, FeatureSettings, QualitySettings, remake
from pipeline.terminal import Progress

if TYPE_CHECKING:
    from pipeline.features import ClipFacts, FeatureBatch

__all__ = ["score_paths"]

# A flow scores a thousand clips in the time of one: its products are compiled for blocks of that size.
FILES_AT_ONCE = 1024
FILES_AHEAD = 2 * FILES_AT_ONCE
FIGURES = ("log_prob", "score", "p_value", "flagged")
TERM = "term_"


def score_paths(
    run_path: Path, paths: Iterable[Path], *, model: TrainedModel | None = None, with_terms: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield one mapping for each file, in the order given; folders are searched, sorted by name.

    Args:
        run_path: a run whose model is trained.
        paths: audio files, or folders of them.
        model: that of the run, where it was read and checked already; reading it costs seconds.
        with_terms: add ``terms``, nats whose sum is the score, and ``faults``, a sentence for each tag.

    Yields:
        ``path``, ``log_prob`` (nats), ``score`` (higher is stranger), ``p_value``, ``flagged``,
        ``tags``, and ``channel``, from 1, where the strangest of several decided; ``path_bytes``,
        percent-encoded, where the path is not UTF-8; a file that cannot be used has None for the figures and
        a tag that says why.

    Raises:
        PipelineError: a path does not exist, or a folder holds no audio file.
        ArtefactError: the run's model is missing or damaged.
    """
    from pipeline.features import Source, extraction
    from pipeline.frontend import scoring_settings

    sources = [Source(file, defect) for path in paths for file, defect in _files(path)]
    if model is None:
        run = RunFolder(run_path)
        run.check("model")
        check_one_making(run, ["model"])
    features = scoring_settings(read_card(run_path)[0].features if model is None else model.features)
    # The first files become features in other processes while this one imports TensorFlow.
    with extraction(sources, features, n_files_ahead=FILES_AHEAD) as batches:
        files = [source.path for source in sources]
        yield from _lines(run_path, model or read_model(run_path), files, batches, with_terms)


def _lines(
    run_path: Path,
    model: TrainedModel,
    files: Sequence[Path],
    batches: Iterable["FeatureBatch"],
    with_terms: bool,
) -> Iterator[dict[str, Any]]:
    from pipeline.features import OK

    evaluation, thresholds = _sections(run_path / "config.toml")
    usual_seconds = usual_duration(run_path, model.target)
    refuse = refused_flags if model.cross_fitted is None else refused_cross_fitted_flags
    refusal = refuse(model.n_calibrating, evaluation.alpha)
    if refusal:
        print(f"score: {refusal}", file=sys.stderr, flush=True)
    with Progress("score", len(files), "files") as progress:
        done, n_longer = 0, 0
        for facts, features in _together(batches, progress):
            seconds = np.array([fact.measures.recorded_seconds for fact in facts])
            columns = model.score(_each_channel(facts, features), seconds, evaluation.alpha)
            for i, fact in enumerate(facts):
                line: dict[str, Any] = _named(files[done + i])
                figures = {name: columns[name][i].item() for name in FIGURES}
                if columns["channel"][i]:
                    figures["channel"] = columns["channel"][i].item()
                tags = ["non_finite"] if columns["non_finite"][i] else []
                faults = find_faults(fact.measures, usual_seconds, thresholds)
                tags += [fault.tag for fault in faults]
                if fact.status != OK:
                    figures, tags = dict.fromkeys(FIGURES), [f"unusable: {fact.reason}"]
                line |= {**figures, "tags": tags}
                if with_terms and fact.status == OK:
                    terms = {name: values for name, values in columns.items() if name.startswith(TERM)}
                    line["terms"] = {
                        name.removeprefix(TERM): values[i].item() for name, values in terms.items()
                    }
                    line["faults"] = [fault.detail for fault in faults]
                yield line
            done += len(facts)
            n_longer += _n_longer(facts, model.features)
    if n_longer:
        longest = model.features.longest_seconds
        sentence = (
            f"score: {n_longer} of {done} files are longer than features.longest_seconds={longest:g}: "
            f"their first {longest:g} s are scored; cut them into parts to score all"
        )
        print(sentence, file=sys.stderr, flush=True)


def _n_longer(facts: Iterable["ClipFacts"], features: FeatureSettings) -> int:
    """Return how many recordings are not heard to their end."""
    if features.kind != "statistics":
        return 0
    return sum(fact.n_samples > features.longest_seconds * fact.sample_rate for fact in facts)


def _each_channel(facts: Sequence["ClipFacts"], features: np.ndarray) -> EachChannel:
    of = [(number, fact) for number, fact in enumerate(facts) if fact.channel_features is not None]
    own = [fact.channel_features for _, fact in of if fact.channel_features is not None]
    clip = np.repeat([number for number, _ in of], [len(fact.channels) for _, fact in of]).astype(np.intp)
    channel = np.array([number for _, fact in of for number in fact.channels], np.intp)
    return spread(features, clip, channel, np.concatenate(own) if own else features[:0])


def _together(
    batches: Iterable["FeatureBatch"], progress: Progress
) -> Iterator[tuple[list["ClipFacts"], np.ndarray]]:
    """Yield facts and features of ``FILES_AT_ONCE`` files or more, but for the last."""
    facts: list[ClipFacts] = []
    features: list[np.ndarray] = []
    for batch in batches:
        facts += batch.facts
        features.append(batch.features)
        progress.advance(len(batch.facts))
        if len(facts) >= FILES_AT_ONCE:
            yield facts, np.concatenate(features)
            facts, features = [], []
    if facts:
        yield facts, np.concatenate(features)


def _sections(path: Path) -> tuple[EvaluationSettings, QualitySettings]:
    try:
        page = read_sealed_toml(path)
        return (
            EvaluationSettings.model_validate(page["evaluation"]),
            QualitySettings.model_validate(page.get("quality", {})),
        )
    except (KeyError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ArtefactError(
            f"{path} is no configuration of this version ({reason}); {remake(path.parent)}"
        ) from error


def _files(path: Path) -> list[tuple[Path, str]]:
    """Return each file and why not to open it; what is left out of a folder is said with its number."""
    from pipeline.corpora import AUDIO_SUFFIXES, list_audio

    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise PipelineError(
            f"{_printable(path)} cannot be scored: {error.strerror}; give audio files or folders"
        ) from error
    if not stat.S_ISDIR(mode):
        return [(path, "")]
    listing = list_audio(path.resolve(), of_words=False)
    left_out = list(listing.left_out)
    if listing.n_other:
        left_out.append(f"{listing.n_other:,} files that are no sound were left out")
    for sentence in left_out:
        print(f"score: {_printable(path)}: {sentence}", file=sys.stderr, flush=True)
    # A name of any bytes can be opened; only a corpus must write it into its tables.
    found = [
        (path / file.on_disk, "" if file.defect.startswith("name_bytes") else file.defect)
        for file in listing.files
    ]
    if not found:
        raise PipelineError(
            f"the folder {_printable(path)} holds 0 audio files; give one with {', '.join(AUDIO_SUFFIXES)}"
        )
    return found


def _printable(path: Path) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _named(path: Path) -> dict[str, str]:
    """Return the path and, where its bytes are not UTF-8, these percent-encoded: so it is found again."""
    name, raw = _printable(path), os.fsencode(path)
    return {"path": name} if name.encode() == raw else {"path": name, "path_bytes": quote_from_bytes(raw)}
