"""Which label group a script event belongs to: what a listener would call the same kind of thing.

| group       | script families                                                                      |
|-------------|--------------------------------------------------------------------------------------|
| `footsteps` | footsteps                                                                            |
| `impact`    | impact, percussion, handling: one solid thing on another, a ball, a hammer, a knock  |
| `door`      | door                                                                                 |
| `glass`     | glass                                                                                |
| `thunder`   | thunder                                                                              |
| `blast`     | explosion, gunshot                                                                   |
| `vehicle`   | engine; mechanism but for clocks, cameras and instruments, which are `device`        |
| `water`     | rain, water                                                                          |
| `hum`       | drone                                                                                |
| `air`       | wind and room tone: the air of a place, of which there is always some                |
| own name    | every other family                                                                   |

Two kinds of events are counted neither as found nor as false, since every sound editor adds them to any picture: the
air of a place, and what the script itself marks as craft (a cloth pass).
"""

from __future__ import annotations

from foleydesigner.evals.metrics.event_recall import Occurrence
from foleydesigner.script import FoleyScript, SoundEvent

_GROUPS = {
    "percussion": "impact", "handling": "impact", "explosion": "blast", "gunshot": "blast", "engine": "vehicle",
    "mechanism": "vehicle", "rain": "water", "drone": "hum", "wind": "air", "room_tone": "air",
}  # fmt: skip
_DEVICES = frozenset({"clock", "camera", "radio", "strings", "piano", "horn"})


def group_of(event: SoundEvent) -> str:
    """The label group of a script event."""
    if event.family == "mechanism" and event.variant in _DEVICES:
        return "device"
    return _GROUPS.get(event.family, event.family)


def judged(script: FoleyScript) -> list[SoundEvent]:
    """The events that are held against a truth: all but craft and air."""
    return [e for e in script.events if e.origin != "craft" and group_of(e) != "air"]


def occurrences(script: FoleyScript) -> list[Occurrence]:
    """Every hit and span of the judged events."""
    found = []
    for event in judged(script):
        found += [Occurrence(group_of(event), t) for t in event.onsets_s]
        found += [Occurrence(group_of(event), s.start_s, s.end_s) for s in event.spans]
    return found
