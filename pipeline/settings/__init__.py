"""Which numbers can be set, and why are they what they are?

This room holds every number with its unit and its reason, and the presets that change several at once. It
takes a preset's name and ``section.key=value`` texts. It gives one frozen, checked page of settings.
"""

from pipeline.settings.features import PRETRAINED_KINDS, FeatureSettings
from pipeline.settings.model import ModelSettings
from pipeline.settings.page import EvaluationSettings, Settings, TrainingSettings
from pipeline.settings.presets import read_settings, remake, resolve_settings
from pipeline.settings.quality import QualitySettings
from pipeline.settings.section import Section, known_keys, resolve_page

__all__ = [
    "PRETRAINED_KINDS",
    "EvaluationSettings",
    "FeatureSettings",
    "ModelSettings",
    "QualitySettings",
    "Section",
    "Settings",
    "TrainingSettings",
    "known_keys",
    "read_settings",
    "remake",
    "resolve_page",
    "resolve_settings",
]
