from .detector import FlowDetector as FlowDetector
