"""Printing: event stems, layer stems, reverb returns, the stereo mix and the 5.1, all moved by one gain.

One common gain keeps the balance and makes layers and returns sum to the mix. It only ever lowers, for true peak; a
delivery profile with a loudness target moves the two printed mixes on top of that, and says so in the loudness sheet.
"""

from __future__ import annotations

import contextlib
import math
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foleydesigner.config import Settings
from foleydesigner.files import write_json
from foleydesigner.graph.mixdown import Audio, Return, Track, add_blocks, dry_tracks, placed_blocks, reverb_returns
from foleydesigner.graph.perception import settings_of
from foleydesigner.graph.reading import read_take_record
from foleydesigner.graph.refinement import read_mix_settings
from foleydesigner.graph.scripting import read_script
from foleydesigner.graph.services import services
from foleydesigner.graph.stage import emitter
from foleydesigner.graph.state import JobState
from foleydesigner.job import JobFolder
from foleydesigner.mix import LoudnessReport, MixSettings
from foleydesigner.script import LAYERS, FoleyScript
from foleydesigner.stopwatch import timed
from foleydesigner.tools.audio_bus import AudioBus
from foleydesigner.tools.delivery import layouts, stems
from foleydesigner.tools.timecode import time_reference

if TYPE_CHECKING:
    from foleydesigner.tools.surround import StreamingDiffuse

LFE_FAMILIES = frozenset({"explosion", "thunder"})
"""Families whose events are sent to the LFE: the ones a dubbing mixer would send."""
LFE_SEND_DB = -6.0
_CEILING_DBTP = -1.0
_SILENT_LUFS = -70.0
_SETTLING_ROUNDS, _SETTLED_LU, _MOST_LIMITING_DB = 4, 0.1, 6.0
_FULL_SCALE = 10.0 ** (_CEILING_DBTP / 20.0)


class Buses:
    """The sums that are printed: one stereo bus a layer, the returns, the stereo mix and the 5.1."""

    def __init__(self, stack: contextlib.ExitStack, folder: Path, script: FoleyScript, samples: int) -> None:
        def bus(channels: int) -> AudioBus:
            return stack.enter_context(AudioBus(folder, channels, samples))

        used = {event.layer for event in script.events}
        self.layers = {layer: bus(2) for layer in LAYERS if layer in used}
        self.returns: dict[str, AudioBus] = {}
        self.stereo, self.surround = bus(2), bus(6)
        self.stem_peak = 0.0
        self._new = bus

    def add_track(self, track: Track, stereo: Iterable[Audio], start_sample: int) -> None:
        """Add one placed track to its layer and to the stereo mix."""
        for block in stereo:
            self.layers[track.event.layer].add(block, start_sample)
            self.stereo.add(block, start_sample)
            self.stem_peak = max(self.stem_peak, float(np.abs(block).max(initial=0.0)))
            start_sample += block.shape[1]

    def add_return(self, wet: Return, around: StreamingDiffuse | None) -> None:
        """Add one scene's reverb return, spread around the listener of the 5.1 by `around` where there is one."""
        bus, position = self._new(2), wet.start_sample
        self.returns[wet.scene_id] = bus
        for block in wet.blocks:
            bus.add(block, position)
            self.stereo.add(block, position)
            if around is not None:
                self.surround.add(around.push(block), position)
            position += block.shape[1]

    def peak(self) -> float:
        """Highest sample of any stem, layer or return."""
        return max([self.stem_peak, *(bus.peak() for bus in [*self.layers.values(), *self.returns.values()])])


