"""Does a flow come back from its arrays as it was, to the bit, and are other arrays refused?"""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.flow import Flow
from pipeline.files.artefacts import read_arrays, write_arrays
from tests.models.flows.flow_members import MEMBERS, Member, clips, member

ARCHITECTURE = MEMBERS["maf-label"]


@pytest.fixture(scope="module", params=MEMBERS)
def stored(request: pytest.FixtureRequest) -> Member:
    # Neither seed nor dtype may be taken for granted.
    return member(
        MEMBERS[request.param], seed=5, dtype=tf.float32 if "random" in request.param else tf.float64
    )


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    return member(ARCHITECTURE).flow.arrays()


def test_a_flow_scores_to_the_bit_as_before_it_was_stored(stored: Member, tmp_path: Path) -> None:
    path = tmp_path / "flow.npz"
    write_arrays(path, stored.flow.arrays())
    again = Member(Flow.from_arrays(read_arrays(path)), stored.x, stored.given)
    np.testing.assert_array_equal(again.log_prob(), stored.log_prob())


@pytest.mark.parametrize("name", ["iaf", "real-nvp-both", "affine-mixture"])
def test_a_flow_draws_to_the_bit_as_before_it_was_stored(name: str) -> None:
    stored = member(MEMBERS[name], seed=5)
    again = Flow.from_arrays(stored.flow.arrays())
    n = len(stored.x)
    before, after = (flow.sample(n, 7, **stored.given).numpy() for flow in (stored.flow, again))
    np.testing.assert_array_equal(after, before)


def test_no_array_is_pickled(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    write_arrays(tmp_path / "flow.npz", arrays)
    assert all(array.dtype.kind in "fiu" for array in arrays.values())
    with zipfile.ZipFile(tmp_path / "flow.npz") as archive:
        heads = [archive.read(name)[:6] for name in archive.namelist()]
    assert heads == [b"\x93NUMPY"] * len(arrays)


def test_storing_twice_gives_the_same_arrays(arrays: dict[str, np.ndarray]) -> None:
    again = Flow.from_arrays(arrays).arrays()
    assert list(again) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(again[name], array)


def test_the_arrays_do_not_change_with_the_flow_that_they_came_from() -> None:
    kept = member(ARCHITECTURE)
    arrays, before = kept.flow.arrays(), kept.log_prob()
    kept.flow.prepare(10.0 * clips(), **kept.given)
    again = Member(Flow.from_arrays(arrays), kept.x, kept.given)
    np.testing.assert_array_equal(again.log_prob(), before)


def test_an_untrained_flow_of_the_seed_is_not_what_comes_back(arrays: dict[str, np.ndarray]) -> None:
    kept = member(ARCHITECTURE)
    fresh = Member(Flow(4, ARCHITECTURE, dtype=tf.float64), kept.x, kept.given)
    assert np.all(fresh.log_prob() != Member(Flow.from_arrays(arrays), kept.x, kept.given).log_prob())


def test_each_missing_array_is_named(arrays: dict[str, np.ndarray]) -> None:
    # The layers of one flow are alike: a few of the variables stand for all.
    for name in [*list(arrays)[:5], list(arrays)[-1]]:
        others = {key: array for key, array in arrays.items() if key != name}
        with pytest.raises(ValueError, match=name):
            Flow.from_arrays(others)


def test_no_arrays_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="flow/architecture is missing: these are not the arrays of a flow"):
        Flow.from_arrays({})


def test_an_array_of_another_shape_is_refused_with_both_shapes(arrays: dict[str, np.ndarray]) -> None:
    name = next(key for key in arrays if "weight" in key)
    wrong = arrays | {name: arrays[name][:, :-1]}
    expected = f"variable {name} needs shape .*{arrays[name].shape[1]}\\), found .*{wrong[name].shape[1]}\\)"
    with pytest.raises(ValueError, match=expected):
        Flow.from_arrays(wrong)


def test_arrays_of_another_architecture_are_refused(arrays: dict[str, np.ndarray]) -> None:
    other = Flow(4, FlowArchitecture(family="real_nvp", hidden_units=(8,))).arrays()
    with pytest.raises(ValueError, match="needs shape"):
        Flow.from_arrays(arrays | {"flow/architecture": other["flow/architecture"]})


@pytest.mark.parametrize(
    "damaged",
    [
        np.array([], np.uint8),
        np.frombuffer(b"{", np.uint8),
        np.frombuffer(b"[1, 2]", np.uint8),
        np.frombuffer(b"\xff\xfe", np.uint8),
        np.frombuffer(b'{"family": "maf"}', np.uint8),
        np.frombuffer(b"{" * 100_000, np.uint8),
        ARCHITECTURE.to_array()[:-1],
        np.array(["text"]),
    ],
    ids=["empty", "cut", "list", "no text", "few fields", "nested", "one byte less", "strings"],
)
def test_a_damaged_architecture_is_refused(damaged: np.ndarray, arrays: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="holds no flow architecture of this version"):
        Flow.from_arrays(arrays | {"flow/architecture": damaged})


