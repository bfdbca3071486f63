"""The authors' public layout of FilmStereo: a JSON list of WAV files, each with a prompt and where it goes, in words.

{"dataset_type": "film_stereo", "random_crop": false, "datasets": [
  {"id": "…", "path": "…/left!near2right!far.wav", "prompt": "…", "motion_type": "dynamic",
   "movement_str": "left!near2right!far.wav", "start_points": [40, 240040], "end_points": [107476, 347476]}]}

Five directions and three depths, which a moving sound runs through evenly from its first start point to its last end
point; points are samples. (As read in the files that the authors published beside their training code.)
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from foleydesigner.errors import DatasetError
from foleydesigner.files import atomic_path, write_bytes, write_json
from foleydesigner.generator.filmstereo.annotation import ClipAnnotation, Interval, SourceRecording
from foleydesigner.generator.filmstereo.shards import Clip, shard_bytes, shard_name
from foleydesigner.generator.filmstereo.tables import inside
from foleydesigner.model import Model
from foleydesigner.tools.audio_file import read_wav
from foleydesigner.tools.place_words import DIRECTIONS as DIRECTION_WORDS
from foleydesigner.tools.place_words import PAPER_AZIMUTHS_DEG, direction_of, zone_of
from foleydesigner.tools.taxonomy import taxonomy

DATASET_TYPE = "film_stereo"
DIRECTIONS = {name.replace(" ", "_"): at for name, at in zip(DIRECTION_WORDS, PAPER_AZIMUTHS_DEG, strict=True)}
DEPTHS_M = {"near": 1.0, "medium": 3.5, "far": 7.5}
"""The middles of the paper's zones, the last up to 10 m."""
SPACING_M = 0.17
"""The middle of the paper's 16 to 18 cm: the files do not say."""

_ZONES = {"near": "near", "middle": "medium", "far": "far"}
_PLACE = rf"({'|'.join(DIRECTIONS)})!({'|'.join(DEPTHS_M)})"
_MOVEMENT = re.compile(rf"(?:\([^()]*\))?{_PLACE}(?:2{_PLACE})?\.wav$")
_FRAME_RATE = 25
_LARGEST_BYTES = 64_000_000
_SHARD_CLIPS = 50
_TITLE = re.compile(r"^a sound of ", re.IGNORECASE)


class PublicClip(Model):
    """One entry of the list."""

    id: str = "filmstereo"
    path: str
    prompt: str
    motion_type: Literal["static", "dynamic"]
    movement_str: str
    start_points: tuple[Annotated[int, Field(ge=0)], ...]
    end_points: tuple[Annotated[int, Field(ge=0)], ...]


RecordingOf = Callable[[PublicClip, str, float], SourceRecording | None]


