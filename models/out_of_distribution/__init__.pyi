from .complexity import InputComplexity as InputComplexity
from .gradients import InputGradientNorm as InputGradientNorm, LayerGradientNorms as LayerGradientNorms
from .likelihood import Likelihood as Likelihood, LikelihoodRatio as LikelihoodRatio, mutated as mutated
from .regret import LikelihoodRegret as LikelihoodRegret
from .states import DensityOfStates as DensityOfStates
from .typicality import Typicality as Typicality
