"""What of a corpus, and of a run's figures, is printed?"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pipeline.corpora import Corpus
from pipeline.terminal import aligned_table

__all__ = ["corpus_table", "metrics_table"]

N_HARDEST = 8


def corpus_table(corpus: Corpus) -> str:
    """Return a corpus's words with the clips of each split and the speakers."""
    rows = []
    for word in corpus.words:
        clips = [clip for clip in corpus.clips if clip.word == word]
        splits = Counter(clip.split for clip in clips)
        speakers = len({clip.speaker for clip in clips})
        rows.append(
            [_safe(word), *(str(splits[split]) for split in ("train", "validation", "test")), str(speakers)]
        )
    speakers = len({clip.speaker for clip in corpus.clips})
    total = f"{len(corpus.clips)} clips, {len(corpus.words)} words, {speakers} speakers in {corpus.root}"
    return aligned_table(["word", "train", "validation", "test", "speakers"], rows) + "\n" + total


def metrics_table(metrics: Mapping[str, Any]) -> str:
    """Return the hardest words and the summary of ``metrics.json``."""
    words = sorted(metrics["words"].items(), key=lambda item: item[1]["auroc"])
    rows = [
        [
            _safe(word),
            str(figures["n"]),
            f"{figures['auroc']:.3f}",
            "{:.3f}-{:.3f}".format(*figures["auroc_ci95"]),
            f"{figures['mean_log_prob']:.1f}",
        ]
        for word, figures in words[:N_HARDEST]
    ]
    low, high = metrics["macro_auroc_ci95"]
    baselines = metrics["baselines"]
    gaussian = baselines["gaussian"]
    best = max(baselines, key=lambda name: baselines[name]["macro_auroc"])
    lines = [
        aligned_table(["hardest words", "clips", "AUROC", "95 % interval", "nats a clip"], rows),
        f"{_safe(metrics['target'])}, preset {metrics['preset']}: macro AUROC {metrics['macro_auroc']:.3f} "
        f"({low:.3f}-{high:.3f}) over {len(words)} words, worst {metrics['worst_auroc']:.3f}",
        f"Gaussian on the same features: macro AUROC {gaussian['macro_auroc']:.3f}, "
        f"worst {gaussian['worst_auroc']:.3f}",
        f"{best}, the best of {len(baselines)} simpler detectors: "
        f"macro AUROC {baselines[best]['macro_auroc']:.3f}, worst {baselines[best]['worst_auroc']:.3f}",
        f"{metrics['words_outranking_target']} of {len(words)} words look more normal than the target; "
        f"{metrics['calibration']['false_alarm_rate_test']:.1%} of its {metrics['n_test_target']} "
        f"test clips are flagged at alpha {metrics['calibration']['alpha']:g}, and "
        f"{metrics['calibration']['n_listed_target_test']} of them are listed at a false-discovery rate of "
        f"{metrics['calibration']['fdr']:g}",
        *metrics["calibration"]["guarantee"],
    ]
    return "\n".join(lines)


def _safe(text: str) -> str:
    """Return text that cannot steer a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)