def movement(text: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where a movement begins and ends, (azimuth in degrees, depth in metres) each; the same twice for what stands.

    Raises:
        DatasetError: the text is no movement.
    """
    match = _MOVEMENT.search(text)
    if match is None:
        raise DatasetError(f"the movement {text!r}", "one like left!near2right!far.wav", "correct the list")
    direction, depth, to_direction, to_depth = match.groups()
    start = (DIRECTIONS[direction], DEPTHS_M[depth])
    return start, (DIRECTIONS[to_direction], DEPTHS_M[to_depth]) if to_direction else start


def movement_text(annotation: ClipAnnotation) -> str:
    """The words for where a clip begins and ends: the nearest of the five directions, and the zones."""
    ends = [_place(annotation, 0)] + ([_place(annotation, -1)] if annotation.motion == "linear" else [])
    return "2".join(ends) + ".wav"


def _place(annotation: ClipAnnotation, index: int) -> str:
    direction = direction_of(annotation.azimuth_deg[index]).replace(" ", "_")
    return f"{direction}!{_ZONES[zone_of(annotation.depth_m[index])]}"


def export(clips: Iterable[Clip], out: Path) -> int:
    """Write clips with their `wet` sound as WAV files, and the list `filmstereo.json`; gives their number."""
    import soundfile

    rows = []
    for clip in clips:
        a = clip.annotation
        text = movement_text(a)
        reverb = a.room.reverb if a.room else "room"
        motion: Literal["static", "dynamic"] = "dynamic" if a.motion == "linear" else "static"
        folder = Path(a.split) / a.recording.size.title() / motion / a.id
        path = folder / f"({reverb}){text}"
        with atomic_path(out / path) as temporary:
            soundfile.write(temporary, clip.audio["wet"].T, a.sample_rate_hz, format="WAV", subtype="PCM_16")
        rate = a.sample_rate_hz * 1e-3
        rows.append(
            PublicClip(
                id=a.id,
                path=path.as_posix(),
                prompt=a.caption,
                motion_type=motion,
                movement_str=text,
                start_points=tuple(round(i.onset_ms * rate) for i in a.intervals),
                end_points=tuple(round(i.offset_ms * rate) for i in a.intervals),
            ).model_dump(mode="json")
        )
    listing = {"dataset_type": DATASET_TYPE, "datasets": rows, "random_crop": False}
    write_json(out / "filmstereo.json", listing)
    return len(rows)


def read_list(path: Path) -> tuple[PublicClip, ...]:
    """The entries of a list.

    Raises:
        DatasetError: it is not one.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ValueError(f"{path.stat().st_size} bytes")
        data: Any = json.loads(path.read_text("utf-8"))
        if not isinstance(data, dict) or data.get("dataset_type") != DATASET_TYPE:
            raise ValueError(f"no {DATASET_TYPE} list")
        return tuple(PublicClip.model_validate(row) for row in data.get("datasets", ()))
    except (OSError, ValueError, RecursionError, ValidationError) as error:
        raise DatasetError(f"{path} cannot be read ({error})", "a list in the public layout", "check it") from error


def import_clips(path: Path, root: Path, recording_of: RecordingOf) -> Iterator[Clip]:
    """Clips of a list whose files lie under `root`, in order.

    Args:
        path: the list.
        root: where its files are; an entry's path is followed from there, never out of it.
        recording_of: gives the `SourceRecording` of (entry, sha256 of its file, duration in seconds), or None to leave
            it out.

    Raises:
        DatasetError: an entry leads out of `root`, has no place, or its file cannot be used.
    """
    for index, entry in enumerate(read_list(path)):
        file = _inside(root, entry.path)
        sound, rate_hz = read_wav(file)
        if sound.shape[0] != 2:
            raise DatasetError(f"{entry.path} has {sound.shape[0]} channels", "two", "leave it out of the list")
        duration_s = sound.shape[1] / rate_hz
        recording = recording_of(entry, hashlib.sha256(file.read_bytes()).hexdigest(), duration_s)
        if recording is not None:
            yield Clip(_annotation(index, entry, recording, duration_s, rate_hz), {"wet": sound})


def import_shards(path: Path, root: Path, out: Path, *, licence: str, author: str) -> tuple[int, int]:
    """Shards of a list's clips in `out`: how many clips, and how many were left out since no family is in their prompt.

    Raises:
        DatasetError: see `import_clips`; or `out` holds shards.
    """
    if any(out.glob("shard-*.tar")):
        raise DatasetError(f"{out} holds shards", "an empty folder", "pass another --out")
    out.mkdir(parents=True, exist_ok=True)
    total = len(read_list(path))
    clips = import_clips(path, root, partial(_recording, licence=licence, author=author))
    count = index = 0
    while some := list(itertools.islice(clips, _SHARD_CLIPS)):
        write_bytes(out / shard_name(index), shard_bytes(some))
        count, index = count + len(some), index + 1
    return count, total - count


def _recording(
    entry: PublicClip, sha256: str, duration_s: float, *, licence: str, author: str
) -> SourceRecording | None:
    """What the prompt says of the sound, by the taxonomy; None where it names nothing that we know."""
    title = _TITLE.sub("", entry.prompt).split(", coming from")[0].split(", moves from")[0].strip()
    matches = taxonomy().match(title)
    if not matches:
        return None
    concept = matches[0].concept
    return SourceRecording(
        id=sha256[:16],
        collection="public layout",
        name=entry.path[-400:],
        title=title[:400],
        author=author,
        licence=licence.lower(),
        family=concept.family,
        kind=concept.kind,
        size=concept.size,
        duration_s=duration_s,
    )


def _inside(root: Path, path: str) -> Path:
    found = inside(root, path)
    if found is None:
        raise DatasetError(f"the path {path!r}", f"a file under {root}", "pass --root, or correct the list")
    return found


def _annotation(
    index: int, entry: PublicClip, recording: SourceRecording, duration_s: float, rate_hz: int
) -> ClipAnnotation:
    (from_deg, from_m), (to_deg, to_m) = movement(entry.movement_str)
    frames = round(duration_s * _FRAME_RATE)
    times_s = (np.arange(frames) + 0.5) / _FRAME_RATE
    begins_s = min(entry.start_points, default=0) / rate_hz
    ends_s = max(entry.end_points, default=round(duration_s * rate_hz)) / rate_hz
    share = np.clip((times_s - begins_s) / max(ends_s - begins_s, 1e-9), 0.0, 1.0)
    # Evenly over the places' numbers, as the authors do, which is evenly within each pair of neighbours.
    angles, depths = list(DIRECTIONS.values()), list(DEPTHS_M.values())
    number = angles.index(from_deg) + share * (angles.index(to_deg) - angles.index(from_deg))
    depth = depths.index(from_m) + share * (depths.index(to_m) - depths.index(from_m))
    azimuth_deg = np.interp(number, np.arange(len(angles)), angles)
    depth_m = np.interp(depth, np.arange(len(depths)), depths)
    intervals = tuple(
        Interval(onset_ms=1e3 * a / rate_hz, offset_ms=1e3 * b / rate_hz)
        for a, b in zip(entry.start_points, entry.end_points, strict=False)
        if b > a
    )
    return ClipAnnotation(
        id=f"clip_{index:06d}",
        split="test",
        recording=recording,
        seed=0,
        duration_s=duration_s,
        sample_rate_hz=rate_hz,
        signals=("wet",),
        motion="linear" if entry.motion_type == "dynamic" else "static",
        microphone_spacing_m=SPACING_M,
        frame_rate=_FRAME_RATE,
        azimuth_deg=tuple(azimuth_deg.tolist()),
        depth_m=tuple(depth_m.tolist()),
        intervals=intervals,
        onsets_ms=tuple(i.onset_ms for i in intervals),
        caption=entry.prompt[:400],
        caption_by="the list",
    )
