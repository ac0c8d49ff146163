from .detector import SoundDetector as SoundDetector
from .local_density import LocalDensity as LocalDensity, distances as distances
