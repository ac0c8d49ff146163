from .distortions import DISTORTIONS as DISTORTIONS, distort as distort
from .mild import augment as augment, move_ends as move_ends
