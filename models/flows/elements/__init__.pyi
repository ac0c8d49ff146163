from .affine import AffineElements as AffineElements, Elements as Elements, bounded as bounded
from .circular import CircularElements as CircularElements
from .monotonic import MonotonicElements as MonotonicElements
from .splines import SplineElements as SplineElements
from .support import Support as Support
