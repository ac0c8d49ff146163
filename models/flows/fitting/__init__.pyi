from .progress import Epoch as Epoch
from .training import (
    CompiledSteps as CompiledSteps,
    FitOptions as FitOptions,
    Steps as Steps,
    TrainingDiverged as TrainingDiverged,
    evaluate as evaluate,
    fit as fit,
)
