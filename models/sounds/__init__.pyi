from .detector import SoundDetector as SoundDetector
