"""Draw one take of each family as a spectrogram, and write the page that shows them with what judges made of them.

.venv/bin/python scripts/plot_sounds.py evals/results/sounds.json evals/results/recordings.json docs
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.bench.sound_controls import take
from foleydesigner.evals.bench.sounds import LEAST_SHARE
from foleydesigner.evals.judges import audioset_table
from foleydesigner.generator.procedural.engine import ProceduralEngine
from foleydesigner.generator.procedural.trial import RATE_HZ, is_hit
from foleydesigner.script import CATEGORY_OF, FAMILIES, Family

SECONDS, SEED, COLUMNS, RANGE_DB = 10.0, 0, 4, 70.0
BANDS, COLUMNS_OF_TIME, WINDOW = 110, 400, 2048
LOW_HZ, HIGH_HZ = 40.0, 18_000.0
MODELS: dict[Family, str] = {
    "wind": "gusting noise, tones of edges and gaps (Farnell 2010; Strouhal)",
    "rain": "a Poisson process of drops and their bubbles (Farnell 2010; Medwin et al. 1992)",
    "room_tone": "background spectra of rooms (ASHRAE) and a trace of the mains",
    "animal": "source and filter (Fant 1960; Fitch 1997); pulses by discrete summation (Moorer 1976)",
    "insect": "wing-beat pulses and turbulence (Sueur et al. 2005); chirps (Bennet-Clark 2001)",
    "breath": "turbulence through the vocal tract (Fant 1960); vowels (Peterson and Barney 1952)",
    "percussion": "membranes and plates (Fletcher and Rossing); clap (Repp 1987)",
    "bell": "partials of a minor-third bell, doublets (Perrin et al. 1983)",
    "footsteps": "heel and toe (Farnell 2007), modal floors, grains (Cook 2002)",
    "cloth": "PhISEM friction (Cook 1997; An et al. 2012); flutter (Argentina and Mahadevan 2005)",
    "handling": "modal props (van den Doel and Pai 1998), key press and release (Asonov and Agrawal 2004)",
    "door": "modal leaf and latch, stick-slip hinge (Farnell 2010)",
    "whoosh": "vortex tones that follow the speed (Selfridge et al. 2017)",
    "drone": "even harmonics of the mains; beating partials (Roads 1996)",
    "water": "bubbles (Minnaert 1933; van den Doel 2005)",
    "fire": "roar, hiss and crackle (Farnell 2010)",
    "thunder": "N-waves of a tortuous channel (Few 1969; Hill 1968)",
    "impact": "modal bank, the material in its damping (Klatzky et al. 2000)",
    "glass": "modal glass and a cascade of shards (Fletcher and Rossing; Cook 2002)",
    "explosion": "blast wave (Friedlander 1946), its fireball and debris (Farnell 2010)",
    "gunshot": "muzzle blast, N-wave, reflections (Maher 2006)",
    "engine": "firing orders of the crank (Heywood 1988); rolling noise (Thompson 2009); horns",
    "mechanism": "struck parts in a cycle (van den Doel and Pai 1998; Farnell 2010)",
}


INTRODUCTION = """# Sounds

One take of each family, ten seconds, as `foley sounds render FAMILY` makes it (70 dB from black to white). Parameters
of all: `variant`, `material`, `surface`, `size`, `intensity`, `speed`, `wetness`, `mood`, `count`; of hits `strength`
and `interval_s`, of what goes on `level`. `foley sounds` lists the variants.

![Spectrograms of 23 families](sounds.png)

`tagger`: share of 30 takes that YAMNet gives an accepted class among its first five, and what it hears else.
`nearest`: share of takes whose nearest recorded effect is of their family. `fad/1`: Fréchet distance to the recordings
(white noise; two halves of the recordings). `larger`, `harder`: spectral centroid of 1.7 times the size, of strength 1
against 0.3. `onset`: largest error of a hit's onset. How they are measured: [benchmark.md](benchmark.md).

