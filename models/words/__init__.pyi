from .detector import TemplateDetector as TemplateDetector
from .recorded import RecordedLength as RecordedLength
from .template import Template as Template
from .views import View as View
