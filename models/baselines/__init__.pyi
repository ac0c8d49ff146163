from .autoencoder import (
    FrameAutoencoder as FrameAutoencoder,
    count_steps as count_steps,
    fit_autoencoder as fit_autoencoder,
)
from .gaussian import ShrunkGaussian as ShrunkGaussian, ledoit_wolf_shrinkage as ledoit_wolf_shrinkage
from .local_density import LocalDensity as LocalDensity, distances as distances
from .neighbours import (
    RadialSupport as RadialSupport,
    TrainingClips as TrainingClips,
    neighbour_score as neighbour_score,
)
from .view_scores import (
    LocalDensitySum as LocalDensitySum,
    gaussian_view_score as gaussian_view_score,
    neighbours_view_score as neighbours_view_score,
)
