"""How long does the review wait for a request that does not come?

A connection on which nothing is asked, or only half of a request's head arrives, is closed after seconds:
uvicorn alone waits for ever. Whoever is being answered has all the time that it takes.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["REQUEST_SECONDS", "PatientProtocol"]

REQUEST_SECONDS = 10.0


class PatientProtocol(H11Protocol):
    """One connection; see the module."""

    _closing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what arrived; wait on where no request is whole yet."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        else:
            self._wait()

    def on_response_complete(self) -> None:
        """Wait for the next request, which uvicorn does by a time of its own."""
        self._stop_waiting()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        # From the first byte on: one more byte now and then must not prolong it.
        if self._closing is None:
            self._closing = self.loop.call_later(REQUEST_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
