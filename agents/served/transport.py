"""HTTP to a model server that is not trusted: no redirect is followed, and no endless body is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 4 << 20
"""Far more than the longest answer."""


def bounded_client(timeout_s: float, most_bytes: int = MOST_BYTES) -> httpx.AsyncClient:
    """An asynchronous client whose answers end with `httpx.ReadError` after `most_bytes`."""
    import httpx

    class BoundedStream(httpx.AsyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            read = 0
            async for chunk in self._stream:
                read += len(chunk)
                if read > most_bytes:
                    raise httpx.ReadError(f"the answer is longer than {most_bytes} bytes")
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    class BoundedTransport(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            response.stream = BoundedStream(response.stream)
            return response

    # Bodies are read as they were sent: a small compressed one could unpack to anything.
    return httpx.AsyncClient(
        transport=BoundedTransport(retries=0),
        timeout=timeout_s,
        follow_redirects=False,
        headers={"accept-encoding": "identity"},
    )
