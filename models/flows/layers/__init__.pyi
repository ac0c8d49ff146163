from .autoregressive import (
    Autoregressive as Autoregressive,
    InverseAutoregressive as InverseAutoregressive,
)
from .constant_jacobian import Shift as Shift
from .continuous import OdeLayer as OdeLayer
from .coupling import Coupling as Coupling, CouplingNetwork as CouplingNetwork
from .layer import (
    AlikeLayers as AlikeLayers,
    Layer as Layer,
    compiled_without_gradient as compiled_without_gradient,
)
from .linear import LULinear as LULinear, Rotation as Rotation
from .made import MADE as MADE
from .masked_dense import MaskedDense as MaskedDense
from .normalization import (
    ActivationNormalization as ActivationNormalization,
    FrozenBatchNormalization as FrozenBatchNormalization,
)
from .permutation import Permutation as Permutation
from .preparation import (
    attribute_set as attribute_set,
    show_rows as show_rows,
    standardisation as standardisation,
)
