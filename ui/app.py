"""The app: panels over one job, drawn again whenever the job has something new to show."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from foleydesigner.errors import AccessError
from foleydesigner.files import write_json
from foleydesigner.tools.report.page import stylesheet
from foleydesigner.ui import media, pages, service
from foleydesigner.ui.access import check_binding
from foleydesigner.ui.desk import Desk, mark_of
from foleydesigner.ui.library import Library
from foleydesigner.ui.panels import deliver, jobs, mix_review, script_review, start, take_review
from foleydesigner.ui.runner import Runner

MAX_UPLOAD = "8gb"
UPLOADS_KEPT_S = 24 * 3600
"""What was uploaded lies in Gradio's own folder until then; a job has its copy."""
TICK_S = 1.0
TABS = ("Jobs", "Script", "Takes", "Mix", "Deliver")
_TAB_OF = {"script": 1, "takes": 2, "mix": 3}
_HERE = Path(__file__).parent


def build(desk: Desk, browser_secret: str) -> gr.Blocks:
    """The Blocks of the app."""
    with gr.Blocks(
        title="FoleyDesigner", analytics_enabled=False, fill_width=True, delete_cache=(UPLOADS_KEPT_S, UPLOADS_KEPT_S)
    ) as blocks:
        kept = gr.BrowserState("", storage_key="foleydesigner-job", secret=browser_secret)
        seen, tick = gr.State(""), gr.Timer(TICK_S)
        gr.HTML('<h1 class="foley-title">FoleyDesigner</h1>')
        progress = gr.HTML("<p>No job is open.</p>", elem_id="progress")
        with gr.Row():
            job = gr.Textbox(label="Open job", interactive=False, max_lines=1, elem_id="job-id", scale=3)
            stopped = gr.Button("Stop this job", elem_id="stop", visible=False, scale=1)
            resumed = gr.Button("Resume this job", elem_id="resume", visible=False, scale=1)
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(TABS[0], id=0), gr.Row():
                with gr.Column(scale=3):
                    start.build(desk, job)
                with gr.Column(scale=2):
                    jobs.build(desk, job, seen)
            for index, panel in enumerate((script_review, take_review, mix_review, deliver), start=1):
                with gr.Tab(TABS[index], id=index):
                    panel.build(desk, job, seen)
        shown = [progress, seen, tabs, stopped, resumed]

        def watch(job_id: str, before: str, request: gr.Request) -> list[Any]:
            return _watch(desk, job_id, before, request)

        def reopened(job_id: str, request: gr.Request) -> str:
            try:
                return desk.open(job_id, request).root.name if job_id else ""
            except AccessError:
                return ""

        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        blocks.load(reopened, kept, job, **quiet)
        # Kept by the browser itself, at once: a reload may come before any answer of the server.
        job.change(None, job, kept, js="(job) => job", **quiet)
        job.change(watch, [job, seen], shown, **quiet)
        tick.tick(watch, [job, seen], shown, trigger_mode="once", **quiet)
        stopped.click(jobs.stopping(desk), job, None, api_visibility="private")
        resumed.click(jobs.resuming(desk), job, job, api_visibility="private")
        service.offer(desk)
    queued: gr.Blocks = blocks.queue(default_concurrency_limit=8)
    return queued


def _watch(desk: Desk, job_id: str, before: str, request: gr.Request) -> list[Any]:
    """Progress, the mark of what is to be seen, the tab that matters now, and which buttons make sense."""
    if not job_id:
        return [gr.skip() if not before else "<p>No job is open.</p>", "", gr.skip(), *[gr.update(visible=False)] * 2]
    try:
        job = desk.open(job_id, request)
    except AccessError as error:
        return [f"<p>{error.got}</p>", "", gr.skip(), *[gr.update(visible=False)] * 2]
    card = desk.card(job)
    mark = mark_of(card)
    if mark == before and card.state != "running":
        return [gr.skip()] * 5
    page = pages.progress(job, card, desk.runner.work(job))
    if mark == before:
        return [page, *[gr.skip()] * 4]
    tab = _TAB_OF.get(card.waits_for, 4 if card.state == "finished" else None)
    return [
        page,
        mark,
        gr.skip() if tab is None else gr.update(selected=tab),
        gr.update(visible=card.state in ("running", "queued")),
        gr.update(visible=card.state in ("interrupted", "failed", "new")),
    ]


def _browser_secret(root: Path) -> str:
    """The key under which browsers keep the open job's id: the same after a restart."""
    path = root / ".browser.json"
    try:
        return str(json.loads(path.read_text("utf-8"))["secret"])
    except (OSError, ValueError, KeyError):
        made = secrets.token_hex(16)
        write_json(path, {"secret": made})
        path.chmod(0o600)
        return made


def _head() -> str:
    """Our style, kept to our own boxes, and our script; nothing comes from another server."""
    scoped = stylesheet().replace(":root", "&")
    style = (_HERE / "app.css").read_text("utf-8")
    script = (_HERE / "app.js").read_text("utf-8")
    return f"<style>.foley {{ {scoped} }}\n{style}</style>\n<script>{script}</script>"


def launch(
    root: Path, *, host: str = "127.0.0.1", port: int | None = None, users: Mapping[str, str], block: bool = True
) -> tuple[gr.Blocks, str]:
    """Serve the app; returns its Blocks and address.

    Args:
        root: folder of the jobs.
        host: address to listen on.
        port: TCP port; None = the first that is free from 7860 on.
        users: names and passwords; none = the app asks nobody.
        block: serve until interrupted; False = return at once.

    Raises:
        ConfigurationError: another address than this machine's own without users.
    """
    check_binding(host, dict(users))
    root.mkdir(parents=True, exist_ok=True)
    library = Library(root)
    runner = Runner(library)
    blocks = build(Desk(library, runner), _browser_secret(library.root))
    _, address, _ = blocks.launch(
        server_name=host,
        server_port=port,
        auth=[(name, password) for name, password in users.items()] or None,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        max_file_size=MAX_UPLOAD,
        allowed_paths=[],
        # Gradio lists MCP tools to whoever asks, logged in or not; an environment variable may not switch that on.
        mcp_server=False,
        ssr_mode=False,
        enable_monitoring=False,
        run_history=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        head=_head(),
        footer_links=["api"],
        app_kwargs={"routes": [media.route(library)]},
    )
    if block:
        print(f"FoleyDesigner is at {address} (jobs in {library.root}); Ctrl-C ends it", flush=True)  # noqa: T201
        try:
            blocks.block_thread()
        finally:
            runner.close()
    return blocks, address
