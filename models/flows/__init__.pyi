from .architecture import FlowArchitecture as FlowArchitecture
from .attribution import compiled_slopes as compiled_slopes, mean_slopes as mean_slopes
from .fitting import (
    Cosine as Cosine,
    Epoch as Epoch,
    FitOptions as FitOptions,
    Steps as Steps,
    TrainingDiverged as TrainingDiverged,
    evaluate as evaluate,
    fit as fit,
    read_archive as read_archive,
    with_numbers as with_numbers,
    write_archive as write_archive,
)
from .flow import Flow as Flow
from .layers import Autoregressive as Autoregressive, Permutation as Permutation
from .principal_flow import PrincipalFlow as PrincipalFlow
from .variables import restore_variables as restore_variables, variable_arrays as variable_arrays
