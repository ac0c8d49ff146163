"""What stands in the files of a run?

The meanings stand here; a test holds the names to those of a real run, in both directions. ``NAME`` and
``WORD`` in a key stand for any.
"""

from docs.generator.markdown import code, page, table
from pipeline.report.terms import MEANINGS

__all__ = ["COLUMNS", "METRICS", "OPTIONAL", "files_page"]

OPENING = """\
A run folder is `runs/<corpus>-<target>-<preset>`, or what `--run` names. Every file is written whole or not
at all, and `audio-anomaly verify` checks each against its digest. Scores are higher for stranger clips;
log-likelihoods and scores are in nats."""

ELSEWHERE = """\
Tables are Parquet in groups of 65,536 rows, arrays are NumPy's files, and both are read without this program.
Row `i` of `features/features.npy` and `features/sketches.npy` is row `i` of `manifest.parquet` and of
`features/quality.parquet`.

```python
import dask.array, dask.dataframe, duckdb, numpy, pandas, polars

pandas.read_parquet("RUN/scores.parquet", columns=["path", "score"]).nlargest(20, "score")
polars.scan_parquet("RUN/scores.parquet").filter(polars.col("flagged")).select("path", "score").collect()
dask.dataframe.read_parquet("RUN/scores.parquet").groupby("word").score.mean().compute()
duckdb.sql("select word, avg(score) from 'RUN/scores.parquet' group by word")
features = numpy.load("RUN/features/features.npy", mmap_mode="r")
dask.array.from_array(features).mean().compute()
```

Tried with pandas 3.1, Polars 2.1, Dask 2026.8 and DuckDB."""

FOLDERS = (
    ("config.toml", "every setting of the run"),
    ("provenance.json", "seed, versions, machine, digest of the corpus, code version, seconds of each stage"),
    ("manifest.parquet", "one row for each clip of the corpus"),
    ("features/", "features, measures and sketches of each clip"),
    ("model/", "the fitted detector, its calibration scores, which clips it was fitted to"),
    ("history.csv", "one row for each epoch of the main flow"),
    ("scores.parquet, scores.csv", "one row for each clip that could be scored"),
    ("metrics.json", "the figures of the run"),
    ("evaluation/", "faults of recordings, reasons, maps of scores, and the map of clips"),
    ("dcase/", "scores and decisions of each section, as [DCASE's task 2](../how-to/dcase.md) asks"),
    ("report/index.html", "the report, in one file"),
    (
        "audit/",
        "what [an audit](../explanation/audit.md#what-is-in-runaudit) found",
    ),
    (
        "sweep/",
        "what [a sweep](../how-to/sweep.md#what-is-in-runsweep) of all classes found",
    ),
)

# By file; each a column and its meaning, in the order of the file.
COLUMNS: dict[str, dict[str, str]] = {
    "scores.parquet": {
        "path": "of the clip, below the corpus's folder",
        "word": "its class",
        "speaker": "who speaks; each file is its own speaker where none is known",
        "split": "`train`, `validation` or `test`; `fold_0` and so on where the run is cross-fitted",
        "log_prob": "log-likelihood of the clip, nats; by the main flow, where the detector has one",
        "score": "how strange the clip is, nats; the sum of its terms",
        "p_value": "share of the calibration clips that are at least as strange, the clip itself counted in",
        "flagged": "whether `p_value` is at most `evaluation.alpha`",
        "tags": "faults of the recording, joined by `; `; see [tags](codes.md#tags)",
        "fdr_listed": "whether the clip is listed at the false-discovery rate `evaluation.fdr`",
        "term_NAME": "one term of the score, nats; the terms are below",
        "nats_above_usual": "`score` less the median score of the calibration clips: 0 is usual",
        "channel": "the channel that gave the score, from 1; only there where one of several did",
    },
    "manifest.parquet": {
        "path": "of the clip, below the corpus's folder",
        "word": "its class",
        "speaker": "who speaks",
        "split": "`train`, `validation` or `test`, or a fold",
        "sha256": "of the bytes of the file",
        "sample_rate": "of the file, Hz; 0 where the file was set aside",
        "n_samples": "of one channel, as in the file; 0 where the file was set aside",
        "status": "`ok` or `set_aside`",
        "reason": "[why it was set aside](codes.md#why-a-file-is-set-aside), or what was done to it",
        "recording": "which recording it was cut from; its own path where nothing is known",
        "section": "of the machine's recordings; this and the next three where the corpus tells them",
        "domain": "`source` or `target`",
        "condition": "`normal` or `anomaly`",
        "attributes": "how the machine ran",
    },
    "history.csv": {
        "epoch": "number, from 1",
        "batch": "mean log-likelihood of the training clips, nats",
        "test": "of the target's test clips; followed, and decides nothing",
        "WORD": "of each word of `training.monitored_words` that the corpus has",
    },
    "evaluation/quality.parquet": {
        "path": "of the clip; a row for each of its tags",
        "tag": "see [tags](codes.md#tags)",
        "value": "the number behind the tag",
        "threshold": "what the number was compared with",
        "detail": "both, in a sentence",
    },
    "evaluation/map.parquet": {
        "path": "of a clip on the map, below the corpus's folder",
        "x": "place on the first principal component of what the main flow sees, in standard deviations",
        "y": "place on the second one, on the same scale",
    },
    "evaluation/reasons.parquet": {
        "path": "of the clip",
        "reason": "see [reasons](codes.md#reasons)",
        "evidence": "the evidence for it, in a sentence with numbers",
        "nearest_path": "the target's clip that sounds nearest, by another speaker",
        "nearest_distance": "between the sketches of both, dB",
        "strength": "of the evidence; 1 is what 95 % of the target's training clips stay below",
        "other_word": "the word besides the target whose clips are nearest; no such column of sounds",
    },
}

