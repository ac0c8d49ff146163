from .training import (
    CompiledSteps as CompiledSteps,
    Epoch as Epoch,
    FitOptions as FitOptions,
    Steps as Steps,
    TrainingDiverged as TrainingDiverged,
    evaluate as evaluate,
    fit as fit,
)
