from .detector import FrameDetector as FrameDetector
