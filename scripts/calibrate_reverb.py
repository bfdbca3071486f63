"""Measure pedalboard.Reverb's RT60 and energy over room size and damping, and write tools/calibration.json.

    python scripts/calibrate_reverb.py            # about a minute
    python scripts/calibrate_reverb.py --coarse   # a few seconds, for a look; written beside as calibration.coarse.json

RT60 is T30,mid (ISO 3382-1: mean of the 500 Hz and 1 kHz octaves) of the impulse response by Schroeder integration.
"""

from __future__ import annotations

import argparse
from importlib.metadata import version
from pathlib import Path

import numpy as np

from foleydesigner.files import write_json
from foleydesigner.tools.reverb import freeverb
from foleydesigner.tools.reverberation_time import rt60_of_impulse_response

SAMPLE_RATE_HZ = 48_000
RESPONSE_S = 14.0


def measure(room_size: float, damping: float) -> tuple[float, float]:
    """RT60 in seconds and energy in dB of one setting's impulse response."""
    impulse = np.zeros(round(RESPONSE_S * SAMPLE_RATE_HZ), dtype=np.float32)
    impulse[0] = 1.0
    response = freeverb(impulse, room_size, damping, SAMPLE_RATE_HZ)
    rt60_s = rt60_of_impulse_response(response, SAMPLE_RATE_HZ)
    if rt60_s is None:
        raise SystemExit(f"room size {room_size}, damping {damping}: no decay was found in {RESPONSE_S} s")
    return rt60_s, 10.0 * float(np.log10(np.sum(np.square(response, dtype=np.float64))))


def main() -> None:
    """Measure the grid and write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coarse", action="store_true")
    coarse = parser.parse_args().coarse
    rooms = np.linspace(0.0, 1.0, 5 if coarse else 21)
    dampings = np.linspace(0.0, 1.0, 2 if coarse else 5)
    table = np.array([[measure(float(room), float(damping)) for damping in dampings] for room in rooms])
    target = Path(__file__).parents[1] / "tools" / ("calibration.coarse.json" if coarse else "calibration.json")
    write_json(
        target,
        {
            "measured": f"pedalboard.Reverb {version('pedalboard')}, wet only, width 1, {SAMPLE_RATE_HZ} Hz",
            "by": "scripts/calibrate_reverb.py",
            "room_size": [round(float(r), 4) for r in rooms],
            "damping": [round(float(d), 4) for d in dampings],
            "rt60_s": np.round(table[..., 0], 4).tolist(),
            "energy_db": np.round(table[..., 1], 3).tolist(),
        },
    )
    print(f"{target}: RT60 {table[..., 0].min():.2f} to {table[..., 0].max():.2f} s")


if __name__ == "__main__":
    main()