@pytest.mark.parametrize(
    "head",
    [[], [4, 0], [[4, 0, 8]], [-1, 0, 8], [0, 0, 8], [5, 0, 8], [4, 0, 3], [np.nan, 0, 8]],
    ids=str,
)
def test_a_damaged_head_is_refused(head: list, arrays: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match=r"is no event size, seed and bytes a number|needs shape"):
        Flow.from_arrays(arrays | {"flow/event_size_seed_and_bytes": np.array(head)})


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(poison: float, arrays: dict[str, np.ndarray]) -> None:
    name = next(key for key in arrays if "weight" in key)
    with pytest.raises(ValueError, match=f"variable {name} needs finite numbers"):
        Flow.from_arrays(arrays | {name: np.full_like(arrays[name], poison)})


def test_an_array_that_holds_no_numbers_is_refused(arrays: dict[str, np.ndarray]) -> None:
    name = next(key for key in arrays if "weight" in key)
    with pytest.raises(ValueError, match=f"variable {name} needs finite numbers"):
        Flow.from_arrays(arrays | {name: np.full(arrays[name].shape, "text")})


DRAWN = ["maf-random", "maf-lu-activation", "iaf-both", "real-nvp-both", "spline-random-activation"]


@pytest.mark.parametrize("name", DRAWN)
def test_a_flow_keeps_its_orders_though_numpy_draws_others(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = member(MEMBERS[name], seed=5)
    arrays, before = stored.flow.arrays(), stored.log_prob()
    monkeypatch.setattr(np.random, "default_rng", lambda seed: OtherGenerator())
    again = Member(Flow.from_arrays(arrays), stored.x, stored.given)
    np.testing.assert_array_equal(again.log_prob(), before)


def test_orders_that_are_not_drawn_are_not_stored(arrays: dict[str, np.ndarray]) -> None:
    # A flow of an earlier version, which had none of them, can then still be read.
    assert not [name for name in arrays if name.endswith("_order")]


@pytest.mark.parametrize("damaged", [[0, 1, 2, 2], [1, 2, 3, 4], [0, 0, 0, 0]], ids=str)
def test_an_order_that_is_no_permutation_is_refused(damaged: list[int]) -> None:
    arrays = member(MEMBERS["maf-lu-activation"]).flow.arrays()
    name = next(key for key in arrays if key.endswith("_order"))
    with pytest.raises(ValueError, match=f"variable {name} needs each place from 0 to 3 once"):
        Flow.from_arrays(arrays | {name: np.array(damaged, np.int32)})


class OtherGenerator:
    """A generator of another NumPy: its stream has nothing to do with the seed."""

    def __init__(self) -> None:
        self._generator = np.random.Generator(np.random.MT19937(12345))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._generator, name)


def test_a_flow_comes_back_from_one_file_to_the_bit(tmp_path: Path) -> None:
    flow = Flow(2, FlowArchitecture(n_layers=2, hidden_units=(4,), n_classes=3), dtype=tf.float64, seed=4)
    x = np.random.default_rng(0).standard_normal((50, 2))
    flow.prepare(x)
    flow.save(tmp_path / "kept.flow")
    again = Flow.load(tmp_path / "kept.flow")
    assert np.array_equal(flow.log_prob(x, label=2), again.log_prob(x, label=2))
    assert again.is_prepared
    assert repr(again) == repr(flow)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.flow"]


@pytest.mark.parametrize("place", [0.02, 0.5, 0.98])
def test_a_damaged_file_is_refused_in_words(tmp_path: Path, place: float) -> None:
    path = tmp_path / "kept.flow"
    Flow(2, FlowArchitecture(n_layers=1, hidden_units=(4,))).save(path)
    path.write_bytes(path.read_bytes()[: int(place * path.stat().st_size)])
    with pytest.raises(ValueError, match="is no saved flow, or damaged"):
        Flow.load(path)


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="is no saved flow"):
        Flow.load(tmp_path / "x.npy")


def test_the_text_of_a_flow_says_what_it_is() -> None:
    flow = Flow(2, FlowArchitecture(n_layers=1, hidden_units=(4,), context_size=3))
    assert repr(flow).startswith("<Flow maf of 2 features, context_size=3, 1 layers, ")
    assert repr(flow).endswith("float32, not fitted>")