METRICS = {
    "target": "the class that is normal",
    "preset": "the page of settings that the run started from",
    "protocol": "what the figures may be compared with: `one-class`, or what else was heard",
    "cross_fitting": "null, or how the run was cross-fitted",
    "auxiliary_words": "words that a background model has heard; none for `one-class`",
    "corpus": "its name",
    "corpus_sha256": "digest of its files",
    "n_train": "clips of the target that the model is fitted to",
    "n_validation": "clips of the target for stopping and calibration",
    "n_test_target": "test clips of the target",
    "set_aside": "files that could not be used",
    "target_mean_log_prob": "mean log-likelihood of the target's test clips, nats",
    "words.WORD.n": "test clips of another word",
    "words.WORD.mean_log_prob": "their mean log-likelihood, nats",
    "words.WORD.auroc": "how often one of them scores above a test clip of the target; ties count half",
    "words.WORD.auroc_ci95": "95 % interval of it, over resampled speakers",
    "words.WORD.pauc_0.1": "area under the ROC curve up to a rate of 0.1; chance is 0.5 (McClish 1989)",
    "words.WORD.fpr_at_95tpr": "share of the target's test clips flagged where 95 % of the word's are",
    "macro_auroc": "plain mean of `auroc` over words",
    "macro_auroc_ci95": "95 % interval of it",
    "worst_word": "the word with the lowest `auroc`",
    "worst_auroc": "its `auroc`",
    "words_outranking_target": "words whose mean score is below the target's",
    "words_likelier_than_target": "words whose mean log-likelihood is above the target's",
    "baselines.NAME.macro_auroc": "`macro_auroc` of a simpler detector",
    "baselines.NAME.worst_auroc": "its `worst_auroc`",
    "baselines.NAME.words.WORD": "its `auroc` for a word",
    "baselines.NAME.outranking": "words whose mean score by it is below the target's",
    "baselines.NAME.pooled_auroc": "its `pooled_auroc`",
    "pooled_auroc": "`auroc` of all test clips of other words together",
    "pooled_auroc_ci95": "95 % interval of it",
    "macro_auroc_min10": "mean of `auroc` over words with ten test clips or more; null where there are none",
    "pooled_fpr_at_95tpr": "`fpr_at_95tpr` of all test clips of other words together",
    "terms.NAME.macro_auroc": "`macro_auroc` of one term by itself",
    "terms.NAME.worst_auroc": "its `worst_auroc`",
    "terms.NAME.spread": "its standard deviation over the target's test clips, nats",
    "typicality.NAME.score": "share of the target's test clips that silence, noise or a tone outscores",
    "typicality.NAME.log_likelihood": "the same by minus the log-likelihood",
    "typicality.NAME.two_sided_log_likelihood": "the same by the distance of it from its median",
    "calibration.alpha": "`evaluation.alpha`",
    "calibration.false_alarm_rate_test": "share of the target's test clips that are flagged",
    "calibration.n_calibration": "calibration clips",
    "calibration.floor": "the smallest p-value there can be",
    "calibration.is_shared_with_stopping": "whether the calibration clips also stopped the training",
    "calibration.n_flagged": "clips that are flagged",
    "calibration.n_flagged_target_test": "of them, test clips of the target",
    "calibration.fdr": "`evaluation.fdr`",
    "calibration.n_listed": "clips that are listed",
    "calibration.n_listed_target_test": "of them, test clips of the target",
    "calibration.guarantee": "what is guaranteed of flags and lists, in sentences",
    "feature_kind": "`features.kind`",
    "noun": "what a class is called in sentences: `word` or `class`",
    "n_features": "numbers of a clip that the detector gets",
    "words_without_test_clips": "words that are in no ranking",
    "warnings": "what a reader should know of the figures, in sentences",
    "leaks": "clips and speakers that two splits share, in sentences",
}

# What a run may lack: another detector, another kind of corpus.
OPTIONAL = {"channel", "WORD", "nats_above_usual", "section", "domain", "condition", "attributes"}
NULL = """\
Where the corpus has one class alone, `words` and `baselines` are empty and the figures over words are null.
A run of machines with sections has `sections`, `official_score` and `section_thresholds`
([DCASE](../how-to/dcase.md)).
A run with verdicts has the key `review` as well ([listening and
judging](../how-to/review.md#what-verdicts-change)), and a run of the preset `pretrained` has
`pretrained_features`. A run that learned from a sample of clips has `sampled_from`, the number that
there are."""


def files_page() -> str:
    """Return the page."""
    parts = ["## The folder", table(("file", "holds"), ((code(name), text) for name, text in FOLDERS))]
    parts += ["## In other programs", ELSEWHERE]
    for name, columns in COLUMNS.items():
        title = "scores.csv and scores.parquet" if name == "scores.parquet" else name
        parts += [f"## {title}", _rows("column", columns)]
        if name == "scores.parquet":
            parts += [
                "### Terms of the score",
                _rows("term", {f"term_{key}": text for key, text in MEANINGS.items()}),
            ]
    parts += ["## metrics.json", NULL, _rows("key", METRICS)]
    return page("Files of a run", OPENING, *parts)


def _rows(header: str, meanings: dict[str, str]) -> str:
    return table((header, "meaning"), ((code(name), text) for name, text in meanings.items()))
