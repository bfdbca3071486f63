"""Holds a job on a film of known truth against that truth, figure by figure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.faults.filming import Film
from foleydesigner.evidence import PictureEvidence
from foleydesigner.job import JobFolder
from foleydesigner.model import Line, Model

if TYPE_CHECKING:
    from foleydesigner.script import FoleyScript

_RATE_HZ = 48_000
_AUDIO_ONSET_S = 0.030
"""One hop of the onset detector is 23 ms, and it names the hop's start."""


class Fact(Model):
    """One figure of a job beside what it has to be."""

    name: Line
    got: float | None
    """None where there was nothing to measure, which is never right."""
    expected: float
    within: float = 0.0

    @property
    def right(self) -> bool:
        """Whether the figure is what it has to be."""
        return self.got is not None and abs(self.got - self.expected) <= self.within + 1e-9

    def __str__(self) -> str:
        return f"{self.name}: {self.got}, expected {self.expected} ± {self.within:g}"


def onset_tolerance_s(film: Film) -> float:
    """How near an onset has to be: a frame and a half where frames are long, 40 ms where they are short."""
    period_s = float(np.median(np.diff(film.times_s))) if len(film.times_s) > 1 else float(1 / film.rate)
    return max(0.040, 1.5 * period_s)


def tick_s(film: Film) -> float:
    """The finest time that the film's container keeps, seconds."""
    return 1e-3 if film.suffix in (".mkv", ".webm") or film.stamps_ms is not None else 1e-4


def picture_facts(film: Film, evidence: PictureEvidence, times_s: NDArray[np.float64]) -> Iterator[Fact]:
    """What perception says of the clip: shape, clock, length, contacts and where they are."""
    clip, tick = evidence.clip, tick_s(film)
    yield Fact(name="frames", got=clip.frame_count, expected=len(film.times_s))
    if len(times_s) == len(film.times_s):
        worst = float(np.abs(times_s - film.times_s).max())
        yield Fact(name="worst frame time", got=worst, expected=0.0, within=tick)
    yield Fact(name="duration", got=clip.duration_s, expected=film.duration_s, within=_duration_slack_s(film))
    yield Fact(name="width", got=clip.width_px, expected=film.width_px, within=float(film.pixel_aspect != 1))
    yield Fact(name="height", got=clip.height_px, expected=film.height_px)
    if film.stamps_ms is None:
        yield Fact(name="rate", got=float(clip.frame_rate), expected=float(film.rate))
    varies = film.stamps_ms is not None and len(set(np.diff(film.stamps_ms).tolist())) > 1
    yield Fact(name="variable rate", got=float(clip.variable_rate), expected=float(varies))
    yield from _contacts(film, np.array([impact.time_s for impact in evidence.impacts]), "impact")
    if film.ball is not None and len(film.contacts_s()):
        azimuths = [90.0 * (impact.x - 0.5) for impact in evidence.impacts]
        yield Fact(
            name="azimuth of the impacts",
            got=float(np.median(azimuths)) if azimuths else None,
            expected=film.ball.azimuth_deg,
            within=4.0,
        )


def job_facts(film: Film, job: JobFolder) -> Iterator[Fact]:
    """What a finished job delivers: onsets in script and sound, place, timecode, lengths, and the preview's step."""
    from foleydesigner.graph.perception import read_evidence
    from foleydesigner.graph.scripting import read_script
    from foleydesigner.tools.delivery.bwf import read_bext
    from foleydesigner.tools.timecode import time_reference

    yield from picture_facts(film, read_evidence(job), np.load(job.frame_times))
    script = read_script(job)
    origin = time_reference(film.rate, film.timecode) if film.timecode and film.stamps_ms is None else 0
    found = np.array([t for event in script.events for t in event.onsets_s])
    yield from _contacts(film, found, "script onset")
    yield from _sounding(film, job, script, origin)
    for name, path in (("stereo", job.stereo), ("5.1", job.surround)):
        import soundfile

        length = script.clip.duration_s * _RATE_HZ
        yield Fact(name=f"samples of the {name} mix", got=soundfile.info(path).frames, expected=length, within=1.0)
        yield Fact(name=f"TimeReference of the {name} mix", got=read_bext(path).time_reference, expected=origin)
    yield from _preview(film, job)


def _duration_slack_s(film: Film) -> float:
    """No container says for sure how long the last frame of a variable film stands; the rest is exact to its tick."""
    if film.stamps_ms is None:
        return 1e-4
    return max(film.last_s, float(1 / film.rate))


