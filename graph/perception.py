"""The first nodes: read the picture, read the screenplay."""

from __future__ import annotations

from typing import Any

from foleydesigner.config import Settings
from foleydesigner.evidence import PictureEvidence
from foleydesigner.evidence_file import read_evidence_file, write_evidence
from foleydesigner.graph.services import services
from foleydesigner.graph.stage import emitter
from foleydesigner.graph.state import JobState
from foleydesigner.job import JobFolder, write_json


def settings_of(state: JobState) -> Settings:
    """The settings of a state."""
    return Settings.model_validate(state["settings"])


def read_evidence(job: JobFolder) -> PictureEvidence:
    """The evidence that `perceive` wrote."""
    return read_evidence_file(job.evidence)


def perceive(state: JobState) -> dict[str, Any]:
    """Picture → evidence: shots, tracks, impacts, bursts, keyframes."""
    job, step = services().job, emitter("perceive")
    ahead = services().ahead
    if ahead is not None:
        evidence = ahead.result(step)
    else:
        from foleydesigner.tools.perception import perceive as read_picture

        evidence = read_picture(services().clip, settings_of(state), job, step, job.read_record()["clip"]["sha256"])
    write_evidence(job.evidence, evidence)
    return {}


def read_screenplay(state: JobState) -> dict[str, Any]:
    """Screenplay → scenes and sound mentions."""
    from foleydesigner.tools.screenplay import read_screenplay as read

    write_json(services().job.screenplay, read(services().screenplay))
    return {}
