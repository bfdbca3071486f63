"""What the stages left of one event in the job folder, read back."""

from __future__ import annotations

from foleydesigner.cues import EventCue
from foleydesigner.job import JobFolder
from foleydesigner.takes import TakeRecord


def read_cue(job: JobFolder, event_id: str) -> EventCue:
    """The cue of one event."""
    return EventCue.model_validate_json(job.cue(event_id).read_bytes())


def read_take_record(job: JobFolder, event_id: str) -> TakeRecord:
    """What is known of one event's take."""
    return TakeRecord.model_validate_json(job.take_record(event_id).read_bytes())
