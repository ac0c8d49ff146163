"""Which exit statuses, codes, tags and reasons does the program give, and what does each mean?"""

from docs.generator.markdown import code, page, table
from pipeline import errors
from pipeline.commands.cli import INTERRUPTED_STATUS
from pipeline.commands.options import SET_ASIDE_STATUS
from pipeline.errors import REFUSALS
from pipeline.explanation import reasons
from pipeline.explanation.sounds.deviations import KINDS
from pipeline.quality.tags import TAGS

__all__ = ["REASONS", "TAG_MEANINGS", "codes_page"]

OPENING = (
    "Names that a script can rely on: exit statuses, codes of files that are set aside, tags of recordings, "
    "reasons of clips."
)

TAG_MEANINGS = {
    "silence": "the loudest 30 ms are below `quality.silence_decibel`",
    "near_silence": "the loudest 30 ms are below `quality.near_silence_decibel`",
    "clipping": "flat tops at the peak",
    "dc_offset": "a constant offset",
    "dropout": "equal samples inside the sound, as after a lost buffer",
    "truncated_start": "the sound is cut at its start",
    "truncated_end": "the sound is cut at its end",
    "edge_start": "the loud part reaches the start, close to cut",
    "edge_end": "the loud part reaches the end, close to cut",
    "too_short": "much shorter than the target's training clips",
    "too_long": "much longer than the target's training clips",
    "copied_channels": "one channel is a copy of another",
    "opposite_channels": "two channels cancel when they are mixed",
    "dead_channel": "a channel without sound, left out",
    "cut_off": "the end of the stated sound is missing",
    "size_unstated": "the file states no size, or one that is not true; all is read",
    "exact_duplicate": "another clip has the same samples",
    "near_duplicate": "another clip is nearly the same",
    "duplicate_across_splits": "a duplicate is in another split",
    "duplicate_across_words": "a duplicate is under another word",
}

REASONS = {
    reasons.BAD_RECORDING: "the recording is damaged, or hardly rises above its noise",
    reasons.OTHER_WORD: "it sounds more like another word",
    reasons.ODD_CHANNEL: "a voice, microphone or room unlike the others",
    reasons.PART_MISSING: "it sounds like half of the word",
    reasons.NO_REASON: "nothing stands out among what is looked at",
}


def codes_page() -> str:
    """Return the page."""
    statuses = (
        (0, "done"),
        (errors.PipelineError.exit_status, "the work could not be done"),
        (errors.ConfigurationError.exit_status, "an option, a setting or a value is wrong"),
        (SET_ASIDE_STATUS, "done, but some files were set aside or could not be scored"),
        (errors.ArtefactError.exit_status, "a file of a run is damaged, or was not made by this program"),
        (INTERRUPTED_STATUS, "interrupted; the same command goes on from what is finished"),
    )
    return page(
        "Exit statuses, codes, tags and reasons",
        OPENING,
        "## Exit statuses",
        table(("status", "meaning"), ((str(status), text) for status, text in statuses)),
        "## Why a file is set aside",
        "The reason in `manifest.parquet` begins with one of these codes, and so does the tag `unusable` of "
        "`audio-anomaly score`.",
        table(("code", "meaning"), ((code(name), text) for name, text in REFUSALS.items())),
        "## Tags",
        "A tag says what was measured to be wrong with a recording. The numbers and thresholds behind each: "
        "[decisions](../explanation/decisions.md#tags). `non_finite` stands first where the "
        "log-likelihood is not finite.",
        table(("tag", "meaning"), ((code(name), TAG_MEANINGS[name]) for name in TAGS)),
        "## Reasons",
        "Of words, in the column `reason` of `evaluation/reasons.parquet`. How a reason is found: "
        "[decisions](../explanation/decisions.md#reasons).",
        table(("reason", "meaning"), REASONS.items()),
        "Of machines and other sounds the reason names the kind of deviation, its time and its frequency: "
        "[reasons of sounds](../explanation/sound_reasons.md). The kinds, as the code names them: "
        f"{', '.join(code(kind) for kind in KINDS)}.",
    )