def sum_buses(
    buses: Buses, job: JobFolder, script: FoleyScript, chosen: MixSettings, settings: Settings, step: Any
) -> None:
    """Fill the buses: objects or up-mix for the 5.1, as the settings say."""
    from foleydesigner.tools.surround import REVERB_SHARE, StreamingDiffuse, StreamingUpmix, object_51_blocks

    rate, objects = settings.sample_rate_hz, settings.surround == "objects"
    for done, track in enumerate(dry_tracks(job, script, "processed")):
        start = track.start_sample(rate)
        with timed("place in stereo"):
            buses.add_track(track, placed_blocks(track, settings), start)
        if objects:
            six = object_51_blocks(
                track.dry,
                track.cue,
                track.start_s,
                rate,
                lfe_send_db=LFE_SEND_DB if track.event.family in LFE_FAMILIES else None,
                field_of_view_deg=settings.field_of_view_deg,
            )
            with timed("place in 5.1"):
                add_blocks(buses.surround, (block for _, block in six), start)
        step(done + 1, len(script.events))
    for wet in reverb_returns(job, script, chosen, settings):
        with timed("reverb returns"):
            buses.add_return(wet, StreamingDiffuse(rate, REVERB_SHARE) if objects else None)
    if not objects:
        upmix, position = StreamingUpmix(rate), 0
        for block in chain(buses.stereo.blocks(), (None,)):
            mixed = upmix.push(block) if block is not None else upmix.flush()
            buses.surround.add(mixed, position)
            position += mixed.shape[1]


@dataclass(frozen=True, slots=True)
class MixGain:
    """How one printed mix is moved: a gain, and whether the true-peak limiter works behind it."""

    gain_db: float
    limited: bool = False


def mix_gain(bus: AudioBus, draft: LoudnessReport, common_db: float, settings: Settings) -> MixGain:
    """The common gain, or what the profile's loudness target asks for.

    Where the target takes peaks past the profile's true peak, a limiter holds them; it takes loudness away with them,
    so the gain is settled by measuring (at most `_SETTLING_ROUNDS` times). A mix that cannot reach its target without
    being crushed stays under it, and the loudness sheet says so.
    """
    from foleydesigner.tools.delivery.loudness_report import profile_named
    from foleydesigner.tools.loudness import measure_blocks

    profile = profile_named(settings.profile)
    if profile.target_lufs is None:
        return MixGain(common_db)
    gain_db = profile.target_lufs - draft.integrated_lufs
    if draft.integrated_lufs <= _SILENT_LUFS or draft.true_peak_dbtp + gain_db <= profile.true_peak_max_dbtp:
        return MixGain(gain_db if draft.integrated_lufs > _SILENT_LUFS else 0.0)
    most_db = gain_db + _MOST_LIMITING_DB
    for _ in range(_SETTLING_ROUNDS):
        blocks = _limited(bus.blocks(10.0 ** (gain_db / 20.0)), settings, bus.channels)
        missing_lu = profile.target_lufs - measure_blocks(blocks, settings.sample_rate_hz, bus.channels).integrated_lufs
        if abs(missing_lu) <= _SETTLED_LU:
            break
        gain_db = min(most_db, gain_db + missing_lu)
    return MixGain(gain_db, limited=True)


def _limited(blocks: Iterator[Audio], settings: Settings, channels: int) -> Iterator[Audio]:
    """The blocks held under the profile's true peak; only a loudness target can make this necessary."""
    from foleydesigner.tools.delivery.loudness_report import profile_named
    from foleydesigner.tools.limiter import TruePeakLimiter

    limiter = TruePeakLimiter(settings.sample_rate_hz, channels, profile_named(settings.profile).true_peak_max_dbtp)
    for block in blocks:
        yield limiter.push(block)
    yield limiter.flush()


def print_session(job: JobFolder, script: FoleyScript, settings: Settings) -> stems.PrintSession:
    """What every printed file says of the job; the date is the job's, no clock is read."""
    record = job.read_record()
    return stems.PrintSession(
        job_id=record["job_id"],
        title=script.clip.name,
        frame_rate=script.clip.frame_rate,
        drop_frame=script.clip.drop_frame,
        origin_samples=time_reference(
            script.clip.frame_rate, script.clip.start_timecode, sample_rate_hz=settings.sample_rate_hz
        ),
        sample_rate_hz=settings.sample_rate_hz,
        origination_date=record["created_on"],
    )


