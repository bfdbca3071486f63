"""`foley bench sounds`: does an independent tagger believe the procedural engine, and how quick is it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.bench import sound_controls
from foleydesigner.evals.bench.record import BenchRecord, Check
from foleydesigner.evals.judges import audioset_table
from foleydesigner.evals.judges.yamnet import RATE_HZ, Yamnet
from foleydesigner.generator.engine import Take
from foleydesigner.generator.procedural.engine import ProceduralEngine
from foleydesigner.generator.procedural.trial import trial_request
from foleydesigner.script import FAMILIES, Family

SECONDS = 10.0
LEAST_SHARE, LEAST_FAMILIES, MOST_RENDER_S = 0.8, 20, 0.3
SIZELESS: frozenset[Family] = frozenset({"wind", "rain", "room_tone"})
"""Families that have no size: their variants say how much there is of them."""
MOST_TEMPO_ERROR = 0.02
_PEAK = 0.7


def run(seeds: Sequence[int], tell: Callable[[str], None] = lambda line: None) -> BenchRecord:
    """Render three settings of every family for each seed and ask YAMNet.

    Raises:
        MissingExtraError: the tagger's package is not installed.
    """
    began_s = time.monotonic()
    tagger, engine = Yamnet(), ProceduralEngine(workers=1)
    rows = {}
    for family in FAMILIES:
        rows[family] = judged(family, seeds, tagger, engine)
        tell(f"{family:11} {rows[family]['share']:.2f}  {rows[family]['render_s']:.2f} s  {_heard(rows[family])}")
    believed = [family for family, row in rows.items() if row["share"] >= LEAST_SHARE]
    controls = sound_controls.all_measured()
    median_s = float(np.median([row["render_s"] for row in rows.values()]))
    return BenchRecord(
        part="sounds",
        command=f"foley bench sounds --seeds {','.join(map(str, seeds))} --out sounds.json",
        checks=(
            Check(name="families believed", value=len(believed), limit=LEAST_FAMILIES, sense="at least"),
            Check(
                name="10 s of the median family, one core, warm",
                value=round(median_s, 3),
                limit=MOST_RENDER_S,
                sense="at most",
                unit="s",
            ),
            *control_checks(controls),
        ),
        details={
            "families": rows,
            "seeds": list(seeds),
            "missed": [f for f in FAMILIES if f not in believed],
            "controls": controls,
        },
        wall_s=round(time.monotonic() - began_s, 1),
    )


def control_checks(controls: dict[str, Any]) -> tuple[Check, ...]:
    """What is asked of size, strength, onsets and tempo, of `sound_controls.all_measured`."""
    rows: dict[Family, dict[str, float]] = controls["families"]
    not_lower = [f for f, row in rows.items() if f not in SIZELESS and row["larger_centroid_ratio"] >= 1.0]
    not_brighter = [f for f, row in rows.items() if row.get("harder_centroid_ratio", 2.0) <= 1.0]
    latest_ms = max(row.get("onset_error_ms", 0.0) for row in rows.values())
    tempi = [abs(row["measured_s"] / row["asked_s"] - 1.0) for row in controls["tempo"].values()]
    return (
        Check(name="families whose larger is not lower", value=len(not_lower), limit=0, sense="at most",
              note=", ".join(not_lower)),
        Check(name="families whose harder is not brighter", value=len(not_brighter), limit=0, sense="at most",
              note=", ".join(not_brighter)),
        Check(name="largest onset error of a dry hit", value=latest_ms, limit=sound_controls.ONSET_MS,
              sense="at most", unit="ms"),
        Check(name="largest error of a period, share", value=round(max(tempi), 4), limit=MOST_TEMPO_ERROR,
              sense="at most"),
    )  # fmt: skip


def judged(family: Family, seeds: Sequence[int], tagger: Yamnet, engine: ProceduralEngine) -> dict[str, Any]:
    """Share of a family's renders of which one of the accepted classes is among the top ones; what was heard else."""
    table = audioset_table()
    accepted, top = set(table["accepted"][family]), int(table["top"])
    held, spent_s = [], []
    otherwise: dict[str, Counter[str]] = {}
    shares: dict[str, float] = {}
    engine.render([trial_request(family, 1.0, 0)])  # warm
    for number, setting in enumerate(table["settings"][family]):
        chosen = {name: value for name, value in setting.items() if name != "concept"}
        own = []
        for seed in seeds:
            began_s = time.perf_counter()
            (take,) = engine.render([trial_request(family, SECONDS, seed, chosen)])
            spent_s.append(time.perf_counter() - began_s)
            names = tagger.top(for_tagger(take), top)
            own.append(bool(accepted & set(names)))
            if not own[-1]:
                otherwise.setdefault(setting["concept"], Counter()).update(names[:3])
        shares[f"{setting['concept']} {number + 1}"] = float(np.mean(own))
        held += own
    return {
        "share": round(float(np.mean(held)), 3),
        "render_s": round(float(np.median(spent_s)), 3),
        "settings": shares,
        "heard_instead": {name: [n for n, _ in heard.most_common(3)] for name, heard in otherwise.items()},
    }


def for_tagger(take: Take) -> NDArray[np.float32]:
    """A take as mono at 16 kHz, (samples,), at a peak of 0.7: how loud it is says nothing of what it is."""
    import soxr

    mono = take.dry.read(0, take.dry.samples).mean(axis=0)
    sound = soxr.resample(mono, take.sample_rate_hz, RATE_HZ)
    peak = float(np.abs(sound).max(initial=0.0))
    return np.asarray(sound * (_PEAK / peak) if peak > 0.0 else sound, dtype=np.float32)


def _heard(row: dict[str, Any]) -> str:
    return "; ".join(f"{concept}: {', '.join(names)}" for concept, names in row["heard_instead"].items())
