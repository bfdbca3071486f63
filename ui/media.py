"""Files of a job for its owner's browser, and nothing else: players, pictures, downloads.

Gradio's own file route is left with nothing to serve; this one asks who is there, and opens the job as every handler
does.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from foleydesigner.errors import AccessError
from foleydesigner.job import JobFolder
from foleydesigner.ui.access import user_of_http
from foleydesigner.ui.library import Library

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

PREFIX = "/media"
FOLDERS = ("inputs", "takes", "analysis", "perception/keyframes", "mix", "stems", "delivery", "script")
"""What of a job folder may be seen; checkpoints, exchanges with models and the app's notes may not."""
FILES = ("report.html", "work/draft.wav", "work/unmixed.wav")
TYPES = {
    ".wav": "audio/wav", ".flac": "audio/flac", ".png": "image/png", ".jpg": "image/jpeg", ".json": "application/json",
    ".csv": "text/csv; charset=utf-8", ".html": "text/html; charset=utf-8", ".mp4": "video/mp4", ".m4v": "video/mp4",
    ".mov": "video/mp4", ".mkv": "video/x-matroska", ".webm": "video/webm", ".avi": "video/x-msvideo",
    ".txt": "text/plain; charset=utf-8", ".fountain": "text/plain; charset=utf-8",
}  # fmt: skip


def address(job: JobFolder, path: Path) -> str:
    """The address of a file of a job, "" if there is none; it changes with the file, so no browser shows an old one."""
    if not path.is_file():
        return ""
    name = quote(path.relative_to(job.root).as_posix())
    return f"{PREFIX}/{quote(job.root.name)}/{name}?v={path.stat().st_mtime_ns:x}"


def resolve(job: JobFolder, name: str) -> Path:
    """The file of that name inside a job.

    Raises:
        AccessError: it is outside what may be seen, or is not there.
    """
    path = (job.root / name).resolve()
    root = job.root.resolve()
    inside = name in FILES or any(path.is_relative_to(root / folder) for folder in FOLDERS)
    # A page of somebody's own making would act in the app's name: of pages only the report is one.
    inside = inside and (path.suffix.lower() != ".html" or name == "report.html")
    if not inside or not path.is_relative_to(root) or not path.is_file() or path.suffix.lower() not in TYPES:
        raise AccessError("no such file in this job", "one that the job's page links", "open it from there")
    return path


def route(library: Library) -> Route:
    """The route to be added to the app's server."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import FileResponse, PlainTextResponse
    from starlette.routing import Route

    def find(request: Request) -> Response:
        user = user_of_http(request)
        if user is None:
            return PlainTextResponse("Not authenticated", 401)
        try:
            job = library.open(request.path_params["job"], user)
            path = resolve(job, request.path_params["name"])
        except AccessError as error:
            return PlainTextResponse(str(error), 404)
        headers = {
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=3600" if request.query_params.get("v") else "private, no-cache",
            # The report brings a policy of its own, which allows its one script; nothing else here has any.
            "Content-Security-Policy": "frame-ancestors 'self'"
            if path.suffix == ".html"
            else "default-src 'none'; sandbox",
        }
        name = path.name if "download" in request.query_params else None
        return FileResponse(path, media_type=TYPES[path.suffix.lower()], headers=headers, filename=name)

    async def serve(request: Request) -> Response:
        return await run_in_threadpool(find, request)

    return Route(PREFIX + "/{job}/{name:path}", serve, methods=["GET", "HEAD"])
