"""How do the bytes of a file become samples?

This room looks at a file's header before a library does, decodes it, mixes its channels, resamples it and
cuts the window. It takes paths or bytes. It gives float32 samples, full scale 1.0, or an ``UnusableClip``
with the reason.
"""

from pipeline.audio.decoding import Recording, decode, read_bytes, read_clip, to_window

__all__ = ["Recording", "decode", "read_bytes", "read_clip", "to_window"]
