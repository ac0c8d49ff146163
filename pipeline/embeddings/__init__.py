"""What does a network say of a clip that has heard many voices?

This room finds the weights of Google's speech_embedding, checks them, and runs them with ONNX Runtime. It
takes sound at 16 kHz. It gives vectors of 96 numbers for each 0.76 s; nothing here is fitted to anything.
"""

from pipeline.embeddings.changed import changed_frames
from pipeline.embeddings.network import (
    FRAME_STEP,
    N_WINDOW_FRAMES,
    VECTOR_SIZE,
    VECTOR_STEP,
    SpeechNetwork,
    n_samples_of,
)
from pipeline.embeddings.weights import ORIGIN, SAMPLE_RATE, check_weights

__all__ = [
    "FRAME_STEP",
    "N_WINDOW_FRAMES",
    "ORIGIN",
    "SAMPLE_RATE",
    "VECTOR_SIZE",
    "VECTOR_STEP",
    "SpeechNetwork",
    "changed_frames",
    "check_weights",
    "n_samples_of",
]
