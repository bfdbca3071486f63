"""Pictures inside the page: as data: URIs while the page's budget lasts, as relative links after it."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

_AS_IT_IS_BYTES = 60_000
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class PictureBudget:
    """Hands out picture addresses and counts what they add to the page.

    Args:
        root: the job folder; nothing outside it is read or linked.
        total_bytes: what all pictures may take in the page together, as base64.
    """

    def __init__(self, root: Path, total_bytes: int = 9_000_000) -> None:
        self._root = root
        self.left_bytes = total_bytes

    def address(self, path: Path, max_width_px: int = 480) -> str:
        """What to put into `src`; empty where there is no such picture in the job."""
        link = relative_link(self._root, path)
        if not link or not path.is_file():
            return ""
        uri = _data_uri(path, max_width_px)
        if not uri:
            return ""
        if len(uri) > self.left_bytes:
            return link
        self.left_bytes -= len(uri)
        return uri


def relative_link(root: Path, path: Path) -> str:
    """`path` as an address relative to the page in `root`; empty when it lies outside."""
    try:
        inside = path.resolve().relative_to(root.resolve())
    except ValueError:
        return ""
    # "./" keeps a name with a colon from being read as a scheme.
    return "./" + quote(inside.as_posix())


def _data_uri(path: Path, max_width_px: int) -> str:
    """The picture itself when it is small, else a JPEG of at most `max_width_px`; empty when it is no picture."""
    data = path.read_bytes() if path.stat().st_size <= _AS_IT_IS_BYTES else b""
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            return f"data:{kind};base64,{base64.b64encode(data).decode()}"
    import cv2

    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        return ""
    height, width = picture.shape[:2]
    if width > max_width_px:
        size = (max_width_px, max(1, round(height * max_width_px / width)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 78])
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.tobytes()).decode()}" if done else ""
