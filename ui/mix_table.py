"""Mix settings as a table that a person edits, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from foleydesigner.mix import DynamicsSettings, EqualiserSettings, MixSettings, ReverbSettings
from foleydesigner.script import FoleyScript
from foleydesigner.ui import cells as cell_words
from foleydesigner.ui.cells import Row

COLUMNS = (
    "id", "track", "gain (dB)", "reverb send (dB)", "room size", "damping", "low (dB)", "mid (dB)", "high (dB)",
    "high-pass (Hz)",
)  # fmt: skip


def mix_rows(script: FoleyScript, mix: MixSettings) -> list[Row]:
    """One row an event, in `COLUMNS`; a dry track has no send."""
    reverbs = {s.event_id: s for s in mix.reverbs}
    equalisers = {s.event_id: s for s in mix.equalisers}
    gains = {s.event_id: s for s in mix.dynamics}
    rows: list[Row] = []
    for event in script.events:
        wet, tone, gain = reverbs.get(event.id), equalisers.get(event.id), gains.get(event.id)
        room = ["", "", ""] if wet is None else [wet.send_db, wet.room_size, wet.damping]
        bands = ["", "", "", ""] if tone is None else [tone.low_db, tone.mid_db, tone.high_db, tone.highpass_hz or ""]
        rows.append([event.id, event.label, gain.gain_db if gain else 0.0, *room, *bands])
    return [[round(cell, 3) if isinstance(cell, float) else cell for cell in row] for row in rows]


def mix_of(rows: Sequence[Row], script: FoleyScript, mix: MixSettings) -> MixSettings:
    """The settings with what the rows say; equal to `mix` where nobody changed anything.

    Raises:
        ReviewError: a cell holds what it must not; the message names row and column.
    """
    before = {row[0]: row for row in mix_rows(script, mix)}
    reverbs = {s.event_id: s for s in mix.reverbs}
    equalisers = {s.event_id: s for s in mix.equalisers}
    gains = {s.event_id: s for s in mix.dynamics}
    for row in rows:
        cells, old = dict(zip(COLUMNS, row, strict=True)), before.get(row[0])
        name = str(cells["id"])
        if old is None or [cell_words.plain(c) for c in row] == [cell_words.plain(c) for c in old]:
            continue
        number = {c: cell_words.optional(cells[c], name, c) for c in COLUMNS[2:]}
        try:
            gains[name] = _edited(gains.get(name), DynamicsSettings, event_id=name, gain_db=number["gain (dB)"] or 0.0)
            _edit_reverb(reverbs, name, number, script, mix)
            tone = {
                "low_db": number["low (dB)"] or 0.0, "mid_db": number["mid (dB)"] or 0.0,
                "high_db": number["high (dB)"] or 0.0, "highpass_hz": number["high-pass (Hz)"],
            }  # fmt: skip
            if any(tone.values()) or name in equalisers:
                equalisers[name] = _edited(equalisers.get(name), EqualiserSettings, event_id=name, **tone)
        except ValidationError as error:
            raise cell_words.mistake(name, "", error) from error
    order = [event.id for event in script.events]
    return mix.model_copy(
        update={
            "reverbs": tuple(reverbs[i] for i in order if i in reverbs),
            "equalisers": tuple(equalisers[i] for i in order if i in equalisers),
            "dynamics": tuple(gains[i] for i in order if i in gains),
        }
    )


def _edit_reverb(
    reverbs: dict[str, ReverbSettings],
    name: str,
    number: dict[str, float | None],
    script: FoleyScript,
    mix: MixSettings,
) -> None:
    send_db = number["reverb send (dB)"]
    if send_db is None:
        reverbs.pop(name, None)
        return
    event = script.event(name)
    space = script.space_at((event.in_s + event.out_s) / 2)
    # A scene is one room: a track that was dry joins the room of its scene.
    room = next((s for s in mix.reverbs if s.scene_id == space.scene_id), None)
    base = reverbs.get(name) or room
    known = {"scene_id": space.scene_id, "target_rt60_s": space.target_rt60_s} if base is None else {}
    size, damping = number["room size"], number["damping"]
    reverbs[name] = _edited(
        base,
        ReverbSettings,
        event_id=name,
        send_db=send_db,
        room_size=size if size is not None else base.room_size if base else 0.5,
        damping=damping if damping is not None else base.damping if base else 0.5,
        **known,
    )


def _edited(before: Any, kind: Any, **changes: Any) -> Any:
    return kind.model_validate({**(dict(before) if before is not None else {}), **changes, "reason": "by a reviewer"})
