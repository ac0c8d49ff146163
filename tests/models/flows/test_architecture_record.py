"""Does the record of a flow refuse what cannot be built, and survive as bytes?"""

import json
from dataclasses import FrozenInstanceError, asdict, fields

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import CHOICES, FlowArchitecture
from models.flows.flow import Flow
from tests.models.flows.flow_members import MEMBERS


@pytest.mark.parametrize("name", MEMBERS)
def test_a_record_survives_as_an_array(name: str) -> None:
    array = MEMBERS[name].to_array()
    assert array.dtype == np.uint8
    assert FlowArchitecture.from_array(array) == MEMBERS[name]


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        FlowArchitecture().n_layers = 3  # type: ignore[misc]


@pytest.mark.parametrize("name", CHOICES)
def test_an_unknown_choice_is_refused_with_the_known_ones(name: str) -> None:
    expected = f"{name}='best' is unknown; use one of {', '.join(CHOICES[name])}"
    with pytest.raises(ValueError, match=expected):
        FlowArchitecture(**{name: "best"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_layers": -1}, r"n_layers=-1 and hidden_units=\(256, 256\): layers must not be negative"),
        ({"hidden_units": ()}, r"hidden_units=\(\): .* at least 1 hidden layer of at least 1 unit"),
        ({"hidden_units": (8, 0)}, r"hidden_units=\(8, 0\): .* at least 1 unit"),
        ({"context_size": -1}, "must not be negative"),
        ({"n_classes": -1}, "must not be negative"),
        ({"log_scale_bound": -1.0}, "log_scale_bound=-1.0 must be a number from 0 on"),
        ({"log_scale_bound": float("nan")}, "log_scale_bound=nan must be a number from 0 on"),
        ({"log_scale_bound": float("inf")}, "log_scale_bound=inf must be a number from 0 on"),
        ({"n_base_components": 0}, "n_base_components=0 must be at least 1"),
        ({"family": "affine", "n_classes": 2}, "an affine flow, and .* know no context or class"),
        ({"normalization": "batch", "context_size": 2}, "statistics .* know no context or class"),
        ({"family": "spline_maf", "n_bins": 1}, "n_bins=1 must lie between 2 and 999"),
        ({"tail_bound": 0.0}, "tail_bound=0.0 one above 0"),
        ({"tail_bound": float("nan")}, "tail_bound=nan one above 0"),
    ],
    ids=str,
)
def test_numbers_that_do_not_go_together_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Flow(3, FlowArchitecture(**changes))


@pytest.mark.parametrize("more", [True, False])
def test_a_record_with_other_fields_is_refused(more: bool) -> None:
    record = asdict(FlowArchitecture())
    if more:
        record["n_layer"] = 3
    else:
        del record["n_layers"]
    array = np.frombuffer(json.dumps(record).encode(), np.uint8)
    with pytest.raises(ValueError, match="holds no flow architecture of this version: fields are"):
        FlowArchitecture.from_array(array)


@pytest.mark.parametrize("value", [None, "three", [], {}])
@pytest.mark.parametrize("name", ["n_layers", "hidden_units", "log_scale_bound", "n_classes"])
def test_a_record_with_a_field_of_another_kind_is_refused(name: str, value: object) -> None:
    record = asdict(FlowArchitecture()) | {name: value}
    array = np.frombuffer(json.dumps(record).encode(), np.uint8)
    with pytest.raises(ValueError, match="holds no flow architecture of this version"):
        FlowArchitecture.from_array(array)


def test_every_field_is_described() -> None:
    described = FlowArchitecture.__doc__ or ""
    assert [field.name for field in fields(FlowArchitecture) if field.name not in described] == []


def test_a_coupling_of_one_feature_is_refused() -> None:
    with pytest.raises(ValueError, match="a coupling needs at least 2 features, got 1; use family='maf'"):
        Flow(1, FlowArchitecture(family="real_nvp", hidden_units=(4,)))


@pytest.mark.parametrize(
    ("changes", "given", "message"),
    [
        ({}, {"context": 2}, "got a context and needs none"),
        ({}, {"label": 0}, "got a label and needs none"),
        ({"context_size": 2}, {}, "got no context and needs a context"),
        ({"n_classes": 2}, {}, "got no label and needs a label"),
        ({"n_classes": 2}, {"context": 2}, "got a context and needs none"),
    ],
    ids=str,
)
def test_a_condition_that_the_flow_was_not_made_for_is_refused(
    changes: dict, given: dict[str, int], message: str
) -> None:
    flow = Flow(3, FlowArchitecture(n_layers=1, hidden_units=(4,), **changes))
    values = {"context": tf.zeros([5, 2]), "label": tf.zeros([5], tf.int32)}
    with pytest.raises(ValueError, match=message):
        flow.log_prob(tf.zeros([5, 3]), **{name: values[name] for name in given})
    with pytest.raises(ValueError, match=message):
        flow.sample(5, 0, **{name: values[name] for name in given})