def _contacts(film: Film, found_s: NDArray[np.float64], what: str) -> Iterator[Fact]:
    """Every true contact has one, and those of the last third are no later against the truth than those of the first.

    The median over both is compared with nothing but the tolerance: it is the picture's own limit.
    """
    true = film.contacts_s()
    if not len(true):
        return
    near = onset_tolerance_s(film)
    off = np.array([found_s[np.argmin(np.abs(found_s - t))] - t if found_s.size else np.inf for t in true])
    yield Fact(name=f"contacts with a {what}", got=int((np.abs(off) <= near).sum()), expected=len(true))
    if len(true) >= 6 and np.isfinite(off).all():
        third = len(true) // 3
        drift = float(np.median(off[-third:]) - np.median(off[:third]))
        yield Fact(name=f"drift of the {what}s", got=drift, expected=0.0, within=0.010)


def _sounding(film: Film, job: JobFolder, script: FoleyScript, origin: int) -> Iterator[Fact]:
    """Stems of hits, placed by their TimeReference: onsets measured in the sound itself against the contacts."""
    import soundfile

    from foleydesigner.graph.delivering import stem_files
    from foleydesigner.graph.reading import read_cue
    from foleydesigner.tools.audio_onsets import audio_onsets
    from foleydesigner.tools.delivery.bwf import read_bext

    if film.ball is None or not len(film.contacts_s()):
        return
    heard, azimuths = [], []
    for event_id, path in stem_files(job, "event").items():
        event = script.event(event_id)
        if event.kind != "impulsive":
            continue
        audio, _ = soundfile.read(path, dtype="float32", always_2d=True)
        start_s = (read_bext(path).time_reference - origin) / _RATE_HZ
        # The detector asks for some silence before an onset; a stem begins right before its first.
        led_in = np.concatenate([np.zeros((_RATE_HZ // 2, audio.shape[1]), np.float32), audio])
        heard += [start_s - 0.5 + float(t) for t in audio_onsets(led_in.T, _RATE_HZ)[0]]
        if event.placement.kind == "screen":
            azimuths += read_cue(job, event_id).trajectory.sample(np.asarray(event.onsets_s))[0].tolist()
    true, near = film.contacts_s(), onset_tolerance_s(film) + _AUDIO_ONSET_S
    hit = sum(bool(np.any(np.abs(np.asarray(heard) - t) <= near)) for t in true)
    yield Fact(name="contacts heard in the stems", got=hit, expected=len(true))
    place = float(np.median(azimuths)) if azimuths else None
    yield Fact(name="azimuth of the cues", got=place, expected=film.ball.azimuth_deg, within=4.0)


def _preview(film: Film, job: JobFolder) -> Iterator[Fact]:
    """The preview decodes: all pictures at their times, sound from 0 to the end, in step with the printed mix."""
    path = next(iter(sorted(job.delivery.glob("preview.*"))), None)
    yield Fact(name="previews", got=float(path is not None), expected=1.0)
    if path is None:
        return
    times_s, sound, begins_s = read_preview(path)
    yield Fact(name="frames of the preview", got=len(times_s), expected=len(film.times_s))
    if len(times_s) == len(film.times_s):
        worst = float(np.abs(times_s - film.times_s).max())
        yield Fact(name="worst frame time of the preview", got=worst, expected=0.0,
                   within=max(tick_s(film), 1e-3 if path.suffix == ".mkv" else 1e-4))  # fmt: skip
    yield Fact(name="step between the preview's sound and the mix", got=_lag_s(sound, begins_s, job.stereo),
               expected=0.0, within=0.001)  # fmt: skip


def read_preview(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float32], float]:
    """Decode a preview: picture times in seconds, the first sound track as mono (samples,), its first sample's time."""
    import av

    times: list[float] = []
    blocks: list[Any] = []
    begins_s: float | None = None
    with av.open(f"file:{path}") as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        for packet in container.demux(picture, sound):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    times.append(float(frame.time or 0.0))
                elif isinstance(frame, av.AudioFrame):
                    begins_s = float(frame.time or 0.0) if begins_s is None else begins_s
                    blocks.append(frame.to_ndarray().mean(axis=0))
    samples = np.concatenate(blocks).astype(np.float32) if blocks else np.zeros(0, np.float32)
    return np.sort(np.asarray(times)), samples, begins_s or 0.0


def _lag_s(sound: NDArray[np.float32], begins_s: float, mix: Path) -> float | None:
    """By how much the preview's sound lags behind the printed mix, seconds; None where both are too quiet to tell."""
    import scipy.signal
    import soundfile

    printed = soundfile.read(mix, dtype="float32", always_2d=True, frames=60 * _RATE_HZ)[0].mean(axis=1)
    sound = sound[: len(printed) + _RATE_HZ]
    if not len(sound) or float(np.abs(printed).max()) < 1e-5:
        return None
    correlation = scipy.signal.correlate(sound, printed, mode="full", method="fft")
    return float(np.argmax(correlation) - (len(printed) - 1)) / _RATE_HZ + begins_s


def read_index(job: JobFolder) -> list[dict[str, str]]:
    """The stems that a job says it has printed."""
    entries: list[dict[str, str]] = json.loads((job.stems / "index.json").read_text("utf-8"))
    return entries
