"""Which machines stand in the rooms, what is learned from and judged, and what else sounds there?

Computed machines: 60 normal recordings of the part for training, and all of the part for testing; beside them
run the three other machines, something strikes metal, or voices without words are heard. The real fan and
drone: 70 % of the normal recordings, copies once, and all others; beside them runs the other of the two,
something strikes metal, or people say words. Everything is drawn anew for each seed: recordings, rooms, which
of the three sounds beside a recording, and how loud. Nothing is chosen for a machine.
Conventions: sounds are float64 [n_samples] at ``RATE``, mono; pairs [n_samples, 2], the near channel first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from benchmarks.detection.two_channels.rooms import (
    Disturbance,
    Room,
    another_machine,
    babble,
    impacts,
    voices,
)
from pipeline.corpora import kinds_of, open_corpus

__all__ = ["QUIET_DECIBEL", "RATE", "SETS", "Pairs", "Site", "open_site", "recorded"]

RATE = 16_000
N_TRAIN, N_BESIDE, N_NOISE, N_WORDS = 60, 14, 40, 60
QUIET_DECIBEL = 25.0  # of a machine over what else sounds, where nothing to speak of does
TRAIN_SHARE = 0.7
# Of a real set: normal recordings, other ones, and the machine beside it.
REAL = {
    "real fan": ("mimii_fan_id_00/normal", "mimii_fan_id_00/abnormal", "drone_motor/propeller"),
    "real drone": ("drone_motor/propeller", "drone_motor/no_propeller", "mimii_fan_id_00/normal"),
}
WORDS = ("bed", "cat", "happy")
SETS = (*kinds_of("machines"), *REAL)


@dataclass(frozen=True, kw_only=True)
class Site:
    """The sounds of one machine: learned from, judged, which of these are anomalous [N]; what else sounds."""

    learned: list[np.ndarray]
    judged: list[np.ndarray]
    is_anomaly: np.ndarray
    beside: list[Disturbance]


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """What both microphones recorded: normal, to be judged, and of the room alone."""

    learned: list[np.ndarray]
    judged: list[np.ndarray]
    noise: list[np.ndarray]
    is_anomaly: np.ndarray


def recorded(site: Site, snr_decibel: float, seed: int, *, is_learned_quietly: bool) -> Pairs:
    """Return the recordings of a site.

    Args:
        site: the machine.
        snr_decibel: of the machine to what else sounds, at the near microphone.
        seed: of what is drawn.
        is_learned_quietly: whether next to nothing else sounded while the machine was learned.
    """
    generator = np.random.default_rng([seed, 1])
    room = Room.drawn(RATE, generator)

    def record(machine: np.ndarray | None, n_samples: int, snr: float) -> np.ndarray:
        beside = site.beside[generator.integers(len(site.beside))]
        return room.record(machine, beside, n_samples, snr, generator)

    quiet = QUIET_DECIBEL if is_learned_quietly else snr_decibel
    return Pairs(
        learned=[record(sound, len(sound), quiet) for sound in site.learned],
        judged=[record(sound, len(sound), snr_decibel) for sound in site.judged],
        noise=[record(None, len(site.learned[0]), snr_decibel) for _ in range(N_NOISE)],
        is_anomaly=site.is_anomaly,
    )


def open_site(name: str, data: Path | None, seed: int) -> Site:
    """Return a machine by its name in ``SETS``; real ones need the folder of their data."""
    generator = np.random.default_rng([seed, 0])
    if name in REAL:
        if data is None:
            raise SystemExit(f"error: {name} needs --data, the folder that holds it")
        return _real(data, name, generator)
    corpus = open_corpus("machines", target=name)
    train = [clip.path for clip in corpus.clips if clip.split != "test"]
    judged = [clip for clip in corpus.clips if clip.split == "test"]
    others = []
    for kind in kinds_of("machines"):
        if kind != name:
            clips = [
                clip.path for clip in open_corpus("machines", target=kind).clips if clip.split == "train"
            ]
            others += _sounds(corpus.root / path for path in clips[:N_BESIDE])
    return Site(
        learned=_sounds(corpus.root / train[place] for place in generator.permutation(len(train))[:N_TRAIN]),
        judged=_sounds(corpus.root / clip.path for clip in judged),
        is_anomaly=np.array([clip.word != name for clip in judged]),
        beside=[another_machine(others), impacts(RATE), voices(RATE)],
    )


def _real(data: Path, name: str, generator: np.random.Generator) -> Site:
    normal, other, beside = (sorted((data / folder).glob("*.wav")) for folder in REAL[name])
    normal = list({path.read_bytes(): path for path in normal}.values())
    normal = [normal[place] for place in generator.permutation(len(normal))]
    n_learned = round(TRAIN_SHARE * len(normal))
    words = [
        path
        for word in WORDS
        for path in sorted((data / "speech_commands_v0.01" / word).glob("*.wav"))[:N_WORDS]
    ]
    return Site(
        learned=_sounds(normal[:n_learned]),
        judged=_sounds([*normal[n_learned:], *other]),
        is_anomaly=np.arange(len(normal) - n_learned + len(other)) >= len(normal) - n_learned,
        beside=[another_machine(_sounds(beside[:N_BESIDE])), impacts(RATE), babble(_sounds(words))],
    )


def _sounds(paths: Iterable[Path] | Sequence[Path]) -> list[np.ndarray]:
    sounds = []
    for path in paths:
        frames, rate = soundfile.read(path, always_2d=True)
        mono = frames.mean(axis=1)
        sounds.append(mono if rate == RATE else soxr.resample(mono, rate, RATE))
    return sounds
