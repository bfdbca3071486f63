#!/usr/bin/env python3
"""What an engine that learned its sounds takes for ten seconds, and what making a clip's events together brings.

Warm: the first of each is made beforehand and not counted. The events of the clip are eight short ones, as a scene of
footfalls, doors and glasses has them, each in a place of its own; alone and together they are made in turn, in one
process, with the same seeds.

    python scripts/sound_cost.py --engine dit-nano --out evals/results/nano_cost.json
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np

PROMPTS = (
    "footsteps on wood", "a door slams shut", "a glass breaks on the floor", "cloth rustles",
    "a heavy wooden thud", "water splashes", "an explosion far away", "a metal latch closes",
)  # fmt: skip


def main() -> None:
    """Measure and write the record."""
    import torch

    from foleydesigner.generator.dit.positions import FramePositions
    from foleydesigner.generator.learned import EngineOptions, load_model
    from foleydesigner.generator.sound_model import SoundOrder

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="dit-nano", help="name or folder")
    parser.add_argument("--event-s", type=float, default=2.0, help="length of each of the clip's events")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    model = load_model(options.engine, EngineOptions())

    def order(number: int, length_s: float) -> SoundOrder:
        frames = np.arange(round(24 * length_s))
        return SoundOrder(
            prompt=PROMPTS[number % len(PROMPTS)],
            seed=number,
            length_s=length_s,
            positions=FramePositions(
                azimuth_deg=np.full(frames.size, 10.0 * number - 35.0, np.float32),
                depth_m=np.full(frames.size, 2.0 + number, np.float32),
                activation=(frames % 12 < 4).astype(np.float32),
                frame_rate_hz=24.0,
            )
            if model.follows_positions
            else None,
        )

    def seconds(make: object) -> float:
        began = time.perf_counter()
        make()  # type: ignore[operator]
        return time.perf_counter() - began

    long = [order(0, 10.0)]
    events = [order(number, options.event_s) for number in range(len(PROMPTS))]
    kept: dict[str, list[np.ndarray]] = {}

    def alone() -> None:
        kept["alone"] = [model.make([event], options.event_s)[0] for event in events]

    def together() -> None:
        kept["together"] = model.make(events, options.event_s)

    takes: dict[str, list[float]] = {"ten_seconds": [], "alone": [], "together": []}
    for number in range(options.repeats + 1):
        for name, make in (("ten_seconds", lambda: model.make(long, 10.0)), ("alone", alone), ("together", together)):
            took = seconds(make)
            if number:
                takes[name].append(took)
    ratios = [a / b for a, b in zip(takes["alone"], takes["together"], strict=True)]
    off = [
        20.0 * np.log10(max(float(np.abs(a - b).max()), 1e-9) / max(float(np.abs(a).max()), 1e-9))
        for a, b in zip(kept["alone"], kept["together"], strict=True)
    ]
    record = {
        "command": f"python scripts/sound_cost.py --engine {options.engine} --repeats {options.repeats}",
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "plan": model.parameters,
        "ten_seconds_s": round(statistics.median(takes["ten_seconds"]), 3),
        "events": len(events),
        "event_s": options.event_s,
        "alone_s": round(statistics.median(takes["alone"]), 3),
        "together_s": round(statistics.median(takes["together"]), 3),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_quartiles": [round(float(q), 3) for q in statistics.quantiles(ratios, n=4)[::2]],
        "most_difference_db": round(max(off), 1),
    }
    print(json.dumps(record, indent=2))
    if options.out:
        options.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
