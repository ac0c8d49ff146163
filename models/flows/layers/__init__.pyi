from .autoregressive import Autoregressive as Autoregressive
from .coupling import Coupling as Coupling, CouplingNetwork as CouplingNetwork
from .elements import (
    AffineElements as AffineElements,
    Elements as Elements,
    SplineElements as SplineElements,
    bounded as bounded,
)
from .linear import LULinear as LULinear, Rotation as Rotation
from .made import MADE as MADE
from .masked_dense import MaskedDense as MaskedDense
from .normalization import (
    ActivationNormalization as ActivationNormalization,
    FrozenBatchNormalization as FrozenBatchNormalization,
)
from .permutation import Permutation as Permutation
