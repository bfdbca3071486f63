"""Track listener: says what a take sounds like, from its measured envelope and spectrum, and whether that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from foleydesigner.model import Line, Model, Unit
from foleydesigner.script import EventKind, Family
from foleydesigner.text import Finding

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable


class ListenerRequest(Model):
    """Measured features of one take, and the event it was made for."""

    event_id: str
    label: Line
    family: Family
    kind: EventKind
    asked_hits: Annotated[int, Field(ge=0)]
    clip_s: Annotated[float, Field(gt=0.0)]
    spanned_s: Annotated[float, Field(ge=0.0)]
    """Seconds that the event's spans cover (0 for hits)."""
    loudness_lufs: float
    peak_dbfs: float
    centroid_hz: Annotated[float, Field(ge=0.0)]
    active_s: Annotated[float, Field(ge=0.0)]
    low_db: float
    mid_db: float
    high_db: float
    onset_error_ms: float | None = None
    take: str = ""
    """Path in the job folder of the take itself, for who can hear."""
    mel_picture: str = ""
    """Path in the job folder of its mel-spectrogram, for who can see."""


class ListenerReply(Model):
    """What was heard."""

    heard_as: Line
    agreement: Unit
    objections: tuple[Line, ...] = ()


class _Expected(NamedTuple):
    """Where a family's spectral centroid may lie, Hz."""

    low_hz: float
    high_hz: float


# Wide on purpose: a boulder and a pebble are both impacts. A centroid outside means that something went wrong in the
# making, not that the taste is odd. The figures are the 2nd and 98th percentile one expects of recordings of the
# family.
_CENTROID: dict[Family, _Expected] = {
    "wind": _Expected(60, 4000),
    "rain": _Expected(800, 14000),
    "room_tone": _Expected(30, 3000),
    "animal": _Expected(150, 8000),
    "insect": _Expected(150, 12000),
    "breath": _Expected(150, 8000),
    "percussion": _Expected(40, 14000),
    "bell": _Expected(150, 12000),
    "footsteps": _Expected(60, 10000),
    "cloth": _Expected(300, 12000),
    "handling": _Expected(200, 12000),
    "door": _Expected(60, 8000),
    "whoosh": _Expected(100, 10000),
    "drone": _Expected(20, 3000),
    "water": _Expected(150, 12000),
    "fire": _Expected(60, 10000),
    "thunder": _Expected(20, 4000),
    "impact": _Expected(60, 12000),
    "glass": _Expected(800, 15000),
    "explosion": _Expected(20, 5000),
    "gunshot": _Expected(60, 8000),
    "engine": _Expected(20, 5000),
    "mechanism": _Expected(60, 10000),
}
_SILENCE_DBFS = -60.0
_LATE_MS = 20.0


def _timbre(request: ListenerRequest) -> str:
    loudest = max((request.low_db, "low"), (request.mid_db, "mid-range"), (request.high_db, "bright"))[1]
    if request.kind == "steady":
        return f"a continuous {loudest} sound over {request.active_s:.1f} s"
    hits = "a single hit" if request.asked_hits == 1 else f"{request.asked_hits} hits"
    return f"{hits}, {loudest}, centre of gravity {request.centroid_hz:.0f} Hz"


def think(request: ListenerRequest) -> ListenerReply:
    """The house ear: silence, coverage, timbre and timing, each of which can lower the agreement."""
    if request.peak_dbfs < _SILENCE_DBFS:
        return ListenerReply(heard_as="silence", agreement=0.0, objections=("nothing is heard",))
    objections: list[str] = []
    agreement = 1.0
    expected = _CENTROID[request.family]
    if not expected.low_hz <= request.centroid_hz <= expected.high_hz:
        agreement -= 0.4
        objections.append(
            f"centre of gravity {request.centroid_hz:.0f} Hz, expected {expected.low_hz:.0f}-{expected.high_hz:.0f} Hz"
        )
    if request.kind == "steady" and request.active_s < 0.5 * min(request.spanned_s, request.clip_s):
        agreement -= 0.3
        objections.append(f"sounds for {request.active_s:.1f} s of the {request.spanned_s:.1f} s asked for")
    if request.onset_error_ms is not None and request.onset_error_ms > _LATE_MS:
        agreement -= 0.3
        objections.append(f"hits lie {request.onset_error_ms:.0f} ms from where they were asked")
    return ListenerReply(heard_as=_timbre(request), agreement=max(agreement, 0.0), objections=tuple(objections))


def check(request: ListenerRequest, reply: ListenerReply) -> list[Finding]:
    """A silent take may not be agreed with."""
    if request.peak_dbfs < _SILENCE_DBFS and reply.agreement > 0.0:
        return [
            Finding(
                kind="unsupported",
                severity="fundamental",
                target_ids=(request.event_id,),
                message=f"the take of {request.event_id} is silent, yet it is said to agree",
            )
        ]
    return []


def house() -> Runnable[ListenerRequest, ListenerReply]:
    """The listener's house mind."""
    from foleydesigner.agents.minds import house_mind

    return house_mind("track_listener", think, check)
