"""Do the numbers of the tabular experiment hold together: presets, ablations, choices, places?"""

from pathlib import Path
from typing import get_args

import pytest

from pipeline.commands.density import FLOW_CHOICES, PRESET_NAMES
from pipeline.density.ablations import ablation_settings
from pipeline.density.experiment import default_density_path
from pipeline.density.presets import PRESETS, resolve_density_settings
from pipeline.density.settings import DensitySettings, FlowSettings


def test_every_ablation_is_an_architecture() -> None:
    from models.flows.architecture import FlowArchitecture

    built = [
        FlowArchitecture(**changed.flow.model_dump())
        for _, changed in ablation_settings(resolve_density_settings("gas")).values()
    ]
    assert len(set(built)) == 5


def test_an_ablation_changes_one_number_of_the_reference() -> None:
    reference = resolve_density_settings("gas")
    for name, (_, changed) in ablation_settings(reference).items():
        before, after = reference.model_dump()["flow"], changed.model_dump()["flow"]
        assert sum(before[key] != after[key] for key in before) == (name != "reference")
        assert changed.model_copy(update={"flow": reference.flow}) == reference


def test_a_change_that_the_reference_has_is_no_ablation() -> None:
    relu = resolve_density_settings("gas", flow={"activation": "relu"})
    assert "relu" not in ablation_settings(relu)


@pytest.mark.parametrize("name", sorted(FLOW_CHOICES))
def test_the_command_offers_what_the_settings_take(name: str) -> None:
    assert set(FLOW_CHOICES[name]) == set(get_args(FlowSettings.model_fields[name].annotation))


def test_the_command_offers_every_preset() -> None:
    assert set(PRESET_NAMES) == set(PRESETS)


def test_the_presets_are_the_published_model() -> None:
    for preset in ("gas", "blog"):
        page = resolve_density_settings(preset)
        flow, training = page.flow, page.training
        assert (flow.family, flow.n_layers, flow.hidden_units) == ("maf", 10, (100, 100))
        assert (flow.activation, flow.normalization, flow.permutation) == ("tanh", "batch", "reversed")
        assert (training.learning_rate, training.batch_size, training.patience) == (1e-4, 100, 30)


def test_every_number_has_its_reason() -> None:
    sections = [field.annotation for field in DensitySettings.model_fields.values()]
    pages = [section for section in sections if hasattr(section, "model_fields")]
    assert len(pages) == 4
    assert all(field.description for page in pages for field in page.model_fields.values())


def test_an_outcome_has_a_place_of_its_own_by_default() -> None:
    page = resolve_density_settings("gas")
    assert default_density_path(page, None, with_ablations=False) == Path("runs/density-gas-look-alike")
    path = default_density_path(page, Path("/x/ethylene CO.txt"), with_ablations=True)
    assert path == Path("runs/density-gas-ethylene_CO-ablations")
