"""Mixdown: takes and settings in, processed tracks and summed buses out. No decision is made here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from foleydesigner.config import Settings
from foleydesigner.cues import EventCue
from foleydesigner.graph.takes import read_cue, read_take_record
from foleydesigner.job import JobFolder
from foleydesigner.mix import DynamicsSettings, EqualiserSettings, MixSettings, ReverbSettings
from foleydesigner.script import FoleyScript, SoundEvent
from foleydesigner.tools.audio_bus import AudioBus
from foleydesigner.tools.audio_file import read_wav, write_wav

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
    dry: Audio = field(repr=False)

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
        audio, _ = read_wav(job.take(event.id, kind))
        yield Track(event, read_cue(job, event.id), read_take_record(job, event.id).start_s, audio)


def place_track(track: Track, settings: Settings) -> Audio:
    """The track as stereo, (2, samples), by the law that the settings name."""
    return np.concatenate(list(placed_blocks(track, settings)), axis=1)


def placed_blocks(track: Track, settings: Settings) -> Iterator[Audio]:
    """`place_track` in blocks (2, m), one after the other: a bed may be as long as a reel."""
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
    from foleydesigner.tools.processing import process_dry

    chosen = by_event(mix)
    for track in dry_tracks(job, script):
        own = chosen.get(track.event.id, TrackSettings())
        audio = process_dry(track.dry, own.equaliser, own.dynamics, settings.sample_rate_hz)
        write_wav(job.take(track.event.id, "processed"), audio, settings.sample_rate_hz)
        yield Track(track.event, track.cue, track.start_s, audio)


def reverb_returns(
    job: JobFolder, script: FoleyScript, mix: MixSettings, settings: Settings
) -> Iterator[tuple[str, Audio]]:
    """One stereo return a scene from the clip's first sample on: (scene id, wet audio with its tail).

    All tracks of a scene are sent into one room; the send levels differ, the room does not.
    """
    from foleydesigner.tools.reverb import reverb_return

    chosen = by_event(mix)
    clip_samples = round(script.clip.duration_s * settings.sample_rate_hz)
    for scene_id in dict.fromkeys(setting.scene_id for setting in mix.reverbs):
        room = next(setting for setting in mix.reverbs if setting.scene_id == scene_id)
        with AudioBus(job.root / "work" / f"send_{scene_id}.f32", 2, clip_samples) as send:
            for track in dry_tracks(job, script, "processed"):
                own = chosen.get(track.event.id, TrackSettings()).reverb
                if own is not None and own.scene_id == scene_id:
                    start, gain = track.start_sample(settings.sample_rate_hz), 10.0 ** (own.send_db / 20.0)
                    add_blocks(send, placed_blocks(track, settings), start, gain)
            # Each track's own send level is in the bus already.
            unity = room.model_copy(update={"send_db": 0.0})
            wet = reverb_return(send.read(0, clip_samples), unity, settings.sample_rate_hz)
        yield scene_id, wet
