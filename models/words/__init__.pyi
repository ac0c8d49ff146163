from .detector import TemplateDetector as TemplateDetector
from .recorded_duration import RecordedDuration as RecordedDuration
from .template import Template as Template
from .vector_detector import VectorDetector as VectorDetector
from .views import View as View
