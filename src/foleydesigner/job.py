"""The job folder: where each artifact of a job lives."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from foleydesigner.errors import JobBusyError, JobError, OutputError
from foleydesigner.files import unwritable


def event_seed(job_seed: int, *names: str) -> int:
    """A 63-bit seed of its own for each named part of a job, the same on every machine."""
    text = "\x1f".join((str(job_seed), *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


class JobFolder:
    """Paths inside one job's folder. Creating the object touches nothing on disk."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def __repr__(self) -> str:
        return f"JobFolder({str(self.root)!r})"

    # the job itself
    @property
    def record(self) -> Path:
        """job.json: settings, hashes, seconds a stage, decisions."""
        return self.root / "job.json"

    @property
    def checkpoints(self) -> Path:
        """SQLite database of the state machine."""
        return self.root / "checkpoints.sqlite"

    @property
    def report(self) -> Path:
        """The single-page HTML report."""
        return self.root / "report.html"

    @property
    def work(self) -> Path:
        """Scratch of the stages: gone when the job is finished."""
        return self.root / "work"

    @property
    def calls(self) -> Path:
        """Folder of what was asked of served models, `<role>/<key>.json`."""
        return self.root / "calls"

    @property
    def trace(self) -> Path:
        """What ran when, one JSON line a node and a run."""
        return self.root / "trace.jsonl"

    @property
    def sent_trace(self) -> Path:
        """Which traces a tracking server has already."""
        return self.root / "trace_sent.json"

    # perception and script
    @property
    def picture(self) -> Path:
        """What was seen in the film, before a learned model has measured depth."""
        return self.root / "perception" / "picture.json"

    @property
    def evidence(self) -> Path:
        """PictureEvidence."""
        return self.root / "perception" / "evidence.json"

    @property
    def frame_times(self) -> Path:
        """Presentation time of every frame, float64 seconds, `.npy`."""
        return self.root / "perception" / "frame_times.npy"

    @property
    def keyframes(self) -> Path:
        """Folder of JPEG keyframes, `<shot id>_<frame>.jpg`."""
        return self.root / "perception" / "keyframes"

    @property
    def screenplay(self) -> Path:
        """Screenplay as read."""
        return self.root / "script" / "screenplay.json"

    @property
    def structured_text(self) -> Path:
        """T, the FilmScribe result with every revision."""
        return self.root / "script" / "filmscribe.json"

    @property
    def script(self) -> Path:
        """FoleyScript."""
        return self.root / "script" / "foley_script.json"

    @property
    def search(self) -> Path:
        """SearchRecord."""
        return self.root / "script" / "search.json"

    # sound
    def cue(self, event_id: str) -> Path:
        """EventCue of one event."""
        return self.root / "cues" / f"{event_id}.json"

    def take(self, event_id: str, kind: str) -> Path:
        """Working audio of one event, float WAV.

        `kind` is "dry" (mono source), "placed" (stereo), or "own" (the engine's own stereo, where it made any).
        """
        return self.root / "takes" / f"{event_id}.{kind}.wav"

    def take_record(self, event_id: str) -> Path:
        """TakeRecord of one event: where the take starts, what was measured."""
        return self.root / "takes" / f"{event_id}.json"

    def former_take(self, event_id: str, round_: int, kind: str) -> Path:
        """A take that is kept to be picked again: kinds of `take` as WAV, "record" and "event" as JSON."""
        suffix = "json" if kind in ("record", "event") else "wav"
        return self.root / "takes" / event_id / f"{round_}.{kind}.{suffix}"

    def recording(self, sha256: str) -> Path:
        """A sound that somebody brought along in place of a generated one, by the SHA-256 of its bytes."""
        return self.root / "recordings" / f"{sha256}.wav"

    def former_script(self, version: int) -> Path:
        """The script as it was before a reviewer's answer, counted from 0."""
        return self.root / "script" / "versions" / f"{version}.json"

    def mel_picture(self, event_id: str) -> Path:
        """Mel-spectrogram picture of one take, PNG."""
        return self.root / "analysis" / f"{event_id}.png"

    @property
    def analysis(self) -> Path:
        """All TrackAnalysis, maskings, and figures before and after the specialists."""
        return self.root / "analysis" / "tracks.json"

    @property
    def mix_plan(self) -> Path:
        """MixPlan."""
        return self.root / "mix" / "plan.json"

    @property
    def mix_settings(self) -> Path:
        """MixSettings."""
        return self.root / "mix" / "settings.json"

    @property
    def stems(self) -> Path:
        """Folder of event stems, layer stems and reverb returns."""
        return self.root / "stems"

    @property
    def stereo(self) -> Path:
        """The printed stereo mix."""
        return self.root / "mix" / "stereo.wav"

    @property
    def surround(self) -> Path:
        """The printed 5.1 mix."""
        return self.root / "mix" / "surround_51.wav"

    # delivery
    @property
    def delivery(self) -> Path:
        """Folder of what is handed over."""
        return self.root / "delivery"

    @property
    def cue_sheet(self) -> Path:
        """Spotting sheet, CSV."""
        return self.delivery / "cue_sheet.csv"

    @property
    def loudness(self) -> Path:
        """Loudness and fold-down report, JSON."""
        return self.delivery / "loudness.json"

    @property
    def provenance(self) -> Path:
        """Versions, licences, seeds, prompts, hashes, approvals."""
        return self.delivery / "provenance.json"

    def read_record(self) -> dict[str, Any]:
        """job.json as data.

        Raises:
            JobError: there is none, or it is not one of ours.
        """
        try:
            data = json.loads(self.record.read_text("utf-8"))
        except FileNotFoundError as error:
            raise JobError(
                f"{self.root} holds no job.json", "a folder that `foley design --out` made", "check the path"
            ) from error
        except (OSError, ValueError) as error:
            raise JobError(
                f"{self.record} cannot be read ({error})", "the JSON that FoleyDesigner wrote", "start the job anew"
            ) from error
        if not isinstance(data, dict) or not {"job_id", "state", "settings", "clip", "created_on"} <= data.keys():
            raise JobError(
                f"{self.record} is not a job record", "the JSON that FoleyDesigner wrote", "start the job anew"
            )
        return data

    def remove_leftovers(self) -> None:
        """Remove what a process that died was still writing: temporary names and scratch. Hold the lock."""
        for path in self.root.rglob(".*.part*"):
            path.unlink(missing_ok=True)
        for path in self.work.glob(".bus.*"):
            path.unlink(missing_ok=True)

    @property
    def begun(self) -> bool:
        """Whether a job has begun here.

        Raises:
            OutputError: the folder cannot be looked into, or its name is too long.
        """
        try:
            return self.record.exists()
        except OSError as error:
            raise unwritable(self.record, error) from error

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for this process; the lock dies with the process.

        Raises:
            JobBusyError: another process holds it.
            OutputError: the folder cannot be written.
        """
        path = self.root / ".lock"
        try:
            if self.root.exists() and not self.root.is_dir():
                raise OutputError(
                    f"{self.root} is a file", "a folder, or a name that is still free", "pass another --out"
                )
            self.root.mkdir(parents=True, exist_ok=True)
            stream: IO[str] = path.open("a+")
        except OSError as error:
            raise unwritable(path, error) from error
        with stream:
            if not _try_lock(stream):
                raise JobBusyError(
                    f"another process works in {self.root}",
                    "one process for one job folder",
                    "wait for it, stop it, or pass another --out",
                )
            yield


def _try_lock(stream: IO[str]) -> bool:
    """Take the operating system's exclusive lock on an open file, without waiting."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