def _print_stems(
    job: JobFolder, script: FoleyScript, buses: Buses, gain: float, settings: Settings, session: stems.PrintSession
) -> None:
    """Event stems with their tails, layer stems, returns."""
    starts = {event.id: read_take_record(job, event.id).start_s for event in script.events}
    files = stems.plan_stems(script, starts, session.job_id, tuple(buses.returns))
    by_kind = {(stem.kind, stem.id): stem for stem in files}
    write_json(job.stems / "index.json", [{"kind": s.kind, "id": s.id, "file": s.file_name} for s in files])
    for track in dry_tracks(job, script, "processed"):
        stem = by_kind["event", track.event.id]
        blocks = (block * np.float32(gain) for block in placed_blocks(track, settings))
        stems.write_stem(job.stems / stem.file_name, stem, blocks, layouts.STEREO, session)
    for layer, bus in buses.layers.items():
        stem = by_kind["layer", layer]
        stems.write_stem(job.stems / stem.file_name, stem, bus.blocks(gain), layouts.STEREO, session)
    for scene_id, bus in buses.returns.items():
        stem = by_kind["return", scene_id]
        stems.write_stem(job.stems / stem.file_name, stem, bus.blocks(gain), layouts.STEREO, session)


def _print_mix(
    job: JobFolder, name: str, bus: AudioBus, moved: MixGain, settings: Settings, session: stems.PrintSession
) -> None:
    """One printed mix in its delivery order, its measured loudness in the broadcast extension."""
    from foleydesigner.tools.loudness import measure_blocks

    stereo = name == "stereo"
    layout = layouts.STEREO if stereo else layouts.surround_layout(settings.surround_order)
    known = layouts.STEREO if stereo else layouts.SURROUND_51
    order = [known.names.index(channel) for channel in layout.names]

    def blocks() -> Iterator[Audio]:
        moving = bus.blocks(10.0 ** (moved.gain_db / 20.0))
        return _limited(moving, settings, bus.channels) if moved.limited else moving

    loudness = measure_blocks(blocks(), settings.sample_rate_hz, bus.channels)
    path = job.stereo if stereo else job.surround
    stems.write_stem(path, stems.mix_stem(name), (block[order] for block in blocks()), layout, session, loudness)


def print_all(job: JobFolder, script: FoleyScript, settings: Settings, step: Any) -> None:
    """Sum the processed tracks, find the gains, write every file."""
    from foleydesigner.tools.loudness import measure_blocks

    rate, chosen = settings.sample_rate_hz, read_mix_settings(job)
    session = print_session(job, script, settings)
    shutil.rmtree(job.stems, ignore_errors=True)  # names of an earlier, rejected print would stay behind
    with contextlib.ExitStack() as stack:
        buses = Buses(stack, job.work, script, round(script.clip.duration_s * rate))
        sum_buses(buses, job, script, chosen, settings, step)
        mixes = {"stereo": buses.stereo, "surround_51": buses.surround}
        drafts = {name: measure_blocks(bus.blocks(), rate, bus.channels) for name, bus in mixes.items()}
        headroom_db = [_CEILING_DBTP - report.true_peak_dbtp for report in drafts.values()]
        stem_headroom_db = 20.0 * math.log10(_FULL_SCALE / max(buses.peak(), 1e-9))
        common_db = min(0.0, stem_headroom_db, *headroom_db)
        _print_stems(job, script, buses, 10.0 ** (common_db / 20.0), settings, session)
        for name, bus in mixes.items():
            _print_mix(job, name, bus, mix_gain(bus, drafts[name], common_db, settings), settings, session)


def print_mixes(state: JobState) -> dict[str, Any]:
    """Stems, `mix/stereo.wav` and `mix/surround_51.wav`."""
    job = services().job
    print_all(job, read_script(job), settings_of(state), emitter("print"))
    return {}
