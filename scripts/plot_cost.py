"""Draw what `foley bench cost` measured: memory through each run, and wall time against length.

.venv/bin/python scripts/plot_cost.py evals/results/cost.json docs/cost.png
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

LIMIT_MB = 1024


def main() -> None:
    """Read the record, write the picture."""
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    record = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    jobs = sorted(record["details"]["jobs"], key=lambda job: job["length_s"])
    figure, (memory, time) = plt.subplots(1, 2, figsize=(11, 4), width_ratios=(2, 1), layout="constrained")
    for job in jobs:
        seconds, megabytes = zip(*job["memory"], strict=True)
        share = [100.0 * s / job["wall_s"] for s in seconds]
        memory.plot(share, megabytes, label=f"{job['film']}, {job['length_s'] / 60:.0f} min, {job['events']} events")
    memory.axhline(LIMIT_MB, color="0.6", linestyle="--", linewidth=1)
    memory.set(xlabel="share of the run, %", ylabel="resident memory, MB", ylim=(0, 1.1 * LIMIT_MB), xlim=(0, 100))
    memory.legend(frameon=False, fontsize=8)
    time.plot([job["length_s"] / 60 for job in jobs], [job["wall_s"] / 60 for job in jobs], "o-", markersize=4)
    longest = jobs[-1]["length_s"] / 60
    time.plot([0, longest], [0, longest], color="0.6", linestyle="--", linewidth=1)
    time.annotate("as long as the film", (0.5 * longest, 0.52 * longest), color="0.4", fontsize=8, ha="right")
    time.set(xlabel="length of the film, min", ylabel="wall time, min", xlim=(0, None), ylim=(0, None))
    figure.savefig(sys.argv[2], dpi=110)


if __name__ == "__main__":
    main()
