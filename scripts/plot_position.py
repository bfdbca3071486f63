"""Draw what a model makes of a cue: the cue, both channels, and the delay between them beside the delay asked for.

    .venv-dit/bin/python scripts/plot_position.py --engine ENGINE --prompt "footsteps on gravel" --out docs/position.png
    … --hits 0.5,1.4,2.3,3.2 --seconds 6          hits, each active for 0.25 s
    … --steady 0.5:5.5                            or what goes on
    … --from-deg -40 --to-deg 40 --depth-m 3      a straight way across

The sound is the model's own, untouched: no onset is moved, no take is chosen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from foleydesigner.cues import activation_of
from foleydesigner.generator.dit.positions import FramePositions
from foleydesigner.generator.learned import EngineOptions, load_model
from foleydesigner.generator.sound_model import SoundOrder
from foleydesigner.tools.audio_file import write_wav
from foleydesigner.tools.delay import gcc_phat_delays_s
from foleydesigner.tools.panning import interaural_delay_s

FRAME_RATE_HZ, HIT_S, SPACING_M = 24.0, 0.25, 0.17
QUIET_DB = -40.0
"""Windows that lie further under the loudest say nothing of the delay."""


def main() -> None:
    """Make the sound, draw it, keep both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--hits", default="0.5,1.4,2.3,3.2,4.1,5.0")
    parser.add_argument("--steady")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--from-deg", type=float, default=-40.0)
    parser.add_argument("--to-deg", type=float, default=40.0)
    parser.add_argument("--depth-m", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.steady:
        begin, _, end = options.steady.partition(":")
        active = [(float(begin), float(end))]
    else:
        active = [(t, t + HIT_S) for t in map(float, options.hits.split(","))]
    frames = round(options.seconds * FRAME_RATE_HZ)
    cue = FramePositions(
        azimuth_deg=np.linspace(options.from_deg, options.to_deg, frames, dtype=np.float32),
        depth_m=np.full(frames, options.depth_m, dtype=np.float32),
        activation=activation_of(active, frames, FRAME_RATE_HZ).astype(np.float32),
        frame_rate_hz=FRAME_RATE_HZ,
    )
    model = load_model(options.engine, EngineOptions())
    order = SoundOrder(prompt=options.prompt, seed=options.seed, length_s=options.seconds, positions=cue)
    sound = model.make([order], options.seconds)[0]
    write_wav(options.out.with_suffix(".wav"), sound, model.sample_rate_hz)
    figure = drawn(
        cue, sound, model.sample_rate_hz, f"“{options.prompt}”, {Path(options.engine).name}, seed {options.seed}"
    )
    figure.savefig(options.out, dpi=110)


def drawn(cue: FramePositions, sound: np.ndarray, rate_hz: int, title: str) -> plt.Figure:
    """Four panels on one clock: cue, left, right, delay."""
    times_s = (np.arange(cue.azimuth_deg.size) + 0.5) / cue.frame_rate_hz
    figure, panels = plt.subplots(4, 1, figsize=(9, 8), sharex=True, layout="constrained", height_ratios=(2, 3, 3, 3))
    panels[0].plot(times_s, cue.azimuth_deg, color="C0")
    panels[0].fill_between(times_s, -50, 50, where=cue.activation > 0, color="C1", alpha=0.25, step="mid", linewidth=0)
    panels[0].set(ylabel="azimuth, °", ylim=(-50, 50), title=title)
    loudest = np.abs(sound).max()
    # Digital silence has no logarithm.
    floor = 1e-7 * np.random.default_rng(0).standard_normal(sound.shape[1])
    for panel, channel, name in zip(panels[1:3], sound, ("left", "right"), strict=True):
        panel.specgram(channel / loudest + floor, NFFT=1024, noverlap=768, Fs=rate_hz, vmin=-130, vmax=-40)
        panel.set(ylabel=f"{name}, Hz", ylim=(0, 12_000))
    heard_s, delays_s = gcc_phat_delays_s(sound, rate_hz)
    level = level_db(sound, heard_s, rate_hz)
    sounding = level > level.max() + QUIET_DB
    panels[3].plot(times_s, 1e6 * interaural_delay_s(cue.azimuth_deg, SPACING_M), color="0.6", label="asked for")
    panels[3].plot(heard_s[sounding], 1e6 * delays_s[sounding], ".", markersize=3, color="C3", label="measured")
    panels[3].set(ylabel="t_L - t_R, µs", xlabel="s", ylim=(-550, 550), xlim=(0, sound.shape[1] / rate_hz))
    panels[3].legend(frameon=False, loc="upper left")
    return figure


def level_db(sound: np.ndarray, centres_s: np.ndarray, rate_hz: int, window_s: float = 0.085) -> np.ndarray:
    """Level of both channels about each moment, dB."""
    power = np.concatenate([[0.0], np.cumsum(np.square(sound.astype(np.float64)).sum(axis=0))])
    first, last = (np.clip(np.rint((centres_s + side) * rate_hz).astype(int), 0, sound.shape[1])
                   for side in (-window_s / 2, window_s / 2))  # fmt: skip
    return 10.0 * np.log10((power[last] - power[first]) / np.maximum(last - first, 1) + 1e-20)


if __name__ == "__main__":
    main()
