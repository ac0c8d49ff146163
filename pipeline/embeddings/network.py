"""What are the vectors of a piece of sound?

The network gives 96 numbers for 76 mel frames of 10 ms. It is convolutional, without padding over time:
given more frames it gives another vector for each 8 more, to the bit those of each 76 frames by
themselves, at a third of the cost for five of them. The file states a length of 76 all the same, twice;
both are changed in memory.
Conventions: sound is float32 at 16 kHz, full scale 1.0; mel frames are float32 [n_frames, 32] on the
network's own scale, decibel / 10 + 2; vectors are float32 [n_vectors, 96]. One thread, and one clip at a
time: each clip is computed by itself, to the bit.
"""

from typing import Any

import numpy as np

from pipeline.embeddings.weights import read_weights

__all__ = ["FRAME_STEP", "N_WINDOW_FRAMES", "VECTOR_SIZE", "VECTOR_STEP", "SpeechNetwork", "n_samples_of"]

N_WINDOW_FRAMES = 76  # that a vector is of
VECTOR_STEP = 8  # frames between two vectors
VECTOR_SIZE = 96
N_BANDS = 32
FRAME_STEP = 160  # samples, 10 ms
FRAME_LENGTH = 640  # samples that the first frame takes, edges included
INTEGER_SCALE = 32_767.0  # the mel spectra were made of 16-bit integers
# Where the file states its length: in the shape of its input (a protobuf dimension), and in the integers of
# the first node, which puts the bands where channels are.
_DIMENSION = b"\x0a\x02\x08"


def n_samples_of(n_frames: int) -> int:
    """Return how many samples so many mel frames are made of."""
    return (n_frames - 1) * FRAME_STEP + FRAME_LENGTH


class SpeechNetwork:
    """The mel spectra and the network, for one number of frames.

    Args:
        n_frames: mel frames of each clip: 76, or some times 8 more.

    Raises:
        PipelineError: the extra is not installed, or its files are damaged; see ``check_weights``.
    """

    def __init__(self, n_frames: int) -> None:
        if n_frames < N_WINDOW_FRAMES or (n_frames - N_WINDOW_FRAMES) % VECTOR_STEP:
            raise ValueError(
                f"n_frames={n_frames} is not {N_WINDOW_FRAMES} and some times {VECTOR_STEP} more"
            )
        self.n_frames = n_frames
        self.n_vectors = 1 + (n_frames - N_WINDOW_FRAMES) // VECTOR_STEP
        self._mel = _session(read_weights("melspectrogram.onnx"))
        self._network = _session(_lengthened(read_weights("embedding_model.onnx"), n_frames))

    def mel_frames(self, samples: np.ndarray) -> np.ndarray:
        """Return the mel frames of sound [n_samples_of(n_frames)]: float32 [n_frames, 32]."""
        (levels,) = self._mel.run(None, {"input": np.float32(INTEGER_SCALE) * samples[None]})
        return np.asarray(levels[0, 0] / np.float32(10) + np.float32(2))

    def vectors(self, mel_frames: np.ndarray) -> np.ndarray:
        """Return the vectors of mel frames [n_frames, 32]: float32 [n_vectors, 96], the earliest first."""
        (flat,) = self._network.run(None, {"input_1": mel_frames[None, :, :, None]})
        # The last node flattens channels before time.
        return np.asarray(flat).reshape(VECTOR_SIZE, self.n_vectors).T


def _session(content: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Every core has a process of its own already.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _lengthened(content: bytes, n_frames: int) -> bytes:
    """Return the network with another number of frames in both places that state it."""
    for before, after in (
        (_DIMENSION + bytes([N_WINDOW_FRAMES]), _DIMENSION + bytes([n_frames])),
        (N_WINDOW_FRAMES.to_bytes(8, "little"), n_frames.to_bytes(8, "little")),
    ):
        if content.count(before) != 1:
            raise ValueError(
                f"the network states its length {content.count(before)} times where 1 is expected"
            )
        content = content.replace(before, after)
    return content
