from .cells import Cells as Cells
from .choice import Mixed as Mixed, mixed_density as mixed_density
from .dequantization import Dequantization as Dequantization
from .masses import ExactMasses as ExactMasses
