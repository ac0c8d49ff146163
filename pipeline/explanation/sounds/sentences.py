"""How is a deviation told to somebody who will listen for it?

A reason is a few words that name the kind; the sentence after it says where in time, at which pitch or rate,
and how much, with what is usual beside it. Conventions: seconds from the recording's start, frequencies in Hz
with three digits.
"""

from collections.abc import Callable
from math import floor, isfinite, log10

from pipeline.explanation.sounds.usual import Deviation

__all__ = ["OTHER_MACHINE", "reason_of", "sentence_of"]

OTHER_MACHINE = "other machine or other load"
MOST_STRIKES = 200  # as many as are counted


def reason_of(found: Deviation) -> str:
    """Return the kind in a few words."""
    return _TOLD[found.kind][0]


def sentence_of(found: Deviation, seconds: float) -> str:
    """Return what to listen for, without a full stop.

    Args:
        found: the deviation.
        seconds: of the whole recording.
    """
    return _TOLD[found.kind][1](found, seconds)


def hertz(value: float) -> str:
    """Return a frequency with three digits."""
    return f"{_rounded(value):,.0f} Hz" if value >= 100 else f"{value:.1f} Hz".replace(".0 Hz", " Hz")


def _rounded(value: float) -> float:
    return round(value, -max(0, floor(log10(value)) - 2)) if value > 0 else value


def _band(found: Deviation) -> str:
    return f"from {hertz(found.low)} to {hertz(found.high)}"


def _when(found: Deviation, seconds: float) -> str:
    if not isfinite(found.start):
        return ""
    if found.end - found.start >= seconds:
        return ", throughout"
    return f", most from {found.start:.2f} to {found.end:.2f} s"


def _times(found: Deviation) -> str:
    return f"{10 ** (abs(found.value) / 20):.1f} times"


def _new_tone(found: Deviation, seconds: float) -> str:
    return (
        f"a tone at {hertz(found.low)} stands {found.value:.0f} dB over what surrounds it, "
        f"where {found.usual:.0f} dB are usual"
    )


def _lost_tone(found: Deviation, seconds: float) -> str:
    return (
        f"the tone at {hertz(found.low)} stands {found.value:.0f} dB over what surrounds it, "
        f"where {found.usual:.0f} dB are usual"
    )


def _levels(comparison: str, part: str = "it is") -> Callable[[Deviation, float], str]:
    def tell(found: Deviation, seconds: float) -> str:
        return (
            f"{part} {abs(found.value):.1f} dB {comparison} than usual {_band(found)}{_when(found, seconds)}"
        )

    return tell


def _rough(found: Deviation, seconds: float) -> str:
    return f"its level changes {_times(found)} as much from moment to moment as usual {_band(found)}"


def _steady(found: Deviation, seconds: float) -> str:
    share = 10 ** (-abs(found.value) / 20)
    over = f", with a strong tone at {hertz(found.tone)}" if isfinite(found.tone) else ""
    return f"its level changes {share:.2f} times as much from moment to moment as usual {_band(found)}{over}"


def _wavering(found: Deviation, seconds: float) -> str:
    return f"its level wavers {_times(found)} as much as usual, slower than 5 times a second, {_band(found)}"


def _beat(verb: str) -> Callable[[Deviation, float], str]:
    def tell(found: Deviation, seconds: float) -> str:
        return (
            f"it {verb} {found.rate:.1f} times a second {_band(found)}: this rate stands "
            f"{found.value:.0f} dB out of the envelope's spectrum, where {found.usual:.0f} dB are usual"
        )

    return tell


def _clicks(found: Deviation, seconds: float) -> str:
    n = round(found.rate * seconds)
    many = f"at least {found.rate:.0f}" if n >= MOST_STRIKES else f"{found.rate:.1f}"
    span = f"between {found.start:.2f} and {found.end:.2f} s"
    counted = f"one click at {found.start:.2f} s stands" if n == 1 else f"{many} clicks a second {span} stand"
    return (
        f"{counted} out {_band(found)}, up to {found.value:.0f} dB over the median level, "
        f"where {found.usual:.0f} dB are usual"
    )


def _burst(found: Deviation, seconds: float) -> str:
    return (
        f"at {found.start:.2f} s it is {found.value:.0f} dB over its median level {_band(found)}, "
        f"where {found.usual:.0f} dB are usual"
    )


def _echo(found: Deviation, seconds: float) -> str:
    return f"clicks come in pairs, {found.value:.3f} s apart"


def _after_onset(found: Deviation, seconds: float) -> str:
    return (
        f"from {found.start:.3f} to {found.end:.3f} s after its onsets it is {found.value:.0f} dB louder "
        f"than usual {_band(found)}, as of a second click"
    )


def _cycle_part(comparison: str) -> Callable[[Deviation, float], str]:
    def tell(found: Deviation, seconds: float) -> str:
        return (
            f"from {found.start:.2f} to {found.end:.2f} s after each onset it is {abs(found.value):.0f} dB "
            f"{comparison} than usual {_band(found)}"
        )

    return tell


def _quiet(found: Deviation, seconds: float) -> str:
    return (
        f"it is quiet from {found.start:.2f} to {found.end:.2f} s, for {found.value:.2f} s, "
        f"where {found.usual:.2f} s are usual"
    )


def _odd(what: str) -> Callable[[Deviation, float], str]:
    def tell(found: Deviation, seconds: float) -> str:
        return f"at {found.start:.2f} s this cycle {what} by {found.value:.0f} dB {_band(found)}"

    return tell


def _cycle(found: Deviation, seconds: float) -> str:
    return f"a cycle takes {found.value:.2f} s, where {found.usual:.2f} s are usual"


def _shifted(found: Deviation, seconds: float) -> str:
    higher = f"{found.value:.2f} times as high as those of usual recordings"
    return f"its tones lie {higher}, as of the machine at another speed or load"


def _odd_bands(found: Deviation, seconds: float) -> str:
    return f"{100 * found.value:.0f} % of its bands are louder or quieter than usual, as of another machine"


_TOLD: dict[str, tuple[str, Callable[[Deviation, float], str]]] = {
    "new tone": ("new tone", _new_tone),
    "tone weaker": ("tone weaker", _lost_tone),
    "louder": ("band louder", _levels("louder")),
    "quieter": ("band quieter", _levels("quieter")),
    "pauses louder": ("pauses louder", _levels("louder", "its quiet parts are")),
    "pauses quieter": ("pauses quieter", _levels("quieter", "its quiet parts are")),
    "rougher": ("rougher", _rough),
    "steadier": ("steadier", _steady),
    "wavering": ("level wavers", _wavering),
    "periodic impacts": ("periodic impacts", _beat("strikes")),
    "periodic swelling": ("periodic swelling", _beat("swells")),
    "irregular clicks": ("irregular clicks", _clicks),
    "burst": ("burst", _burst),
    "double clicks": ("double clicks", _echo),
    "after onsets": ("double clicks", _after_onset),
    "cycle louder": ("part of the cycle louder", _cycle_part("louder")),
    "cycle quieter": ("part of the cycle quieter", _cycle_part("quieter")),
    "slower decay": ("slower decay", _cycle_part("louder")),
    "quiet part": ("quiet part", _quiet),
    "missing": ("something missing", _odd("lacks what the others have")),
    "extra": ("something added", _odd("has what the others lack")),
    "cycle": ("cycle", _cycle),
    "slower cycle": ("slower cycle", _cycle),
    "faster cycle": ("faster cycle", _cycle),
    "shifted tones": (OTHER_MACHINE, _shifted),
    "odd bands": (OTHER_MACHINE, _odd_bands),
}
