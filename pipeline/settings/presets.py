"""Which whole pages of settings have a name, and how does a user change one number of them?"""

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.errors import ArtefactError, nearest
from pipeline.files import read_sealed_toml, read_toml
from pipeline.settings.page import Settings
from pipeline.settings.section import first_error, known_keys, resolve_page

__all__ = ["PRESETS", "read_settings", "remake", "resolve_settings"]

# Small networks for wide inputs: with D inputs a layer holds about 3 D H weights. At D = 25,186 and
# H = 64 that is 4.8 million, and Adam's state for three layers stays below 200 MB.
_WIDE = {"n_layers": 3, "hidden_units": (64,)}

# Clips of any length, a frame every 20 ms: levels are smoothed over 130 ms, and more frames say nothing new.
_FRAMES: dict[str, dict[str, Any]] = {
    "features": {"kind": "frames", "frame_step": 320},
    "model": {
        "kind": "frames",
        "n_layers": 3,
        "hidden_units": (128, 128),
        "noise_scale": 1.0,
        "density_share": 1.0,
        "distortions": ("reverse", "rotate", "shuffle", "crop", "formants", "patch", "field"),
    },
    "training": {"batch_size": 50, "max_epochs": 40, "patience": 6},
}

# The detector of words.
_WORDS: dict[str, dict[str, Any]] = {
    # The views smooth for themselves, each as it needs.
    "features": {"kind": "aligned", "smoothing_seconds": 0.0, "smoothing_bands": 1},
    # Small flows: larger ones rank no better, and take twice as long.
    "model": {"kind": "template", "n_layers": 2, "hidden_units": (64,), "duration_weight": 2.0},
    # More clips than some hundreds rank no better, and each costs memory for its copies: see docs/scale.md.
    "training": {"max_epochs": 10, "patience": 3, "most_clips": 1_500},
}

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "default": _WORDS,
    # The same, and one more view: vectors of a network that was trained on speech of others.
    "pretrained": {**_WORDS, "features": {**_WORDS["features"], "kind": "aligned_vectors"}},
    # Keydana 2019: 10 MAFs, two hidden layers of 512, tanh, batch normalisation after each, order
    # reversed, Adam 1e-3, batch 100; the log-scale is free and nothing stops the training early.
    "legacy": {
        "features": {"kind": "legacy"},
        "model": {
            "kind": "flow",
            "n_layers": 10,
            "hidden_units": (512, 512),
            "normalization": "batch",
            "log_scale_bound": 0.0,
        },
        "training": {"max_epochs": 10, "patience": 0, "clip_norm": 0.0},
    },
    "fft": {"features": {"kind": "fft"}, "model": {"kind": "flow"}},
    "logmel": {
        "features": {"kind": "logmel"},
        "model": {"kind": "flow", "n_layers": 3, "hidden_units": (128,)},
    },
    "aligned": {
        "features": {"kind": "aligned"},
        "model": {"kind": "flow", "n_layers": 3, "hidden_units": (128,)},
    },
    **{
        f"frames-{context}": {**_FRAMES, "model": {**_FRAMES["model"], "context": context}}
        for context in ("position", "convolution", "attention")
    },
    "stft": {"features": {"kind": "stft"}, "model": {"kind": "flow", **_WIDE}},
    "waveform": {"features": {"kind": "waveform"}, "model": {"kind": "flow", **_WIDE}},
    # Machines, hearts, rooms. Features and pages are of whole recordings: fewer cards, three lists of them.
    "sounds": {
        "features": {"kind": "statistics", "duration_seconds": 4.0, "channels": "largest"},
        "model": {"kind": "sounds"},
        "training": {"max_epochs": 1, "monitored_words": (), "cross_fit_below": 100},
        "report": {"n_strangest": 20, "n_target_like": 20},
    },
}


def resolve_settings(
    preset: str, overrides: Iterable[str] = (), **options: Mapping[str, Any] | str | int
) -> Settings:
    """Return the preset's page with the user's changes.

    Args:
        preset: a name of ``PRESETS``.
        overrides: ``section.key=value`` each, the value written as TOML (a bare word is text).
        **options: further fields of ``Settings``; a section's fields as a mapping.

    Raises:
        ConfigurationError: unknown preset, section or key (the nearest is suggested), or a bad value.
    """
    return resolve_page(
        Settings, PRESETS, preset, overrides, options, keys=known_keys(Settings), advise=_advise
    )


def read_settings(path: Path) -> Settings:
    """Read the settings that a run was made with.

    Args:
        path: its ``config.toml``.

    Raises:
        ArtefactError: the file is damaged or of another version.
    """
    try:
        return Settings.model_validate(read_sealed_toml(path))
    except ArtefactError as error:
        raise ArtefactError(f"{error}; {remake(path.parent)}") from error
    except ValidationError as error:
        key, message = first_error(error)
        raise ArtefactError(
            f"{path} is no configuration of this version: {key}: {message}; {remake(path.parent)}"
        ) from error


def remake(run_path: Path) -> str:
    """Return what to do about a run of another version: the command that makes it again.

    Args:
        run_path: of the run; what its settings name is in the command, whatever version wrote them.
    """
    path = run_path / "config.toml"
    try:
        page = read_toml(path)
    except ArtefactError:
        page = {}
    corpus = page.get("corpus")
    chosen = {
        "--corpus": corpus.get("name") if isinstance(corpus, Mapping) else None,
        "--target": page.get("target"),
        "--preset": page.get("preset"),
        "--run": str(run_path),
    }
    words = [f"{option} {shlex.quote(value)}" for option, value in chosen.items() if isinstance(value, str)]
    return f"make the run again with `audio-anomaly evaluate {' '.join(words)}`, or name another run folder"


def _advise(key: str) -> str:
    known = known_keys(Settings)
    same_leaf = (f"; did you mean {other!r}?" for other in known if other.endswith(f".{key}"))
    return nearest(key, known) or next(same_leaf, "; `audio-anomaly doctor --settings` lists them")
