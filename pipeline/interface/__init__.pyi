from .detector import Detector as Detector, load_run as load_run
from .estimator import AnomalyDetector as AnomalyDetector
from .fitting import fit as fit
from .judged import Explanation as Explanation, Score as Score
