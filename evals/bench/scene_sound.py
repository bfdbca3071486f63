"""What a finished job sounds like against a scene's reference stems: delays, balance, spectrum, decay, masking."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.config import Settings
from foleydesigner.evals.bench.label_groups import judged
from foleydesigner.evals.metrics import foldown_null, ild, itd, loudness_error, lsd, rt60_error
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.evals.metrics.frames import frame_centres_s
from foleydesigner.evals.scenes.sound import Reference
from foleydesigner.evals.scenes.truth import Truth
from foleydesigner.graph.mixdown import Track, dry_tracks, placed_blocks
from foleydesigner.job import JobFolder
from foleydesigner.script import FoleyScript

SPEED_OF_SOUND_M_S = 343.0
Audio = NDArray[np.float32]


def spatial_figures(job: JobFolder, script: FoleyScript, settings: Settings) -> list[Figure]:
    """`itd_mae_us` and `ild_mae_db` of every dry stem that stands somewhere, placed by the spaced pair."""
    from foleydesigner.tools.audio_source import whole

    known = {e.id for e in judged(script)}
    out = []
    for track in dry_tracks(job, script):
        if track.event.id not in known or track.cue.placement == "diffuse":
            continue
        stereo = np.concatenate(list(placed_blocks(track, settings)), axis=1)
        if stereo.shape[1] < settings.sample_rate_hz // 5 or not whole(track.dry).any():
            continue
        times_s = track.start_s + frame_centres_s(stereo.shape[1], settings.sample_rate_hz)
        azimuth = track.cue.trajectory.sample(times_s)[0] * track.cue.pan_width
        delay_s = settings.microphone_spacing_m * np.sin(np.radians(azimuth)) / SPEED_OF_SOUND_M_S
        measured = itd.figure(stereo, delay_s, settings.sample_rate_hz)
        out.append(measured.model_copy(update={"note": track.event.id}))
        level = ild.figure(stereo, np.zeros(len(delay_s)), settings.sample_rate_hz)
        out.append(level.model_copy(update={"note": track.event.id}))
    return out


def mix_figures(
    job: JobFolder,
    script: FoleyScript,
    truth: Truth,
    reference: Reference,
    partners: dict[str, str],
    settings: Settings,
) -> list[Figure]:
    """Figures of the mix after the specialists; the floor of each is that of the untreated takes, mixed as they are."""
    import soundfile

    rate, samples = settings.sample_rate_hz, reference.mix.shape[1]
    stereo = fitted(soundfile.read(job.stereo, dtype="float32", always_2d=True)[0].T, samples)
    surround = soundfile.read(job.surround, dtype="float32", always_2d=True)[0].T
    before = stems_of(job, script, "dry", samples, settings)
    after = stems_of(job, script, "processed", samples, settings)
    silence = np.zeros_like(stereo)
    unprocessed = np.asarray(sum(before.values(), start=silence), dtype=np.float32)
    figures = [foldown_null.figure(fitted(surround, samples), stereo)]
    loud = levelled(reference.mix)
    figures.append(lsd.figure(levelled(stereo), loud, levelled(unprocessed)))
    figures.append(rt60_error.figure(stereo, truth.rt60_s, rate, estimator="blind", dry=unprocessed))
    paired = {true: event for true, event in partners.items() if event in before}
    wanted = {true: reference.placed[true] for true in paired}
    if len(paired) > 1:
        figures.append(
            loudness_error.figure(
                loudness_error.balance_lu({t: after[e] for t, e in paired.items()}, stereo, rate),
                loudness_error.balance_lu(wanted, reference.mix, rate),
                loudness_error.balance_lu({t: before[e] for t, e in paired.items()}, unprocessed, rate),
            )
        )
    figures.append(_masking(before, after, rate, {e.id for e in script.events if e.origin == "craft"}))
    return figures


def stems_of(job: JobFolder, script: FoleyScript, kind: str, samples: int, settings: Settings) -> dict[str, Audio]:
    """Placed stems, (2, samples) by event: takes of a kind ("dry", "processed")."""
    return {t.event.id: in_clip(t, samples, settings) for t in dry_tracks(job, script, kind)}


def in_clip(track: Track, samples: int, settings: Settings) -> Audio:
    """A track placed, on the clip's own clock, (2, samples)."""
    out = np.zeros((2, samples), dtype=np.float32)
    sound = np.concatenate(list(placed_blocks(track, settings)), axis=1)
    first = track.start_sample(settings.sample_rate_hz)
    sound, first = sound[:, max(-first, 0) :], max(first, 0)
    room = max(min(sound.shape[1], samples - first), 0)
    out[:, first : first + room] = sound[:, :room]
    return out


def fitted(audio: NDArray[np.float32], samples: int) -> Audio:
    """Cut or padded to the clip."""
    out = np.zeros((audio.shape[0], samples), dtype=np.float32)
    room = min(samples, audio.shape[1])
    out[:, :room] = audio[:, :room]
    return out


def levelled(audio: Audio) -> Audio:
    """At -20 dB rms: spectra are compared, not faders."""
    level = float(np.sqrt(np.mean(np.square(audio, dtype=np.float64))))
    return np.asarray(audio * np.float32(0.1 / level), dtype=np.float32) if level > 0.0 else audio


def _masking(before: dict[str, Audio], after: dict[str, Audio], rate: int, craft: set[str]) -> Figure:
    """Sum over buried bands of what the masker has over the limit, dB; the floor is that of the untreated takes.

    What is buried counts alike whoever put it there; how much of it is of what nobody wrote or saw (`craft`: a cloth
    pass under the steps it goes with) is noted.
    """
    from foleydesigner.tools.masking import MaskingPolicy, band_envelope, find_maskings

    def buried(stems: dict[str, Audio]) -> list[tuple[str, float]]:
        found = find_maskings([band_envelope(name, stem, 0.0, rate) for name, stem in stems.items()])
        return [(m.masked_id, m.excess_db - MaskingPolicy().excess_db) for m in found]

    left = buried(after)
    return Figure(
        metric="masking_excess_db/1",
        value=float(sum(excess_db for _, excess_db in left)),
        unit="dB",
        floor=float(sum(excess_db for _, excess_db in buried(before))),
        floor_is="the unprocessed takes",
        ceiling=0.0,
        ceiling_is="nothing buried",
        count=len(after),
        note=f"{sum(excess_db for name, excess_db in left if name in craft):.1f} dB of it of craft's own",
    )


def folder_of(work: Path, name: str, seed: int) -> Path:
    """Where one scene's job lives."""
    return work / "jobs" / f"{name}_{seed}"
