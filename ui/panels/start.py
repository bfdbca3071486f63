"""Start a job: a clip, a screenplay, how it is to be made, and where to stop for a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from foleydesigner.config import ReviewPoint, Settings
from foleydesigner.errors import ConfigurationError, FoleyError, UploadError
from foleydesigner.generator.engine import check_engine, engine_names
from foleydesigner.ui import uploads
from foleydesigner.ui.access import user_of
from foleydesigner.ui.desk import Desk, telling

CLIPS = [".mp4", ".mov", ".m4v", ".mkv", ".avi", ".webm", ".mxf", ".mpg", ".mpeg", ".ts", ".wmv", ".ogv"]
STOPS: tuple[ReviewPoint, ...] = ("script", "takes", "mix")
PROFILES = [
    ("stem group (balance kept)", "stem"), ("EBU R128", "ebu_r128"), ("ATSC A/85", "atsc_a85"),
    ("streaming", "streaming"),
]  # fmt: skip


def build(desk: Desk, job: gr.Textbox) -> None:
    """Draw the panel; `job` takes the id of the job that was begun."""

    @telling
    def look(clip: str | None) -> str:
        return uploads.look_at_clip(Path(clip)).line if clip else "No clip yet."

    @telling
    def start(
        clip: str | None, text: str, screenplay: str | None, engine: str, minds: str, profile: str,
        stops: list[str], seed: float, request: gr.Request,
    ) -> str:  # fmt: skip
        """Begin a job and return its id. Stops: any of script, takes, mix."""
        settings = settings_of(engine=engine, minds=minds, profile=profile, review=tuple(stops), seed=int(seed or 0))
        return begin(desk, clip, text, screenplay, settings, user_of(request))

    clip = gr.File(label="Clip", file_types=CLIPS, type="filepath", elem_id="clip-file", height=110)
    facts = gr.Textbox("No clip yet.", label="What the clip is", interactive=False, max_lines=2, elem_id="clip-facts")
    with gr.Tabs():
        with gr.Tab("Paste the screenplay"):
            text = gr.Textbox(label="Screenplay, Fountain or plain text", lines=6, max_lines=18, elem_id="screenplay")
        with gr.Tab("or drop its file"):
            pages = gr.File(
                label="Screenplay: Fountain, text or PDF", type="filepath", height=110,
                file_types=[".fountain", ".txt", ".md", ".pdf"], elem_id="screenplay-file",
            )  # fmt: skip
    stops = gr.CheckboxGroup(list(STOPS), value=list(STOPS), label="Stop for me at", elem_id="stops")
    with gr.Accordion("Engine, minds, delivery", open=False):
        engine = gr.Dropdown(list(engine_names()), value="procedural", label="Engine")
        minds = gr.Radio(["auto", "house", "served"], value="auto", label="Minds", info="served needs model servers")
        profile = gr.Radio(PROFILES, value="stem", label="Delivery profile")
        seed = gr.Number(0, label="Seed", precision=0, minimum=0, maximum=2**32 - 1)
    button = gr.Button("Design the Foley", variant="primary", elem_id="start")
    clip.change(look, clip, facts, api_visibility="private")
    button.click(
        start,
        [clip, text, pages, engine, minds, profile, stops, seed],
        job,
        api_name="start",
        api_description="Begin a job; answers its id. Files by `gradio_client.handle_file`.",
        concurrency_limit=4,
    )


def settings_of(**chosen: Any) -> Settings:
    """Settings out of what was chosen in the app; the rest by environment and default.

    Raises:
        ConfigurationError: a choice is none.
        EngineError: no such engine.
    """
    from pydantic import ValidationError

    try:
        settings = Settings(**chosen)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigurationError(
            f"{'.'.join(str(p) for p in first['loc'])} is {first['input']!r}", first["msg"].lower(), "choose again"
        ) from error
    check_engine(settings.engine, folders=False)
    return settings


def begin(desk: Desk, clip: str | None, text: str, screenplay: str | None, settings: Settings, user: str) -> str:
    """Keep the inputs in a job of that person's own and begin it; returns its id.

    Raises:
        UploadError: there is no clip, or it is too large or too long.
        ClipError, ScreenplayError: an input cannot be used; nothing is kept.
    """
    if not clip:
        raise UploadError("no clip", "a film", "drop one on the left")
    facts = uploads.look_at_clip(Path(clip))
    job_id = desk.library.create(user, title=facts.name)
    job = desk.library.open(job_id, user)
    try:
        pages = uploads.keep_screenplay(Path(screenplay) if screenplay else None, text or "", job)
        film = uploads.keep_clip(Path(clip), job)
        desk.library.note(
            job,
            clip=str(film.relative_to(job.root)),
            screenplay=str(pages.relative_to(job.root)) if pages else "",
            settings=settings.model_dump(mode="json"),
        )
    except FoleyError:
        desk.library.delete(job_id, user)
        raise
    desk.runner.start(job, film, pages, settings)
    return job_id
