"""How strange are bare recordings, for a model that is already trained?

This room scores files and says why they are strange, and scores the windows of recordings of hours and the
events in these. It takes a run and paths.
It gives one mapping a file, window or event.
"""

__all__: list[str] = []
