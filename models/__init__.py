"""Density models: normalizing flows, a Gaussian, and the detectors built from them.

Everything here takes plain arguments, arrays and tensors; nothing here knows of corpora, files or
configuration pages. ``log_prob`` is always in nats, and ``score`` is always higher for stranger clips.
"""
