"""How are texts of very many rows held: paths, digests?

As Arrow holds them, each text once and four bytes beside it; objects of Python take some sixty bytes more a
text. Those that are asked for become Python's.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, overload

import numpy as np

if TYPE_CHECKING:
    import pyarrow

__all__ = ["Texts", "numbered"]

ROWS_AT_ONCE = 4_096


class Texts:
    """A column of texts [N] that is indexed as an array is.

    Args:
        column: of an Arrow table.
    """

    def __init__(self, column: "pyarrow.Array | pyarrow.ChunkedArray") -> None:
        import pyarrow

        if isinstance(column, pyarrow.ChunkedArray):
            column = column.combine_chunks()
        self.arrow = column

    @classmethod
    def of(cls, texts: "Iterable[str] | Texts") -> "Texts":
        """Return texts as such a column; what is one already stays as it is."""
        import pyarrow

        return texts if isinstance(texts, Texts) else cls(pyarrow.array(list(texts), pyarrow.string()))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.arrow)

    @overload
    def __getitem__(self, rows: int | np.integer[Any]) -> str: ...

    @overload
    def __getitem__(self, rows: "slice | np.ndarray | list[int]") -> np.ndarray: ...

    def __getitem__(self, rows: Any) -> Any:
        """Return the text of one row, or those of several as an array of objects."""
        if isinstance(rows, (int, np.integer)):
            return self.arrow[int(rows)].as_py()
        chosen = self.arrow[rows] if isinstance(rows, slice) else self.take(rows).arrow
        return np.asarray(chosen.to_numpy(zero_copy_only=False), object)

    def __iter__(self) -> Iterator[str]:
        """Yield each."""
        for first in range(0, len(self), ROWS_AT_ONCE):
            yield from self.arrow[first : first + ROWS_AT_ONCE].to_pylist()

    def take(self, rows: "np.ndarray | list[int]") -> "Texts":
        """Return some rows, numbers or a mask [N], as a column."""
        places = np.asarray(rows)
        if places.dtype == bool:
            places = np.flatnonzero(places)
        return Texts(self.arrow.take(np.where(places < 0, places + len(self), places).astype(np.int64)))


def numbered(texts: "pyarrow.ChunkedArray | Iterable[str]") -> np.ndarray:
    """Return a number for each text, from 0, the same where texts are the same, -1 for none: int64 [N]."""
    import pyarrow

    if not isinstance(texts, pyarrow.ChunkedArray):
        texts = pyarrow.chunked_array([Texts.of(texts).arrow])
    parts = [part.indices.fill_null(-1).to_numpy() for part in texts.dictionary_encode().chunks]
    return np.concatenate([np.empty(0, np.int64), *parts], dtype=np.int64)
