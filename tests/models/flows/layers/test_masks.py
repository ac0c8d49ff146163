"""Do the masks let each output see exactly the inputs before it?"""

import doctest

import numpy as np
import pytest
from hypothesis import given, strategies as st

from models.flows.layers import masks
from models.flows.layers.masks import connectivity, dense_mask, hidden_degrees, input_degrees, layer_masks

WIDTHS = st.lists(st.integers(1, 12), min_size=1, max_size=3)
ORDERS = st.integers(1, 9).flatmap(lambda size: st.permutations(range(1, size + 1)))


def strict_order(order: list[int]) -> np.ndarray:
    """Return what MADE promises: input j reaches output i where its degree is lower."""
    degrees = np.array(order)
    return degrees[:, None] < degrees[None, :]


def test_the_examples_in_the_docstrings_are_true() -> None:
    outcome = doctest.testmod(masks)
    assert outcome.attempted > 0
    assert outcome.failed == 0


@given(order=ORDERS, widths=WIDTHS)
def test_no_output_sees_its_own_or_a_later_input_at_any_width(order: list[int], widths: list[int]) -> None:
    reach = connectivity(layer_masks(len(order), widths, order))
    assert not np.any(reach & ~strict_order(order))


@given(order=ORDERS, extra=st.lists(st.integers(0, 9), min_size=1, max_size=3))
def test_with_a_unit_for_each_degree_the_connectivity_is_the_strict_order(
    order: list[int], extra: list[int]
) -> None:
    widths = [max(len(order) - 1, 1) + more for more in extra]
    np.testing.assert_array_equal(connectivity(layer_masks(len(order), widths, order)), strict_order(order))


def test_the_mask_of_three_inputs_and_four_units_is_a_staircase() -> None:
    mask = dense_mask(np.arange(1, 4), np.arange(1, 5), exclusive=True)
    assert mask.tolist() == [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]]


def test_a_random_order_is_a_permutation_that_its_seed_repeats() -> None:
    first, again, other = (input_degrees(30, "random", seed).tolist() for seed in (1, 1, 2))
    assert first == again != other
    assert sorted(first) == list(range(1, 31))


@given(event_size=st.integers(2, 60), n_units=st.integers(1, 90))
def test_every_degree_has_a_unit_from_one_less_than_the_inputs_on(event_size: int, n_units: int) -> None:
    degrees = hidden_degrees(event_size, n_units)
    assert np.all(np.diff(degrees) >= 0)
    assert len(set(degrees.tolist())) == min(n_units, event_size - 1)


@pytest.mark.parametrize(("name", "order"), [("given", [1, 2, 3, 4]), ("reversed", [4, 3, 2, 1])])
def test_a_named_order_is_the_one_it_names(name: str, order: list[int]) -> None:
    assert input_degrees(4, name).tolist() == order


def test_with_few_units_the_second_output_still_sees_the_first_input() -> None:
    reach = connectivity(layer_masks(50, [3], "given"))
    assert reach[0, 1:].all()


def test_masks_have_the_shapes_of_the_weights() -> None:
    assert [mask.shape for mask in layer_masks(5, [7, 4])] == [(5, 7), (7, 4), (4, 5)]


@given(event_size=st.integers(2, 400), n_units=st.integers(1, 900))
def test_every_hidden_unit_can_reach_some_output(event_size: int, n_units: int) -> None:
    degrees = hidden_degrees(event_size, n_units)
    assert degrees.min() >= 1
    assert degrees.max() <= event_size - 1


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("backwards", "order='backwards' is unknown; use 'given', 'reversed'"),
        ([1, 2, 2], r"order=\[1, 2, 2\] is not a permutation of 1..3"),
        ([0, 1, 2], r"order=\[0, 1, 2\] is not a permutation of 1..3"),
        ([1, 2], r"order=\[1, 2\] is not a permutation of 1..3"),
    ],
)
def test_an_order_that_is_none_is_refused(order: str | list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        input_degrees(3, order)
