"""What does a model see of one second of sound?

The only public name is ``FrontEnd``. Conventions: clips are float32 [n_clips, n_samples], full scale
is 1.0. Windows are periodic Hann, scaled so that a full-scale sine at the centre of a bin has power
1, which is 0 dB, in that bin (but for ``legacy``, which is as it was published). Logarithmic features
are in decibel and are floored, never infinite. Every clip is computed by itself: its features depend
to the bit neither on its batch nor on its place in it, and one clip's spectra stay in the cache.
"""

from pipeline.frontend.front_end import FrontEnd

__all__ = ["FrontEnd"]
