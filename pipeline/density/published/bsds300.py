"""How do patches of natural images become the set BSDS300?

``BSDS300.hdf5``, the file of the paper's authors: the parts ``train``, ``validation`` and ``test``, 63
numbers a patch. It is taken as it is. How it was made, by the paper: patches of 8 x 8 grey pixels, uniform
noise, scaled to [0, 1], the patch's mean subtracted, and the last pixel left out, which the others determine.
The code that drew the patches is not published with the paper's: they cannot be drawn again from the images.
"""

from pathlib import Path

import numpy as np

from pipeline.density.published.rows import PublishedRows
from pipeline.errors import PipelineError

__all__ = ["read_bsds300"]

PARTS = ("train", "validation", "test")
N_PIXELS = 63


def read_bsds300(path: Path) -> PublishedRows:
    """Return BSDS300 from the authors' file.

    Raises:
        PipelineError: the file is another one, or damaged.
    """
    import h5py

    parts = []
    try:
        with h5py.File(path, "r") as file:
            missing = [name for name in PARTS if name not in file]
            if missing:
                raise PipelineError(
                    f"{path} has no part {missing[0]!r}, and needs {', '.join(PARTS)}; "
                    "is this the published file?"
                )
            for name in PARTS:
                if getattr(file[name], "shape", ())[1:] != (N_PIXELS,):
                    shape = getattr(file[name], "shape", "no shape")
                    raise PipelineError(f"{path}, part {name}: {shape}, not (n, {N_PIXELS}) numbers")
                parts.append(np.asarray(file[name][:], np.float32))
    except (OSError, ValueError, RuntimeError) as error:
        told = " ".join(str(error).split())[:200]
        raise PipelineError(f"{path} cannot be read as HDF5 ({told}); copy it again") from error
    if min(len(part) for part in parts) < 2 or not all(np.isfinite(part).all() for part in parts):
        raise PipelineError(
            f"{path} has parts of {', '.join(f'{len(part):,}' for part in parts)} rows; each needs 2 or "
            "more, and finite numbers alone"
        )
    train, validation, test = parts
    return PublishedRows(
        columns=tuple(f"pixel {number + 1}" for number in range(N_PIXELS)),
        left_out=(),
        mean=np.zeros(N_PIXELS),
        deviation=np.ones(N_PIXELS),
        n_file_rows=sum(map(len, parts)),
        train=train,
        validation=validation,
        test=test,
    )
