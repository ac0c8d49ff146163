"""Is the density of rows right where some features are whole numbers?"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.fitting import FitOptions
from models.flows.flow import Flow
from tests.models.flows.autodiff import shake

_SMALL = FlowArchitecture(
    n_layers=1, hidden_units=(8,), log_scale_bound=1.0, n_bins=4, n_signals=2, ode_steps=4, tail_bound=3.0
)
BOTH = replace(_SMALL, discrete=((0, -1, 2), (1, 0, 3)))
CELLS = (
    np.stack(np.meshgrid([-1, 0, 1, 2], [0, 1, 2, 3], indexing="ij"), axis=-1).reshape(-1, 2).astype(float)
)
EXACT: dict[str, dict[str, Any]] = {
    "maf": {},
    "maf-reversed-label": {"order": "reversed", "n_classes": 2},
    "spline": {"family": "spline_maf", "order": "random"},
}
DEQUANTIZED: dict[str, dict[str, Any]] = {
    "maf-batch": {"n_layers": 2, "normalization": "batch"},
    "iaf-context": {"family": "iaf", "context_size": 2},
    "spline-coupling-label": {"family": "spline_coupling", "n_layers": 2, "n_classes": 2},
    "flow-matching": {"family": "flow_matching"},
    "affine": {"family": "affine"},
}


def shaken(architecture: FlowArchitecture, size: int = 2, amount: float = 0.3, **words: Any) -> Flow:
    flow = Flow(size, architecture, **{"dtype": tf.float64, **words})
    shake(flow, amount)
    return flow


def given_to(flow: Flow) -> dict[str, Any]:
    architecture = flow.architecture
    given: dict[str, Any] = {"label": 1} if architecture.n_classes else {}
    return given | ({"context": np.array([0.3, -0.5])} if architecture.context_size else {})


@pytest.mark.parametrize("name", EXACT)
def test_exact_masses_of_all_cells_sum_to_one_and_samples_fall_by_them(name: str) -> None:
    flow = shaken(replace(BOTH, **EXACT[name]))
    given = given_to(flow)
    masses = np.exp(flow.log_prob(CELLS, **given).numpy())
    assert masses.sum() == pytest.approx(1.0, abs=1e-12)
    drawn = flow.sample(4000, 0, **given).numpy()
    counts = np.array([(drawn == cell).all(axis=1).sum() for cell in CELLS])
    assert counts.sum() == 4000  # all of them are whole numbers in range
    deviation = np.sqrt(4000 * masses * (1.0 - masses))
    assert np.all(np.abs(counts - 4000 * masses) < 5.0 * deviation + 1.0)


@pytest.mark.parametrize("family", ["maf", "spline_maf", "unaf"])
def test_a_mass_is_the_integral_of_the_same_flow_without_discrete_features(family: str) -> None:
    discrete = shaken(replace(_SMALL, family=family, discrete=((0, 0, 4),)), size=1)
    plain = shaken(replace(_SMALL, family=family), size=1)
    for flow in (discrete, plain):
        flow.mean.assign([1.7])
        flow.scale.assign([1.3])
    nodes, weights = np.polynomial.legendre.leggauss(200)
    for number in (1, 2, 3):
        density = np.exp(plain.log_prob(number + 0.5 * nodes[:, None]).numpy())
        found = np.exp(discrete.log_prob([[float(number)]]).numpy()[0])
        # Splines have kinks.
        assert found == pytest.approx(0.5 * weights @ density, rel=1e-4 if family != "maf" else 1e-10)


def test_a_mixed_density_sums_over_numbers_and_integrates_over_the_rest_to_one() -> None:
    architecture = replace(
        _SMALL, discrete=((1, 0, 3),), bounds=((2, 0.0, 1.0),), order="random", family="spline_maf"
    )
    flow = shaken(architecture, size=3)
    # Smooth in the logarithm of the odds, where the density ends at borders that vanish.
    axis, odds = np.linspace(-7.0, 7.0, 141), np.linspace(-9.0, 9.0, 181)
    share = 1.0 / (1.0 + np.exp(-odds))
    points = np.stack(np.meshgrid(axis, [0.0, 1.0, 2.0, 3.0], share, indexing="ij"), axis=-1)
    area = (axis[1] - axis[0]) * (odds[1] - odds[0]) * share * (1.0 - share)
    mass = np.exp(flow.log_prob(points).numpy()) * area
    # Splines have kinks.
    assert mass.sum() == pytest.approx(1.0, abs=1e-3)
    drawn = flow.sample(4000, 0).numpy()
    shares = mass.sum(axis=(0, 2))
    counts = np.array([(drawn[:, 1] == k).sum() for k in range(4)])
    assert np.all(np.abs(counts - 4000 * shares) < 5.0 * np.sqrt(4000 * shares))
    mean = (mass * points[..., 0]).sum()
    assert abs(drawn[:, 0].mean() - mean) < 5.0 * drawn[:, 0].std() / np.sqrt(4000)


@pytest.mark.parametrize("name", DEQUANTIZED)
def test_dequantised_masses_sum_to_one_with_many_points(name: str) -> None:
    architecture = replace(BOTH, n_draws=2000, **DEQUANTIZED[name])
    assert not architecture.has_exact_masses
    flow = shaken(architecture, amount=0.1)
    given = given_to(flow)
    rows = np.tile(CELLS, (4, 1))
    if not given:
        flow.prepare(rows)
        flow.freeze(rows)
    masses = np.exp(flow.log_prob(CELLS, **given).numpy())
    # A density within cells may be infinite at a border, and 2,000 points see little of that.
    assert masses.sum() == pytest.approx(1.0, abs=0.03)
    drawn = flow.sample(2000, 0, **given).numpy()
    counts = np.array([(drawn == cell).all(axis=1).sum() for cell in CELLS])
    assert counts.sum() == 2000
    assert np.all(np.abs(counts / 2000 - masses) < 0.06)


def mixed_rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a normal x, counts of 5 given x, and a normal y given both; and their log-density."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal(n)
    chance = 1.0 / (1.0 + np.exp(-1.5 * x))
    k = generator.binomial(5, chance).astype(float)
    y = k - x + 0.5 * generator.standard_normal(n)
    log_prob = scipy.stats.norm.logpdf(x) + scipy.stats.binom.logpmf(k, 5, chance)
    return np.stack([x, k, y], axis=1), log_prob + scipy.stats.norm.logpdf(y, k - x, 0.5)


@pytest.mark.parametrize("changes", [{"family": "maf"}, {"family": "real_nvp", "n_layers": 2}], ids=str)
def test_a_fit_comes_near_the_known_density_of_mixed_rows(changes: dict[str, Any], tmp_path: Path) -> None:
    architecture = FlowArchitecture(
        **{"n_layers": 1, "hidden_units": (32,), "discrete": ((1, 0, 5),), **changes}
    )
    rows, _ = mixed_rows(4000, 0)
    flow = Flow(3, architecture)
    flow.fit(rows, options=FitOptions(learning_rate=5e-3, max_epochs=8))
    fresh, log_prob = mixed_rows(2000, 1)
    gap = float(np.mean(log_prob) - np.mean(flow.log_prob(fresh)))
    # Dequantised, the flow has to learn flat cells besides.
    assert gap < (0.12 if architecture.has_exact_masses else 0.6)
    drawn = flow.sample(2000, 0).numpy()
    assert set(np.unique(drawn[:, 1])) <= {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}
    assert np.abs(drawn.mean(axis=0) - rows.mean(axis=0)).max() < 0.3
    flow.save(tmp_path / "mixed.flow")
    again = Flow.load(tmp_path / "mixed.flow")
    assert again.architecture == architecture
    np.testing.assert_array_equal(again.log_prob(fresh), flow.log_prob(fresh))
    np.testing.assert_array_equal(again.sample(2000, 0), drawn)


@pytest.mark.parametrize("changes", [{}, {"family": "real_nvp"}], ids=str)
def test_beside_the_whole_numbers_there_is_no_mass(changes: dict[str, Any]) -> None:
    flow = shaken(replace(BOTH, **changes))
    rows = [[0.5, 0.0], [-2.0, 0.0], [0.0, 4.0], [np.nan, 0.0], [0.0, np.inf], [0.0, 0.0]]
    assert np.isneginf(flow.log_prob(rows)).tolist() == [True] * 5 + [False]


@pytest.mark.parametrize("changes", [{}, {"family": "real_nvp"}], ids=str)
def test_a_score_does_not_depend_on_the_rows_beside_it(changes: dict[str, Any]) -> None:
    flow = shaken(replace(BOTH, n_classes=2, **changes))
    labels = np.arange(len(CELLS)) % 2
    together = flow.log_prob(CELLS, label=labels).numpy()
    alone = [flow.log_prob(row, label=int(of)).numpy() for row, of in zip(CELLS, labels, strict=True)]
    np.testing.assert_allclose(together, alone, rtol=1e-12)
    both = flow.log_prob(CELLS[:, None], label=np.array([0, 1])).numpy()
    np.testing.assert_allclose(both[np.arange(len(CELLS)), labels], together, rtol=1e-12)


@pytest.mark.parametrize("changes", [{}, {"family": "real_nvp"}], ids=str)
def test_rows_that_are_no_whole_numbers_of_the_range_are_refused(changes: dict[str, Any]) -> None:
    flow = Flow(2, replace(BOTH, **changes))
    rows = np.tile(CELLS, (2, 1))
    words = (
        "feature 1 must be a whole number from 0 to 3, and 2 of 32 rows are not: the first has {}; round it, "
        "or widen its range in discrete"
    )
    for wrong, said in ((0.5, "0.5"), (4.0, "4"), (np.nan, "nan")):
        damaged = rows.copy()
        damaged[[3, 9], 1] = wrong
        for call in (flow.prepare, flow.fit, lambda x: flow.fit(rows, x)):
            with pytest.raises(ValueError, match=re.escape(words.format(said))):
                call(damaged)


def test_a_data_set_with_other_numbers_is_refused() -> None:
    rows = tf.data.Dataset.from_tensor_slices(np.tile(CELLS, (2, 1)) + [0.0, 0.5]).batch(8)
    with pytest.raises(ValueError, match="feature 1 must be a whole number from 0 to 3, and"):
        Flow(2, BOTH).fit(rows)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"discrete": ((2, 0, 1),)}, "discrete names feature 2; the flow has features 0 to 1"),
        ({"discrete": ((0, 0, 1), (0, 0, 2))}, "must name each place once, from 0 on"),
        ({"bounds": ((0, 0.0, 1.0),)}, "must name each place once, from 0 on"),
        ({"discrete": ((0, 3, 3),)}, "discrete feature 0 goes from 3 to 3; it needs two whole numbers"),
        ({"discrete": ((0, 0, 1.5),)}, "discrete feature 0 goes from 0 to 1.5; it needs two whole numbers"),
        ({"discrete": ((0, 0, 10**6),)}, "between -65,536 and 65,536"),
        (
            {"discrete": ((0, 0, np.inf),)},
            "discrete feature 0 goes from 0 to inf; it needs two whole numbers",
        ),
        ({"n_draws": 0}, "n_draws=0 must be at least 1"),
    ],
    ids=str,
)
def test_ranges_that_cannot_be_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Flow(2, replace(BOTH, **changes))


def test_samples_with_gradients_are_refused() -> None:
    with pytest.raises(ValueError, match=r"features \[0, 1\] are discrete, and samples of whole numbers"):
        Flow(2, BOTH).rsample(3, 0)
