"""From which number on does a recording get a tag?

A section of the settings page, in a file of its own. A changed number redoes the evaluation alone. How
many clips of two corpora each threshold catches stands in docs/explanation/decisions.md.
"""

from pydantic import Field

from pipeline.settings.section import Section

__all__ = ["QualitySettings"]


class QualitySettings(Section):
    """From which number on a recording gets a tag."""

    silence_decibel: float = Field(
        -80.0, le=0, description="full scale; a loudest 30 ms below it is silence: 3 of 32,768 steps"
    )
    near_silence_decibel: float = Field(
        -50.0, le=0, description="full scale; speech whose loudest 30 ms is below it drowns in most noise"
    )
    clipped_share: float = Field(
        0.001, gt=0, le=1, description="of the samples, in flat tops at the peak; 16 a second at 16 kHz"
    )
    dc_share: float = Field(
        0.3, gt=0, le=1, description="of the root mean square, in a constant offset: a tenth of the power"
    )
    dropout_seconds: float = Field(
        0.004, gt=0, description="of equal samples inside sound; a lost packet or buffer is longer"
    )
    truncated_decibel: float = Field(
        9.0, ge=0, description="below the loudest 30 ms; a first or last 20 ms above that is cut speech"
    )
    edge_decibel: float = Field(
        15.0, ge=0, description="as truncated_decibel; above that, speech stands at the very edge"
    )
    edge_contrast_decibel: float = Field(
        20.0, ge=0, description="loudest over quietest tenth; below it an edge tells no speech from noise"
    )
    shortest_share: float = Field(
        0.5, ge=0, le=1, description="of the target's median duration; a shorter clip lacks something"
    )
    longest_share: float = Field(
        2.0, ge=1, description="of the target's median duration; a longer clip holds something more"
    )
    copied_correlation: float = Field(
        0.9999, gt=0, le=1, description="of two channels, from which on one is a copy of the other"
    )
    opposite_correlation: float = Field(
        -0.8, ge=-1, lt=0, description="of two channels, below which they cancel each other when mixed"
    )
    dead_channels: int = Field(
        1, ge=1, description="beside living ones; each is left out of the sound, by its level and correlation"
    )
    near_duplicate_decibel: float = Field(
        2.0, gt=0, description="root mean square between sketches; takes of one voice differ by 3 and more"
    )
