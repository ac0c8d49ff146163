"""Which channel of a recording gave it its score, and where is that said?

Where each living channel is scored for itself, the one that decided stands for its clip in maps and reasons.
"""

from dataclasses import replace

import numpy as np

from pipeline.runs import ClipTable

__all__ = ["deciding", "with_channels"]


def deciding(table: ClipTable, rows: np.ndarray, channel: np.ndarray) -> ClipTable:
    """Return the table in which the channel that decided stands for its clip."""
    if table.channels is None:
        return table
    places, clip = table.channels.places(rows)
    decides = table.channels.channel[places] == channel[clip]
    return replace(
        table, deciding=dict(zip(rows[clip[decides]].tolist(), places[decides].tolist(), strict=True))
    )


def with_channels(table: ClipTable, paths: list[str], evidence: list[str]) -> list[str]:
    """Return the evidence of clips, each with the channel that decided where there are several."""
    if table.channels is None:
        return evidence
    named = {
        str(table.path[row]): f"Its score is that of channel {table.channels.channel[place]} of "
        f"{table.channels.n_channels[place]}."
        for row, place in table.deciding.items()
    }
    return [
        " ".join(filter(None, [sentence, named.get(path, "")]))
        for path, sentence in zip(paths, evidence, strict=True)
    ]
