"""The spotting sheet: every cue with its reel timecode, as CSV.

RFC 4180 (CRLF, quoted where needed). UTF-8 with a byte-order mark, without which spreadsheets read labels in the local
code page. Text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV injection"), also
behind a semicolon: where the decimal sign is a comma, spreadsheets part cells there, whatever is quoted.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from foleydesigner.cues import EventCue
from foleydesigner.evidence import ClipInfo
from foleydesigner.files import write_bytes
from foleydesigner.script import LAYER_NAMES, FoleyScript, SoundEvent
from foleydesigner.tools.timecode import time_base

COLUMNS = (
    "Cue", "Event", "TC in", "TC out", "In (s)", "Out (s)", "Frame in", "Frame out (exclusive)", "Frames", "Layer",
    "Description", "UCS CatID", "Placement", "Azimuth in (deg, left negative)", "Azimuth out (deg)", "Depth in (m)",
    "Depth out (m)", "Prominence", "Source", "Hits", "Stem",
)  # fmt: skip

_FORMULA = re.compile(r"(?:^|(?<=;)) *\"* *(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
_ORIGIN = {"picture": "picture", "screenplay": "screenplay", "both": "picture + screenplay", "craft": "craft"}

Cell = str | int | float


def write_cue_sheet(
    path: Path,
    script: FoleyScript,
    cues: Iterable[EventCue],
    *,
    sample_rate_hz: int = 48_000,
    stem_names: Mapping[str, str] | None = None,
) -> Path:
    """Write the sheet: the time base first, an empty row, the columns' names, then one row a cue in time order.

    An impulsive event is one cue from its first to its last hit; a steady one is a cue a span.

    Args:
        path: where the sheet goes.
        script: the events.
        cues: where they are; an event without one has empty position cells.
        sample_rate_hz: said in the head.
        stem_names: event id → file name of its stem.
    """
    positions = {cue.event_id: cue for cue in cues}
    rows: list[list[Cell]] = [*header_rows(script.clip, sample_rate_hz), [], list(COLUMNS)]
    spotted = sorted(
        ((in_s, out_s, hits, event) for event in script.events for in_s, out_s, hits in _cues_of(event)),
        key=lambda cue: (cue[0], cue[1], cue[3].id),
    )
    for number, (in_s, out_s, hits, event) in enumerate(spotted, start=1):
        rows.append(
            [
                number,
                event.id,
                *_times(script.clip, in_s, out_s),
                LAYER_NAMES[event.layer],
                event.label,
                event.ucs_id,
                event.placement.kind,
                *_placement(positions.get(event.id), in_s, out_s),
                event.prominence,
                _ORIGIN[event.origin],
                hits,
                (stem_names or {}).get(event.id, ""),
            ]
        )
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return write_bytes(path, buffer.getvalue().encode("utf-8-sig"))


def header_rows(clip: ClipInfo, sample_rate_hz: int) -> list[list[Cell]]:
    """The header rows: without them no timecode of a clip at 14.96 or 21.5 frames a second can be read."""
    rate, base = clip.frame_rate, time_base(clip.frame_rate, clip.start_timecode)
    return [
        ["Clip", clip.name],
        ["Frame rate (fps, exact)", f"{rate.numerator}/{rate.denominator}"],
        ["Frame rate (fps, decimal)", f"{float(rate):.6f}"],
        ["Variable frame rate", "yes; nominal rate is the time base" if clip.variable_rate else "no"],
        ["Timecode base (nominal frames per second)", base.nominal],
        ["Drop-frame", "yes" if base.dropped_a_minute else "no"],
        ["Start timecode", clip.start_timecode],
        ["Sample rate (Hz)", sample_rate_hz],
        ["Picture length (frames)", clip.frame_count],
        ["Picture length (s)", f"{clip.duration_s:.6f}"],
    ]


def safe_cell(cell: Cell) -> Cell:
    """`cell` with an apostrophe wherever a spreadsheet would begin to compute; numbers stay numbers."""
    if isinstance(cell, str):
        printable = "".join(c if c.isprintable() else " " for c in cell)
        return _FORMULA.sub(lambda found: f"'{found.group()}", printable)
    return cell


def _cues_of(event: SoundEvent) -> Iterator[tuple[float, float, int]]:
    """(in, out, hits) of each cue of an event, seconds; hits is 0 for a steady one."""
    if event.kind == "impulsive":
        yield event.in_s, event.out_s, len(event.onsets_s)
    else:
        for span in event.spans:
            yield span.start_s, span.end_s, 0


def _times(clip: ClipInfo, in_s: float, out_s: float) -> list[Cell]:
    # A frame is on screen from n / rate on; the small term keeps a time that lies on a frame's edge in that frame.
    first = math.floor(in_s * float(clip.frame_rate) + 1e-6)
    end = max(math.ceil(out_s * float(clip.frame_rate) - 1e-6), first + 1)
    base = time_base(clip.frame_rate, clip.start_timecode)
    origin = base.frames(clip.start_timecode)
    reel = [base.timecode(origin + frame) for frame in (first, end)]
    return [*reel, f"{in_s:.3f}", f"{out_s:.3f}", first, end, end - first]


def _placement(cue: EventCue | None, in_s: float, out_s: float) -> list[Cell]:
    """Azimuth in, out, depth in, out; empty where the sound is all around or has no cue."""
    if cue is None or cue.placement == "diffuse":
        return ["", "", "", ""]
    # An out time on a cut belongs to the next shot; the cue ends just before it.
    azimuth, depth = cue.trajectory.sample(np.array([in_s, max(in_s, out_s - 1e-6)]))
    return [
        round(float(azimuth[0]), 1),
        round(float(azimuth[1]), 1),
        round(float(depth[0]), 2),
        round(float(depth[1]), 2),
    ]
