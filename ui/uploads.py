"""Files that people bring: looked at by their content, bounded, and copied into the job that they are for."""

from __future__ import annotations

import re
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from foleydesigner.errors import UploadError
from foleydesigner.files import atomic_path, file_sha256, write_text
from foleydesigner.job import JobFolder

MAX_CLIP_BYTES = 8 << 30
MAX_CLIP_S = 3 * 3600.0
MAX_RECORDING_BYTES = 512 << 20
MAX_RECORDING_S = 900.0
SHOTS_UP_TO_S = 90.0
"""Longest clip whose shots are counted while a person waits."""
_RATE_HZ = 48_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFacts:
    """What is known of a clip at once.

    Attributes:
        name: of the file.
        duration_s: as its container claims.
        frame_rate: nominal, frames a second.
        width_px, height_px: as displayed.
        shots: how many; None where the clip is too long to count at once.
    """

    name: str
    duration_s: float
    frame_rate: float
    width_px: int
    height_px: int
    shots: int | None

    @property
    def line(self) -> str:
        """For people."""
        shots = (
            "shots are counted while it is read"
            if self.shots is None
            else f"{self.shots} shot" + "s" * (self.shots != 1)
        )
        return f"{self.duration_s:.2f} s, {self.frame_rate:.3f} fps, {self.width_px} × {self.height_px}, {shots}"


def look_at_clip(path: Path) -> ClipFacts:
    """Read a clip's facts.

    Raises:
        ClipError: it is no film.
        UploadError: it is too large or too long.
    """
    from foleydesigner.tools.video import probe

    size = path.stat().st_size
    if size > MAX_CLIP_BYTES:
        raise UploadError(
            f"a clip of {size / 2**30:.1f} GB", f"at most {MAX_CLIP_BYTES >> 30} GB", "send a proxy of it"
        )
    clip = probe(path, "0" * 64)
    if clip.duration_s > MAX_CLIP_S:
        raise UploadError(
            f"a clip of {clip.duration_s / 3600:.1f} h", f"at most {MAX_CLIP_S / 3600:.0f} h", "send it reel by reel"
        )
    return ClipFacts(
        name=safe_name(path),
        duration_s=clip.duration_s,
        frame_rate=float(clip.frame_rate),
        width_px=clip.width_px,
        height_px=clip.height_px,
        shots=_count_shots(path, clip.duration_s) if clip.duration_s <= SHOTS_UP_TO_S else None,
    )


def _count_shots(path: Path, duration_s: float) -> int:
    from foleydesigner.tools.shots import ShotDetector
    from foleydesigner.tools.video import frames

    detector, count = ShotDetector(), 0
    for frame in frames(path, 160):
        detector.push(frame.index, frame.time_s, frame.rgb)
        count += 1
    return len(detector.finish(max(count, 1), duration_s))


def safe_name(path: Path, most: int = 80) -> str:
    """A file's own name without anything that a file system, a shell or a page could take for more than a name."""
    stem = re.sub(r"[^\w. -]+", "_", path.stem).strip(". ")[:most] or "clip"
    suffix = path.suffix.lower()
    return stem + (suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else "")


def keep_clip(path: Path, job: JobFolder) -> Path:
    """Copy an uploaded clip into a job.

    Raises:
        OutputError: there is no room.
    """
    kept = job.root / "inputs" / safe_name(path)
    with atomic_path(kept) as temporary:
        shutil.copyfile(path, temporary)
    return kept


def keep_screenplay(path: Path | None, text: str, job: JobFolder) -> Path | None:
    """Keep a screenplay that was uploaded, or pasted; None when there is neither.

    Raises:
        ScreenplayError: it cannot be used.
        OutputError: there is no room.
    """
    from foleydesigner.tools.screenplay import check_readable

    if path is None and not text.strip():
        return None
    if path is None:
        kept = write_text(job.root / "inputs" / "pasted.fountain", text)
        check_readable(kept)
        return kept
    check_readable(path)
    kept = job.root / "inputs" / f"screenplay_{safe_name(path)}"
    with atomic_path(kept) as temporary:
        shutil.copyfile(path, temporary)
    return kept


def keep_recording(path: Path, job: JobFolder) -> str:
    """Keep an uploaded recording as a WAV of the job; returns its SHA-256, by which a take is ordered from it.

    Raises:
        UploadError: it is too large, too long, or no sound that can be read.
    """
    import soundfile

    from foleydesigner.tools.audio_file import read_wav, write_wav

    size = path.stat().st_size
    if size > MAX_RECORDING_BYTES:
        raise UploadError(f"a recording of {size >> 20} MB", f"at most {MAX_RECORDING_BYTES >> 20} MB", "cut it")
    try:
        info = soundfile.info(path)
        if info.frames > MAX_RECORDING_S * info.samplerate:
            raise UploadError(
                f"a recording of {info.frames / info.samplerate:.0f} s", f"at most {MAX_RECORDING_S:.0f} s", "cut it"
            )
        audio, rate = read_wav(path)
    except (OSError, RuntimeError) as error:
        raise UploadError(
            "the recording is no sound that can be read", "WAV, FLAC, AIFF, OGG or MP3", "convert it"
        ) from error
    # Under a name that nobody can order until its own is known.
    made = write_wav(job.root / "recordings" / f"{secrets.token_hex(8)}.wav", audio, rate)
    digest = file_sha256(made)
    made.replace(job.recording(digest))
    return digest
