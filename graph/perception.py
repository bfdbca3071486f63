"""The first nodes: read the picture, measure its depth, read the screenplay."""

from __future__ import annotations

from typing import Any

from foleydesigner.config import Settings
from foleydesigner.evidence import PictureEvidence
from foleydesigner.evidence_file import read_evidence_file, write_evidence
from foleydesigner.files import link_file, write_json
from foleydesigner.graph.services import services
from foleydesigner.graph.stage import emitter
from foleydesigner.graph.state import JobState
from foleydesigner.job import JobFolder


def settings_of(state: JobState) -> Settings:
    """The settings of a state."""
    return Settings.model_validate(state["settings"])


def read_picture(job: JobFolder) -> PictureEvidence:
    """What `perceive` saw: for who works while depth is still being measured, and has no use for it."""
    return read_evidence_file(job.picture)


def read_evidence(job: JobFolder) -> PictureEvidence:
    """What was seen, with its depth."""
    return read_evidence_file(job.evidence)


def perceive(state: JobState) -> dict[str, Any]:
    """Picture → evidence: shots, tracks, impacts, bursts, keyframes."""
    job, step = services().job, emitter("perceive")
    ahead = services().ahead
    if ahead is not None:
        evidence = ahead.result(step)
    else:
        from foleydesigner.tools.perception import perceive as look

        evidence = look(services().clip, settings_of(state), job, step, job.read_record()["clip"]["sha256"])
    write_evidence(job.picture, evidence)
    return {}


def measure_depth(state: JobState) -> dict[str, Any]:
    """Depth by the network that the settings name, while FilmScribe writes; without one, ground contact's stays."""
    job, model = services().job, settings_of(state).depth_model
    if model is None:
        link_file(job.picture, job.evidence)
        return {}
    from foleydesigner.tools.perception import with_learned_depth

    write_evidence(job.evidence, with_learned_depth(read_picture(job), model, job.keyframes, emitter("depth")))
    return {}


def read_screenplay(state: JobState) -> dict[str, Any]:
    """Screenplay → scenes and sound mentions."""
    from foleydesigner.tools.screenplay import read_screenplay as read

    write_json(services().job.screenplay, read(services().screenplay))
    return {}
