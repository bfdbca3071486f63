"""What a reviewer of the mix listens to: the mix as it stands, and the same takes without the specialists."""

from __future__ import annotations

from pathlib import Path

from foleydesigner.config import Settings
from foleydesigner.graph.mixdown import add_blocks, dry_tracks, placed_blocks, reverb_returns
from foleydesigner.job import JobFolder
from foleydesigner.mix import MixSettings
from foleydesigner.script import FoleyScript
from foleydesigner.tools.audio_bus import AudioBus


def draft_path(job: JobFolder) -> Path:
    """The mix as it stands."""
    return job.work / "draft.wav"


def unmixed_path(job: JobFolder) -> Path:
    """The takes without reverb, equalisation or levels."""
    return job.work / "unmixed.wav"


def print_stereo_draft(job: JobFolder, script: FoleyScript, chosen: MixSettings, settings: Settings) -> None:
    """The stereo sum as 32-bit float."""
    with AudioBus(job.work, 2, _samples(script, settings)) as bus:
        for track in dry_tracks(job, script, "processed"):
            add_blocks(bus, placed_blocks(track, settings), track.start_sample(settings.sample_rate_hz))
        for wet in reverb_returns(job, script, chosen, settings):
            add_blocks(bus, wet.blocks, wet.start_sample)
        _write(bus, draft_path(job), settings)


def print_unmixed(job: JobFolder, script: FoleyScript, settings: Settings) -> None:
    """The takes as they were made, placed and summed, as loud as the printed draft: louder always sounds better."""
    from foleydesigner.tools.loudness import ABSOLUTE_GATE_LUFS, measure_blocks, measure_file

    with AudioBus(job.work, 2, _samples(script, settings)) as bus:
        for track in dry_tracks(job, script):
            add_blocks(bus, placed_blocks(track, settings), track.start_sample(settings.sample_rate_hz))
        has = measure_blocks(bus.blocks(), settings.sample_rate_hz, bus.channels).integrated_lufs
        wanted = measure_file(draft_path(job)).integrated_lufs
        if min(wanted, has) > ABSOLUTE_GATE_LUFS:
            bus.scale(10.0 ** ((wanted - has) / 20.0))
        _write(bus, unmixed_path(job), settings)


def _samples(script: FoleyScript, settings: Settings) -> int:
    return round(script.clip.duration_s * settings.sample_rate_hz)


def _write(bus: AudioBus, path: Path, settings: Settings) -> None:
    from foleydesigner.tools.audio_file import writing_wav

    with writing_wav(path, settings.sample_rate_hz, bus.channels) as file:
        for block in bus.blocks():
            file.write(block)
