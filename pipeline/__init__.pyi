from .errors import PipelineError as PipelineError
from .interface import (
    AnomalyDetector as AnomalyDetector,
    Detector as Detector,
    Explanation as Explanation,
    Score as Score,
    fit as fit,
    load_run as load_run,
)

__version__: str
