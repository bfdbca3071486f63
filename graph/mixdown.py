"""Mixdown: takes and settings in, processed tracks and summed buses out. No decision is made here."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from foleydesigner.config import Settings
from foleydesigner.cues import EventCue
from foleydesigner.graph.reading import read_cue, read_take_record
from foleydesigner.job import JobFolder
from foleydesigner.mix import DynamicsSettings, EqualiserSettings, MixSettings, ReverbSettings
from foleydesigner.script import FoleyScript, SoundEvent
from foleydesigner.stopwatch import timed
from foleydesigner.tools.audio_bus import AudioBus
from foleydesigner.tools.audio_file import writing_wav
from foleydesigner.tools.audio_source import AudioSource, FileSource

Audio = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """The three specialists' settings of one event, where there are any."""

    equaliser: EqualiserSettings | None = None
    dynamics: DynamicsSettings | None = None
    reverb: ReverbSettings | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """One event on its way to the mix: dry source, cue, clip time of the first sample."""

    event: SoundEvent
    cue: EventCue
    start_s: float
    dry: AudioSource = field(repr=False)

    def start_sample(self, sample_rate_hz: int) -> int:
        """First sample of the track in the clip."""
        return round(self.start_s * sample_rate_hz)


def by_event(settings: MixSettings) -> dict[str, TrackSettings]:
    """Settings grouped by event id."""
    equalisers = {s.event_id: s for s in settings.equalisers}
    dynamics = {s.event_id: s for s in settings.dynamics}
    reverbs = {s.event_id: s for s in settings.reverbs}
    return {
        event_id: TrackSettings(equalisers.get(event_id), dynamics.get(event_id), reverbs.get(event_id))
        for event_id in {**equalisers, **dynamics, **reverbs}
    }


def dry_tracks(job: JobFolder, script: FoleyScript, kind: str = "dry") -> Iterator[Track]:
    """The events' sounds one by one ("dry" as made, "processed" by the specialists), in the order of the script."""
    for event in script.events:
        with open_track(job, event, kind) as track:
            yield track


@contextlib.contextmanager
def open_track(job: JobFolder, event: SoundEvent, kind: str) -> Iterator[Track]:
    """One event's sound while the block lasts."""
    with contextlib.closing(FileSource(job.take(event.id, kind))) as sound:
        yield Track(event, read_cue(job, event.id), read_take_record(job, event.id).start_s, sound)


def placed_blocks(track: Track, settings: Settings) -> Iterator[Audio]:
    """The track as stereo by the law that the settings name, in blocks (2, m): a bed may be as long as a reel."""
    from foleydesigner.generator.spatial import place_blocks

    placed = place_blocks(
        track.dry,
        track.cue,
        track.start_s,
        settings.sample_rate_hz,
        law=settings.pan_law,
        microphone_spacing_m=settings.microphone_spacing_m,
        field_of_view_deg=settings.field_of_view_deg,
    )
    return (block for _, block in placed)


def add_blocks(bus: AudioBus, blocks: Iterable[Audio], start_sample: int, gain: float = 1.0) -> None:
    """Add what comes in blocks to a bus, from `start_sample` on."""
    for block in blocks:
        bus.add(block, start_sample, gain)
        start_sample += block.shape[1]


def process_tracks(job: JobFolder, script: FoleyScript, mix: MixSettings, settings: Settings) -> Iterator[Track]:
    """Each track after equaliser, compressor and gain; kept as take kind "processed"."""
    from foleydesigner.tools.processing import processed_blocks

    chosen = by_event(mix)
    for track in dry_tracks(job, script):
        own = chosen.get(track.event.id, TrackSettings())
        path, rate = job.take(track.event.id, "processed"), settings.sample_rate_hz
        samples = track.dry.samples
        with timed("equalise, compress, level"), writing_wav(path, rate, track.dry.channels, samples=samples) as file:
            for block in processed_blocks(track.dry, own.equaliser, own.dynamics, rate):
                file.write(block)
        with contextlib.closing(FileSource(path)) as sound:
            yield Track(track.event, track.cue, track.start_s, sound)


@dataclass(frozen=True, slots=True)
class Return:
    """One scene's reverb, wet only, in blocks (2, m) from `start_sample` of the clip to the end of its tail."""

    scene_id: str
    start_sample: int
    blocks: Iterator[Audio] = field(repr=False)


def reverb_returns(job: JobFolder, script: FoleyScript, mix: MixSettings, settings: Settings) -> Iterator[Return]:
    """One stereo return a scene, begun where its first track does; read each before asking for the next.

    All tracks of a scene are sent into one room; the send levels differ, the room does not.
    """
    from foleydesigner.tools.reverb import reverb_blocks

    chosen, rate = by_event(mix), settings.sample_rate_hz
    clip_samples = round(script.clip.duration_s * rate)
    for scene_id in dict.fromkeys(setting.scene_id for setting in mix.reverbs):
        room = next(setting for setting in mix.reverbs if setting.scene_id == scene_id)
        sent = [event for event in script.events if _sends_to(chosen, event, scene_id)]
        starts = [round(read_take_record(job, event.id).start_s * rate) for event in sent]
        first = min([*starts, clip_samples])
        with AudioBus(job.work, 2, 0, grows=True) as send:
            for event, start in zip(sent, starts, strict=True):
                own = chosen[event.id].reverb
                gain = 10.0 ** ((own.send_db if own else 0.0) / 20.0)
                with open_track(job, event, "processed") as track:
                    add_blocks(send, placed_blocks(track, settings), start - first, gain)
            # What is sent after the clip's end is not heard; each track's own send level is in the bus already.
            send.trim(clip_samples - first)
            unity = room.model_copy(update={"send_db": 0.0})
            yield Return(scene_id, first, reverb_blocks(send.blocks(), unity, rate))


def _sends_to(chosen: dict[str, TrackSettings], event: SoundEvent, scene_id: str) -> bool:
    reverb = chosen.get(event.id, TrackSettings()).reverb
    return reverb is not None and reverb.scene_id == scene_id
