from .archives import (
    FileCheckpoint as FileCheckpoint,
    read_archive as read_archive,
    write_archive as write_archive,
)
from .options import Cosine as Cosine, FitOptions as FitOptions, with_numbers as with_numbers
from .progress import Epoch as Epoch
from .scoring import evaluate as evaluate
from .sources import StreamedRows as StreamedRows
from .training import (
    CompiledSteps as CompiledSteps,
    Steps as Steps,
    TrainingDiverged as TrainingDiverged,
    fit as fit,
)
