"""Nodes that write: the FilmScribe loop, the script writer's search, and the cues of every event."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from foleydesigner.config import Settings
from foleydesigner.errors import ScreenplayError
from foleydesigner.evidence import PictureEvidence
from foleydesigner.files import write_json
from foleydesigner.graph.perception import read_evidence, read_picture, settings_of
from foleydesigner.graph.services import services
from foleydesigner.graph.stage import emitter
from foleydesigner.graph.state import JobState
from foleydesigner.job import JobFolder
from foleydesigner.screenplay import Screenplay
from foleydesigner.script import FoleyScript, SoundEvent
from foleydesigner.search import Constraint
from foleydesigner.text import StructuredText


def read_script(job: JobFolder) -> FoleyScript:
    """The script that the search, or a reviewer, settled on; parsed again only when the file has changed."""
    known = job.script.stat()
    return _script_at(job.script, known.st_mtime_ns, known.st_ino)


@functools.lru_cache(maxsize=1)
def _script_at(path: Path, _changed_ns: int, _node: int) -> FoleyScript:
    return FoleyScript.model_validate_json(path.read_bytes())


def read_texts(job: JobFolder) -> tuple[StructuredText, ...]:
    """All revisions of T, the last one valid or with its open findings."""
    import json

    return tuple(StructuredText.model_validate(t) for t in json.loads(job.structured_text.read_text("utf-8")))


def describe(state: JobState) -> dict[str, Any]:
    """FilmScribe: write, validate, write again (eq. 1)."""
    from foleydesigner.graph.filmscribe import write_structured_text

    job = services().job
    texts = write_structured_text(read_picture(job), settings_of(state), services().cast)
    write_json(job.structured_text, [text.model_dump(mode="json") for text in texts])
    return {}


def write_script(state: JobState) -> dict[str, Any]:
    """FoleyScriptWriter: Tree-of-Thought search over candidate scripts (Algorithm 1)."""
    from foleydesigner.graph.scriptwriter import write_script as search

    job = services().job
    screenplay, evidence = Screenplay.model_validate_json(job.screenplay.read_bytes()), read_evidence(job)
    _check_length(screenplay, evidence)
    constraints = tuple(Constraint.model_validate(c) for c in state.get("constraints", []))
    script, record = search(
        evidence, read_texts(job)[-1], screenplay, settings_of(state), constraints, emitter("script"), services().cast
    )
    write_json(job.search, record)
    write_json(job.script, script)
    return {}


def _check_length(screenplay: Screenplay, evidence: PictureEvidence) -> None:
    """The work grows with the scenes, so their number is bound to the film's length.

    Raises:
        ScreenplayError: there are more scenes than frames.
    """
    scenes, frames = len(screenplay.scenes), evidence.clip.frame_count
    if scenes > max(frames, 1):
        raise ScreenplayError(
            f"the screenplay has {scenes} scenes, the clip {frames} frames",
            "no more scenes than the clip can show",
            "pass the pages that belong to this clip",
        )


def make_cues(state: JobState) -> dict[str, Any]:
    """Localise every event in the picture and write its cue (eq. 2-3); all takes are pending from here."""
    events = read_script(services().job).events
    write_cues(settings_of(state), events, emitter("cues"))
    ids = [event.id for event in events]
    return {"event_ids": ids, "pending_takes": ids}


def write_cues(
    settings: Settings, events: Sequence[SoundEvent], step: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Localise events in the picture and write their cues."""
    from foleydesigner.agents.source_localiser import LocaliserRequest
    from foleydesigner.tools.localisation import build_cue

    job, cast = services().job, services().cast
    evidence = read_evidence(job)
    requests = [LocaliserRequest(evidence=evidence, event=event) for event in events]
    for event, reply in zip(events, cast.ask_all(cast.localiser, requests, step), strict=True):
        write_json(job.cue(event.id), build_cue(event, reply.boxes, evidence, settings))
