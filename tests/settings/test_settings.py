"""Does one page hold every number, and does it refuse what it does not know?"""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel, ValidationError

from pipeline.commands.diagnosis import settings_page
from pipeline.errors import ArtefactError, ConfigurationError
from pipeline.files.sealed import write_sealed_toml
from pipeline.frontend.kinds import KINDS
from pipeline.settings.page import Settings
from pipeline.settings.presets import PRESETS, read_settings, resolve_settings

SECTIONS = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}
LEAVES = [(name, key) for name, section in SECTIONS.items() for key in section.model_fields]


@pytest.mark.parametrize("preset", PRESETS)
def test_make_help_names_every_preset(preset: str) -> None:
    text = (Path(__file__).resolve().parents[2] / "Makefile").read_text("utf-8")
    listed = re.search(r'"PRESET is (.*?)\."\n', text, re.DOTALL)
    assert listed is not None
    assert preset in re.findall(r"[\w-]+", listed.group(1))


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_resolves_to_a_page_of_its_name(preset: str) -> None:
    assert resolve_settings(preset).preset == preset


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_features_has_a_preset(kind: str) -> None:
    assert kind in {resolve_settings(preset).features.kind for preset in PRESETS}


def test_there_is_a_default_preset() -> None:
    assert "default" in PRESETS


@pytest.mark.parametrize(("section", "key"), LEAVES)
def test_every_number_has_a_reason_beside_it(section: str, key: str) -> None:
    assert len(SECTIONS[section].model_fields[key].description or "") > 5


@pytest.mark.parametrize(("section", "key"), LEAVES)
def test_the_page_for_users_lists_every_number(section: str, key: str) -> None:
    assert sum(line.startswith(f"{section}.{key} = ") for line in settings_page().splitlines()) == 1


@pytest.mark.parametrize("section", ["", *SECTIONS])
def test_settings_are_frozen(section: str) -> None:
    page: Any = Settings()
    page = getattr(page, section) if section else page
    name = next(iter(type(page).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(page, name, getattr(page, name))


@pytest.mark.parametrize("section", SECTIONS)
def test_an_unknown_key_of_a_section_is_refused(section: str) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Settings.model_validate({section: {"no_such_key": 1}})


@pytest.mark.parametrize(
    ("override", "suggestion"),
    [
        ("features.n_mel=64", "features.n_mels"),
        ("training.max_epoch=3", "training.max_epochs"),
        ("trainng.patience=3", "training.patience"),
        ("alpha=0.1", "evaluation.alpha"),
        ("n_strangest=3", "report.n_strangest"),
        ("sed=1", "seed"),
    ],
)
def test_an_unknown_key_suggests_the_nearest(override: str, suggestion: str) -> None:
    with pytest.raises(ConfigurationError, match=f"is unknown; did you mean '{suggestion}'"):
        resolve_settings("default", [override])


def test_a_key_like_no_other_points_to_the_list() -> None:
    with pytest.raises(ConfigurationError, match="'qqqq' is unknown; .*doctor --settings"):
        resolve_settings("default", ["qqqq=1"])


def test_an_unknown_preset_suggests_the_nearest_and_lists_all() -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'legacy'") as error:
        resolve_settings("legcy")
    assert all(name in str(error.value) for name in PRESETS)


@pytest.mark.parametrize(
    "override",
    [
        "training.max_epochs=many",
        "training.max_epochs=0",
        "training.max_epochs=2.5",
        "training.learning_rate=-1",
        "training.learning_rate=nan",
        "training.learning_rate=inf",
        "evaluation.alpha=1",
        "evaluation.alpha=0",
        "features.n_mels=[1,2]",
        "model.hidden_units=wide",
        "model.hidden_units=[0]",
        "model.hidden_units=[-3]",
        "training.monitored_words=7",
        "seed=-1",
        "target=",
        "corpus=3",
        "features=3",
    ],
)
def test_a_value_of_the_wrong_kind_is_a_configuration_error(override: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        resolve_settings("default", [override])
    assert override.partition("=")[0] in str(error.value)
    assert "\n" not in str(error.value)


def test_an_override_without_a_value_says_how_it_is_written() -> None:
    with pytest.raises(ConfigurationError, match="has no '='; write --set section.key=value"):
        resolve_settings("default", ["features.n_mels"])


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("features.n_mels=64", 64),
        ("features.n_mels = 6_4", 64),
        ("training.learning_rate=1e-4", 1e-4),
        ("model.hidden_units=[16, 8]", (16, 8)),
        ("model.normalization=activation", "activation"),
        ("features.kind=logmel", "logmel"),
        ("features.kind='logmel'", "logmel"),
        ("corpus.name=a=b", "a=b"),
        ('training.monitored_words=["cat", "bird"]', ("cat", "bird")),
    ],
)
def test_an_override_is_read_as_toml_or_as_a_bare_word(override: str, value: object) -> None:
    section, _, key = override.partition("=")[0].strip().partition(".")
    assert getattr(getattr(resolve_settings("default", [override]), section), key) == value


def test_an_override_changes_nothing_else() -> None:
    before, after = (
        resolve_settings("legacy", more).model_dump() for more in ([], ["training.max_epochs=3"])
    )
    before["training"]["max_epochs"] = 3
    assert after == before


def test_overrides_leave_the_presets_as_they_are() -> None:
    before = resolve_settings("legacy")
    resolve_settings("legacy", ["training.max_epochs=3", "model.n_layers=1"], corpus={"name": "x"})
    assert resolve_settings("legacy") == before


def test_the_last_of_two_overrides_counts() -> None:
    assert resolve_settings("default", ["seed=1", "seed=2"]).seed == 2


@given(st.text(max_size=40))
def test_no_override_ends_in_another_error(text: str) -> None:
    try:
        resolve_settings("default", [text])
    except ConfigurationError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_page_survives_its_own_configuration_file(preset: str) -> None:
    settings = resolve_settings(preset)
    assert Settings.model_validate(settings.model_dump(mode="json")) == settings


def test_a_page_of_another_version_names_the_command_that_makes_the_run_again(tmp_path: Path) -> None:
    page = resolve_settings("fft", target="it's", corpus={"name": "my words"}).model_dump(mode="json")
    page["model"]["gone"] = 1
    write_sealed_toml(tmp_path / "config.toml", page)
    with pytest.raises(ArtefactError) as error:
        read_settings(tmp_path / "config.toml")
    command = re.search("`(.*)`", str(error.value))
    assert command is not None
    assert shlex.split(command[1]) == [
        *("audio-anomaly", "evaluate", "--corpus", "my words", "--target", "it's"),
        *("--preset", "fft", "--run", str(tmp_path)),
    ]


def test_the_legacy_preset_is_the_published_model() -> None:
    page = resolve_settings("legacy")
    assert page.features.kind == "legacy"
    assert (page.model.n_layers, page.model.hidden_units) == (10, (512, 512))
    assert (page.model.activation, page.model.normalization) == ("tanh", "batch")
    assert page.model.log_scale_bound == 0
    assert (page.training.batch_size, page.training.learning_rate) == (100, 1e-3)
    assert (page.training.patience, page.training.clip_norm) == (0, 0)


def test_the_legacy_preset_follows_cat_bird_and_wow() -> None:
    assert set(resolve_settings("legacy").training.monitored_words) == {"cat", "bird", "wow"}
