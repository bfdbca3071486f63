"""Perception: one pass over the clip, from pixels to the evidence that agents stand on.

frames ─► shots (cut?) ─► motion ─► tracks, impacts, bursts ─► depth ─► PictureEvidence
└──► brightness, keyframes, learned onsets where a checkpoint is named

Depth by ground contact takes no time and is part of the pass; a network that measures it follows on its own
(`with_learned_depth`), for nobody needs metres to say what is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.config import Settings
from foleydesigner.evidence import Curve, PictureEvidence, Shot
from foleydesigner.files import atomic_path, file_sha256
from foleydesigner.job import JobFolder
from foleydesigner.stopwatch import timed
from foleydesigner.tools.depth import with_depth
from foleydesigner.tools.keyframes import KeyframeCollector, read_keyframes, write_keyframes
from foleydesigner.tools.shots import ShotDetector
from foleydesigner.tools.video import FilmReader, Frame

if TYPE_CHECKING:
    from foleydesigner.tools.learned_onsets import OnsetListener
    from foleydesigner.tools.motion import MotionResult

Progress = Callable[[int, int | None], None]
"""Called with the frames done and the frames expected (None where the header does not say)."""

_TRUNCATED_SHARE = 0.9


class Analyser(Protocol):
    """What perception asks of motion analysis."""

    def push(self, frame: int, time_s: float, rgb: NDArray[np.uint8], *, cut: bool) -> None:
        """Take the next frame, (h, w, 3) uint8."""

    def finish(self, shots: tuple[Shot, ...]) -> MotionResult:
        """All that moved."""


def perceive(
    path: Path, settings: Settings, job: JobFolder, progress: Progress | None = None, sha256: str | None = None
) -> PictureEvidence:
    """Look at a whole clip once; write its frame times and keyframes into the job folder.

    Args:
        path: the clip.
        settings: working width, shot threshold, field of view, learned onsets.
        job: where `frame_times` and `keyframes` go; the evidence itself is written by the caller.
        progress: told after every frame.
        sha256: of the clip's bytes where that is known already; hashed beside the decoding otherwise.

    Raises:
        ClipError: not a film.
        MissingExtraError: a learned model is named and its packages are absent.
        CheckpointError: a learned model is named and cannot be used.
        OutputError: the job folder cannot be written.
    """
    with FilmReader(path, settings.working_width_px) as reader, ThreadPoolExecutor(1) as hasher:
        digest = None if sha256 else hasher.submit(file_sha256, reader.path)
        watch = _Watch(reader, settings)
        for frame in reader:
            watch.push(frame)
            if progress is not None:
                progress(frame.index + 1, reader.frames_expected)
        clip = reader.clip_info(digest.result() if digest else str(sha256))
        times_s, notes = reader.times_s, _reading_notes(reader)

    shots = watch.shots.finish(clip.frame_count, clip.duration_s)
    with timed("tracks, contacts, onsets"):
        motion = watch.motion.finish(shots)
    keyframes = watch.keyframes.finish()
    _write_frame_times(job.frame_times, times_s)
    write_keyframes(job.keyframes, keyframes, shots)

    perception = {
        "decoder": clip.codec,
        "shots": "pyscenedetect-content+structure/1",
        "motion": "dis-flow/1",
        **notes,
    }
    impacts = motion.impacts
    if watch.onsets is not None:
        impacts = watch.onsets.impacts(times_s, motion)
        perception["onsets"] = watch.onsets.name
    with timed("depth"):
        tracks, assumptions = with_depth(motion.tracks, settings.field_of_view_deg, clip.width_px / clip.height_px)
    perception["depth"] = "ground-contact+scale/1"
    return PictureEvidence(
        clip=clip,
        shots=_described(shots, motion, np.array(watch.brightness)),
        tracks=tracks,
        impacts=impacts,
        bursts=motion.bursts,
        activity=_curve(motion.activity),
        depth_assumptions=assumptions,
        perception=perception,
    )


class _Watch:
    """Everything that looks at each frame as it passes."""

    def __init__(self, reader: FilmReader, settings: Settings) -> None:
        from foleydesigner.tools.motion import MotionAnalyser

        width_px, height_px = reader.working
        self.shots = ShotDetector(settings.shot_threshold)
        self.motion: Analyser = MotionAnalyser(frame_rate=reader.frame_rate, width_px=width_px, height_px=height_px)
        self.keyframes = KeyframeCollector()
        self.brightness: list[float] = []
        self.onsets: OnsetListener | None = None
        if settings.onset_model is not None:
            from foleydesigner.tools.learned_onsets import OnsetListener, load_onset_network

            self.onsets = OnsetListener(load_onset_network(Path(settings.onset_model)))

    def push(self, frame: Frame) -> None:
        with timed("find shots"):
            cut = self.shots.push(frame.index, frame.time_s, frame.rgb)
        with timed("optical flow and tracking"):
            self.motion.push(frame.index, frame.time_s, frame.rgb, cut=cut)
        self.keyframes.push(frame, cut=cut)
        # Every fourth pixel tells the mean as well.
        self.brightness.append(float(frame.rgb[::2, ::2].mean()) / 255.0)
        if self.onsets is not None:
            with timed("learned onsets"):
                self.onsets.push(frame.rgb)


def _described(shots: tuple[Shot, ...], motion: MotionResult, brightness: NDArray[np.float64]) -> tuple[Shot, ...]:
    """The shots with what was seen in each; a shot in which nothing moves stays, with zeros."""
    return tuple(
        shot.model_copy(
            update={
                "camera_motion": _unit(motion.camera_motion.get(shot.id, 0.0)),
                "activity": _unit(motion.shot_activity.get(shot.id, 0.0)),
                "brightness": _unit(float(brightness[shot.start_frame : shot.end_frame].mean())),
            }
        )
        for shot in shots
    )


def with_learned_depth(
    evidence: PictureEvidence, model: str, keyframes: Path, progress: Callable[[int, int], None]
) -> PictureEvidence:
    """The evidence of `perceive` with depth by a network.

    Args:
        evidence: with depth by ground contact.
        model: checkpoint of `learned_depth.load_depth_network`.
        keyframes: folder that `perceive` wrote them to.
        progress: told of keyframes (done, total).

    Raises:
        MissingExtraError: the network's packages are absent.
        CheckpointError: it cannot be used.
    """
    from foleydesigner.tools.learned_depth import anchored_tracks, load_depth_network

    with timed("learned depth"):
        network = load_depth_network(model)
        tracks, assumptions, name = anchored_tracks(
            evidence.tracks, read_keyframes(keyframes), network, evidence.depth_assumptions, progress
        )
    read_by = {**evidence.perception, "depth": name}
    return evidence.model_copy(update={"tracks": tracks, "depth_assumptions": assumptions, "perception": read_by})


def _curve(values: Sequence[float]) -> Curve:
    peak = max(values, default=0.0)
    scale = 1.0 / peak if peak > 1.0 else 1.0
    return Curve(values=tuple(_unit(value * scale) for value in values))


def _unit(value: float) -> float:
    """`value` held in [0, 1], rounded to a millionth so that the evidence stays readable."""
    return round(min(1.0, max(0.0, float(value))), 6)


def _reading_notes(reader: FilmReader) -> dict[str, str]:
    """What went wrong while reading, in words; empty when nothing did."""
    notes = {}
    expected = reader.frames_expected
    met = reader.times_s.size + reader.damaged_packets
    if reader.truncated or (expected is not None and met < _TRUNCATED_SHARE * expected):
        notes["truncated"] = f"the file breaks off: {reader.times_s.size} of {expected or 'unknown'} frames were there"
    if reader.damaged_packets:
        notes["damaged"] = f"{reader.damaged_packets} damaged pictures were passed over"
    return notes


def _write_frame_times(path: Path, times_s: NDArray[np.float64]) -> None:
    with atomic_path(path) as temporary:
        np.save(temporary, times_s, allow_pickle=False)
