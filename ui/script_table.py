"""A script as a table that a person edits, and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from pydantic import ValidationError

from foleydesigner.script import FoleyScript, Placement, SoundEvent
from foleydesigner.ui import cells as cell_words
from foleydesigner.ui.cells import Row
from foleydesigner.ui.event_words import place_text, times_text, with_place, with_times

COLUMNS = (
    "id", "keep", "label", "layer", "prominence", "times (s)", "place", "family", "material", "surface", "size",
    "intensity", "UCS id", "prompt", "pan width", "nudge (ms)",
)  # fmt: skip
_FIELDS = {
    "label": "label", "layer": "layer", "prominence": "prominence", "family": "family", "material": "material",
    "surface": "surface", "size": "size", "intensity": "intensity", "UCS id": "ucs_id", "prompt": "prompt",
    "pan width": "pan_width", "nudge (ms)": "sync_nudge_ms",
}  # fmt: skip


def script_rows(script: FoleyScript) -> list[Row]:
    """One row an event, in `COLUMNS`."""
    rows = []
    for event in script.events:
        cells = {name: getattr(event, field) for name, field in _FIELDS.items()}
        cells |= {"id": event.id, "keep": True, "times (s)": times_text(event), "place": place_text(event)}
        rows.append([cells[name] for name in COLUMNS])
    return rows


def new_row(script: FoleyScript, rows: Sequence[Row]) -> Row:
    """A row for an event of a person's own, to be filled in."""
    taken = {str(row[0]) for row in rows} | {event.id for event in script.events}
    number = next(n for n in range(1, 10_000) if f"own_{n}" not in taken)
    middle = f"{script.clip.duration_s / 2:.3f}"
    cells = {
        "id": f"own_{number}", "keep": True, "label": "new hit", "layer": "props", "prominence": "middle",
        "times (s)": middle, "place": "screen 0.5", "family": "impact", "material": "wood", "surface": "",
        "size": "medium", "intensity": 0.5, "UCS id": "DSGNMisc", "prompt": "a hit", "pan width": 1.0,
        "nudge (ms)": 0.0,
    }  # fmt: skip
    return [cells[name] for name in COLUMNS]


def script_of(rows: Sequence[Row], script: FoleyScript) -> FoleyScript:
    """The script with what the rows say; equal to `script` where nobody changed anything.

    Raises:
        ReviewError: a cell holds what it must not; the message names row and column.
    """
    events = []
    for row in rows:
        cells = dict(zip(COLUMNS, row, strict=True))
        if cell_words.ticked(cells["keep"]):
            events.append(_event(cells, script))
    try:
        return FoleyScript.model_validate({**dict(script), "events": tuple(events)})
    except ValidationError as error:
        raise cell_words.mistake("the script", "", error) from error


def _event(cells: dict[str, Any], script: FoleyScript) -> SoundEvent:
    name = str(cells["id"])
    known = next((event for event in script.events if event.id == name), None)
    changes: dict[str, Any] = {}
    for column, field in _FIELDS.items():
        value: Any = cells[column]
        if field in ("intensity", "pan_width", "sync_nudge_ms"):
            value = cell_words.converted(float, value, name, column)
        elif isinstance(value, str) or value is None:
            value = str(value or "").strip()
        if known is None or value != getattr(known, field):
            changes[field] = value
    base = known or SoundEvent(
        id=name, label="new", prompt="new", family="impact", layer="props", kind="impulsive", onsets_s=(0.0,),
        strengths=(0.8,), placement=Placement(kind="screen", x=0.5), origin="craft", reason="added by a reviewer",
    )  # fmt: skip
    for column, parse in (("times (s)", with_times), ("place", with_place)):
        changes |= cell_words.converted(partial(parse, base), str(cells[column]), name, column)
    try:
        return SoundEvent.model_validate({**dict(base), **changes}) if changes else base
    except ValidationError as error:
        raise cell_words.mistake(name, "", error) from error
