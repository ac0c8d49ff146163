from .cells import Cells as Cells
from .choice import mixed_density as mixed_density
from .dequantization import Dequantization as Dequantization
