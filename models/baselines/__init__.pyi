from .gaussian import ShrunkGaussian as ShrunkGaussian, ledoit_wolf_shrinkage as ledoit_wolf_shrinkage
from .neighbours import (
    RadialSupport as RadialSupport,
    TrainingClips as TrainingClips,
    neighbour_score as neighbour_score,
)
