"""Is a density right where features are angles, or have a least or a greatest value?"""

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.flow import Flow
from tests.models.flows.autodiff import shake

ANGLES = FlowArchitecture(family="spline_coupling", hidden_units=(8,), n_layers=2, n_bins=4, circular=(0, 1))


def shaken(size: int, architecture: FlowArchitecture) -> Flow:
    flow = Flow(size, architecture, dtype=tf.float64)
    shake(flow, 0.5)
    return flow


@pytest.fixture(scope="module")
def torus() -> Flow:
    return shaken(2, ANGLES)


def test_a_density_of_two_angles_has_a_mass_of_one(torus: Flow) -> None:
    axis = np.linspace(-np.pi, np.pi, 400, endpoint=False) + 1e-3
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    density = np.exp(torus.log_prob(points).numpy())
    # Splines have kinks: at half the step the total changes by less than this.
    assert density.mean() * (2 * np.pi) ** 2 == pytest.approx(1.0, abs=1e-3)
    assert density.std() > 0.1 * density.mean()


def test_nothing_happens_at_the_seam_and_a_turn_changes_nothing(torus: Flow) -> None:
    at = np.array([[np.pi - 1e-9, 0.3], [-np.pi + 1e-9, 0.3], [0.3, np.pi - 1e-9], [0.3, -np.pi + 1e-9]])
    found = torus.log_prob(at).numpy()
    assert found[::2] == pytest.approx(found[1::2], abs=1e-6)
    assert torus.log_prob(at + 2 * np.pi * np.array([1, -3])).numpy() == pytest.approx(found, abs=1e-6)


def test_samples_of_angles_go_once_around_and_have_the_mean_of_the_density(torus: Flow) -> None:
    drawn = torus.sample(4000, 0).numpy()
    assert drawn.min() >= -np.pi and drawn.max() < np.pi
    axis = np.linspace(-np.pi, np.pi, 200, endpoint=False)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    weight = np.exp(torus.log_prob(points).numpy())
    for function in (np.cos, np.sin):
        expected = np.average(function(points), axis=0, weights=weight)
        # Five standard errors of a number within one.
        assert np.abs(function(drawn).mean(axis=0) - expected).max() < 5.0 / math.sqrt(len(drawn))


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (2.0, np.inf), (-np.inf, -3.0)])
def test_a_density_with_ends_has_its_mass_between_them(low: float, high: float) -> None:
    flow = shaken(1, FlowArchitecture(n_layers=1, hidden_units=(4,), bounds=((0, low, high),)))
    u = np.linspace(-30.0, 30.0, 6001)[:, None]
    x = flow._support.forward(u).numpy()
    inside = (x > low) & (x < high)  # rounding reaches an end
    slope = np.exp(-flow._support.inverse_log_det_jacobian(x[inside[:, 0]], 1).numpy())
    mass = np.exp(flow.log_prob(x[inside[:, 0]]).numpy()) * slope * (u[1, 0] - u[0, 0])
    assert mass.sum() == pytest.approx(1.0, abs=1e-6)
    ends = np.array([[end] for end in (low, high) if np.isfinite(end)])
    assert np.isneginf(flow.log_prob(ends)).all()
    assert np.isneginf(flow.log_prob([[low - 1.0 if np.isfinite(low) else high + 1.0]]))
    drawn = flow.sample(500, 0).numpy()
    assert np.all((drawn > low) & (drawn < high))


def test_rows_beyond_an_end_are_refused_with_their_number() -> None:
    flow = Flow(2, FlowArchitecture(n_layers=1, hidden_units=(4,), bounds=((1, 0.0, 1.0),)))
    rows = np.full((10, 2), 0.5)
    rows[:3, 1] = [0.0, 1.0, np.nan]
    words = "feature 1 must lie between 0 and 1, both left out, and 3 of 10 rows do not; widen its bounds"
    with pytest.raises(ValueError, match=words):
        flow.prepare(rows)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"circular": (2,)}, "circular names feature 2; the flow has features 0 to 1"),
        ({"circular": (0, 0)}, "must name each place once, from 0 on"),
        ({"family": "maf"}, "circular features need family='spline_coupling', permutation='reversed'"),
        (
            {"circular": (), "bounds": ((0, 1.0, 1.0),)},
            "bounds of feature 0 are 1 and 1; one end must be finite",
        ),
        (
            {"circular": (), "bounds": ((5, 0.0, 1.0),)},
            "bounds names feature 5; the flow has features 0 to 1",
        ),
    ],
    ids=str,
)
def test_ranges_that_cannot_be_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Flow(2, replace(ANGLES, **changes))
