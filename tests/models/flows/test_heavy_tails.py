"""Is a log-density a number where the rows that prepared the flow have heavy tails, or columns without any?

Every family, in float32, is prepared with the rows and asked about them: finite or minus infinity, never NaN.
"""

from functools import cache

import numpy as np
import pytest

from models.flows import Flow, FlowArchitecture
from models.flows.architecture import CHOICES

SIZE, N_ROWS = 3, 200


def rows_of(kind: str) -> np.ndarray:
    generator = np.random.default_rng(0)
    rows = generator.standard_normal((N_ROWS, SIZE))
    if kind == "Student t":
        return generator.standard_t(2, rows.shape)
    if kind == "Cauchy":
        return generator.standard_cauchy(rows.shape)
    if kind == "1e30":
        return rows * 1e30
    if kind == "one row of 1e30":
        rows[0] = 1e30
    if kind == "denormal":
        return rows * 1e-40
    if kind == "constant":
        rows[:, 1] = 7.0
    if kind == "duplicate":
        rows[:, 2] = rows[:, 0]
    return rows


KINDS = ("Student t", "Cauchy", "1e30", "one row of 1e30", "denormal", "constant", "duplicate")


@cache
def flow_of(family: str) -> Flow:
    """Return one flow of a family, which is prepared again for each kind of rows: tracing costs most."""
    normalization = "none" if family in ("affine", "flow_matching") else "activation"
    architecture = FlowArchitecture(family=family, n_layers=2, hidden_units=(4,), normalization=normalization)
    return Flow(SIZE, architecture)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("family", CHOICES["family"])
def test_a_flow_prepared_with_rows_of_any_tail_gives_them_no_nan(family: str, kind: str) -> None:
    rows = rows_of(kind)
    flow = flow_of(family)
    flow.prepare(rows)
    found = flow.log_prob(rows.astype(np.float32)).numpy()
    assert not np.isnan(found).any()
    assert not np.isposinf(found).any()
    assert np.isfinite(found).mean() > 0.5
