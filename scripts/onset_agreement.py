"""Onset agreement of finished jobs with the clips' own sound (`onset_f1/1`), each figure beside its floors.

    .venv/bin/python scripts/onset_agreement.py CLIP_WITH_SOUND=JOB_FOLDER [CLIP_WITH_SOUND=JOB_FOLDER …]

Design the job from a copy of the clip without its sound (`foley design` never reads a clip's sound in any case).
"""

from __future__ import annotations

import sys
from pathlib import Path

import av
import numpy as np
import soundfile

from foleydesigner.evals.metrics import onset_f1
from foleydesigner.tools.audio_onsets import audio_onsets


def sound_of(clip: Path) -> tuple[np.ndarray, int]:
    """Sound of a clip as (1, samples) at 48 kHz."""
    resampler = av.AudioResampler("fltp", "mono", 48_000)
    with av.open(str(clip)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1), 48_000


def main() -> None:
    """Print one line a clip, then the pool and its floors."""
    if len(sys.argv) < 2 or not all("=" in pair for pair in sys.argv[1:]):
        sys.exit(__doc__)
    found, wanted, durations_s = [], [], []
    for pair in sys.argv[1:]:
        clip, _, folder = pair.partition("=")
        audio, rate = sound_of(Path(clip))
        mix, mix_rate = soundfile.read(Path(folder) / "mix" / "stereo.wav", dtype="float32", always_2d=True)
        wanted.append(audio_onsets(audio, rate)[0])
        found.append(audio_onsets(mix.T, mix_rate)[0])
        durations_s.append(len(mix) / mix_rate)
        within = {ms: onset_f1.agreement(found[-1], wanted[-1], ms / 1000) for ms in (100, 50)}
        print(
            f"{Path(clip).stem}: F1 {within[100].f1:.3f} at 100 ms, {within[50].f1:.3f} at 50 ms; "
            f"{within[100].matched} of {within[100].wanted} onsets matched, {within[100].found} generated"
        )
    pool = onset_f1.pooled([onset_f1.agreement(f, w) for f, w in zip(found, wanted, strict=True)])
    mean, high = onset_f1.random_floor([len(f) for f in found], wanted, durations_s)
    grid = onset_f1.grid_floor(wanted, durations_s)
    floors = f"best grid {grid:.3f}, random {mean:.3f} (95 %: {high:.3f})"
    print(f"pooled: F1 {pool.f1:.3f} at 100 ms; floors: {floors}; ceiling 1")


if __name__ == "__main__":
    main()
