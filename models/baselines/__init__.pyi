from .gaussian import ShrunkGaussian as ShrunkGaussian
from .neighbours import (
    RadialSupport as RadialSupport,
    TrainingClips as TrainingClips,
    neighbour_score as neighbour_score,
)
