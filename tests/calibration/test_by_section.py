"""Is a threshold that of its own section and domain where these are enough, and else pooled?"""

import numpy as np
import pytest

from pipeline.calibration import p_values
from pipeline.calibration.by_section import Group, section_thresholds

ALPHA = 0.05


def groups_of(**sizes: int) -> list[Group]:
    """Return section and domain of so many recordings of each, as ``s00_source=40``."""
    return [(name[1:3], name[4:]) for name, size in sizes.items() for _ in range(size)]


def test_a_section_and_domain_with_nineteen_recordings_has_a_threshold_of_its_own():
    groups = groups_of(s00_source=19, s00_target=19)
    scores = np.concatenate([np.arange(19.0), 100 + np.arange(19.0)])
    found = section_thresholds(groups, scores, groups, ALPHA)
    assert {group: told.threshold for group, told in found.items()} == {
        ("00", "source"): 18.0,
        ("00", "target"): 118.0,
    }


def test_too_few_are_pooled_with_their_section_and_then_with_all():
    groups = groups_of(s00_source=15, s00_target=4, s01_source=3, s01_target=1)
    found = section_thresholds(groups, np.arange(float(len(groups))), groups, ALPHA)
    assert {group: (told.pool, told.n_own, told.n_calibration) for group, told in found.items()} == {
        ("00", "source"): ("section 00", 15, 19),
        ("00", "target"): ("section 00", 4, 19),
        ("01", "source"): ("all sections", 3, 23),
        ("01", "target"): ("all sections", 1, 23),
    }


def test_a_recording_of_unknown_domain_is_judged_by_its_section():
    groups = groups_of(s00_source=19, s00_target=19, s01_source=30)
    told = section_thresholds(groups, np.arange(68.0), [("00", "")], ALPHA)["00", ""]
    assert (told.pool, told.n_calibration) == ("section 00", 38)


@pytest.mark.parametrize("n", [19, 25, 99, 100])
def test_flags_are_the_p_values_of_the_pool_at_the_rate(n: int):
    scores = np.random.default_rng(n).standard_normal(n)
    groups = groups_of(s00_source=n)
    threshold = section_thresholds(groups, scores, groups, ALPHA)["00", "source"].threshold
    judged = np.concatenate([scores, np.linspace(-3, 3, 50)])
    assert np.array_equal(judged > threshold, p_values(scores, judged) <= ALPHA)


def test_fewer_than_the_rate_takes_flag_nothing_and_say_so():
    groups = groups_of(s00_source=18)
    told = section_thresholds(groups, np.arange(18.0), groups, ALPHA)["00", "source"]
    assert np.isinf(told.threshold)
    assert "needs 19 calibration recordings, got 18" in told.promise


def test_the_promised_interval_holds_in_95_of_100_draws():
    """Of 1,000 drawn pools 95 % are expected within; 3 standard deviations of that are 0.021."""
    generator = np.random.default_rng(0)
    groups, inside = groups_of(s00_source=40), []
    for _ in range(1000):
        told = section_thresholds(groups, generator.random(40), groups, ALPHA)["00", "source"]
        inside.append(told.rate_low <= 1 - told.threshold <= told.rate_high)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.021)