| family | category | model | tagger | nearest | fad/1 | larger | harder | onset | 10 s in |
|---|---|---|---|---|---|---|---|---|---|"""


def spectrogram_db(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power in bands of equal musical width, shape (BANDS, COLUMNS_OF_TIME), dB under its largest."""
    starts = np.linspace(0, max(sound.size - WINDOW, 1), COLUMNS_OF_TIME).astype(int)
    frames = np.stack([np.pad(sound[s : s + WINDOW], (0, max(0, WINDOW - sound[s : s + WINDOW].size))) for s in starts])
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)) ** 2
    edges = np.geomspace(LOW_HZ, HIGH_HZ, BANDS + 1) * WINDOW / RATE_HZ
    banded = [power[:, int(a) : max(int(b), int(a) + 1)].mean(axis=1) for a, b in itertools.pairwise(edges)]
    level = 10.0 * np.log10(np.array(banded) + 1e-12)
    return np.asarray(np.clip(level - level.max(), -RANGE_DB, 0.0))


def draw(path: Path) -> None:
    """One picture of all families, each the first of its three settings."""
    engine, settings = ProceduralEngine(workers=1), audioset_table()["settings"]
    rows = -(-len(FAMILIES) // COLUMNS)
    figure, axes = plt.subplots(rows, COLUMNS, figsize=(14, 2.1 * rows), sharex=True, sharey=True, layout="constrained")
    for axis in axes.flat[len(FAMILIES) :]:
        axis.set_axis_off()
    for axis, family in zip(axes.flat, FAMILIES, strict=False):
        setting = settings[family][0]
        chosen = {name: value for name, value in setting.items() if name != "concept"}
        sound = take(engine, family, SECONDS, SEED, **chosen)
        sound = np.pad(sound, (0, max(0, round(SECONDS * RATE_HZ) - sound.size)))[: round(SECONDS * RATE_HZ)]
        axis.imshow(
            spectrogram_db(sound), aspect="auto", origin="lower", cmap="magma", vmin=-RANGE_DB, vmax=0,
            extent=(0, SECONDS, 0, np.log10(HIGH_HZ / LOW_HZ)), interpolation="nearest",
        )  # fmt: skip
        axis.set_title(f"{family}: {setting['concept'].replace('_', ' ')}", fontsize=9)
        hz = (100, 1000, 10_000)
        axis.set_yticks([np.log10(f / LOW_HZ) for f in hz], ["100", "1 k", "10 k"], fontsize=7)
        axis.tick_params(axis="x", labelsize=7)
    figure.supxlabel("seconds", fontsize=9)
    figure.supylabel("Hz", fontsize=9)
    figure.savefig(path, dpi=90)
    plt.close(figure)


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def page(sounds: dict[str, Any], recordings: dict[str, Any]) -> str:
    """The page, Markdown."""
    judged, controls = sounds["details"]["families"], sounds["details"]["controls"]["families"]
    beside = recordings["details"]["families"]
    lines = [INTRODUCTION]
    for family in FAMILIES:
        row, control, near = judged[family], controls[family], beside.get(family)
        heard = "; ".join(f"{c.replace('_', ' ')}: {', '.join(n[:2])}" for c, n in row["heard_instead"].items())
        distance = ""
        if near is not None:
            (figure,) = recordings["figures"][family]
            distance = f"{figure['value']:.0f} ({figure['floor']:.0f}; {figure['ceiling']:.0f})"
        harder, onset = control.get("harder_centroid_ratio"), control.get("onset_error_ms")
        cells = (
            family,
            CATEGORY_OF[family],
            MODELS[family],
            _share(row["share"]) + (f" ({heard})" if heard and row["share"] < LEAST_SHARE else ""),
            "" if near is None else _share(near["named_right"]),
            distance,
            f"×{control['larger_centroid_ratio']:.2f}",
            "" if harder is None else f"×{harder:.2f}",
            "" if onset is None or not is_hit(family) else f"{onset:.2f} ms",
            f"{row['render_s']:.2f} s",
        )
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "", "The page and its picture are made by", "", "```",
        "python scripts/plot_sounds.py evals/results/sounds.json evals/results/recordings.json docs", "```", "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Read both records, write the page and its picture."""
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sounds, recordings = (json.loads(Path(path).read_text("utf-8")) for path in sys.argv[1:3])
    folder = Path(sys.argv[3])
    draw(folder / "sounds.png")
    (folder / "sounds.md").write_text(page(sounds, recordings), encoding="utf-8")


if __name__ == "__main__":
    main()
