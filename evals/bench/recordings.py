"""`foley bench recordings`: is what the procedural engine makes nearest to recordings of the same family."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import ConfigurationError
from foleydesigner.evals.bench.record import BenchRecord, Check
from foleydesigner.evals.judges import audioset_table
from foleydesigner.evals.judges.recordings import RATE_HZ, Recording, trimmed
from foleydesigner.evals.judges.yamnet import EMBEDDING, Yamnet
from foleydesigner.evals.metrics import fad
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.generator.procedural.engine import ProceduralEngine
from foleydesigner.generator.procedural.trial import is_hit, trial_request
from foleydesigner.script import FAMILIES, Family

LEAST_RECORDINGS, LEAST_SHARE = 8, 0.6
ALSO: tuple[Family, ...] = ("thunder",)
"""Judged here though the packages hold few of it, because no tagger can be asked."""
_HIT_S, _STEADY_S, _NOISES = 0.7, 4.0, 40
Vectors = NDArray[np.float64]


class Ear(Protocol):
    """Gives the embeddings of a sound's patches."""

    def embeddings(self, sound: NDArray[np.float32]) -> Vectors:
        """Of mono at 16 kHz, shape (patches, dimensions)."""
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """Sounds as an ear has them: per sound its family and where it is from; its patches, and their mean."""

    families: tuple[str, ...]
    sources: tuple[str, ...]
    patches: tuple[Vectors, ...]

    @property
    def means(self) -> Vectors:
        """(sounds, dimensions), each of unit length."""
        means = np.stack([patches.mean(axis=0) for patches in self.patches])
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12))

    def of(self, family: str) -> tuple[Vectors, NDArray[np.int64]]:
        """All patches of a family, (patches, dimensions), and which sound each is of."""
        chosen = [k for k, name in enumerate(self.families) if name == family]
        return (
            np.concatenate([self.patches[k] for k in chosen]),
            np.repeat(np.array(chosen), [len(self.patches[k]) for k in chosen]),
        )


def run(recordings: Sequence[Recording], seeds: Sequence[int], tell: Callable[[str], None] = print) -> BenchRecord:
    """Hold three settings of every family that the recordings have against them, for each seed.

    Raises:
        MissingExtraError: the tagger's package is not installed.
        ConfigurationError: fewer than two families have enough recordings.
    """
    began_s = time.monotonic()
    counts = Counter(recording.family for recording in recordings)
    judged = [f for f in FAMILIES if counts[f] >= LEAST_RECORDINGS]
    if len(judged) < 2:
        raise ConfigurationError(f"enough recordings of {judged}", "of two families at least", "fetch all packages")
    ear, engine = Yamnet(), ProceduralEngine(workers=1)
    known = heard_recordings(ear, [r for r in recordings if r.family in {*judged, *ALSO}])
    noise = _noise(ear)
    rows, figures, shares = {}, {}, []
    for family in [*judged, *(f for f in ALSO if counts[f] >= 2 and f not in judged)]:
        made = heard_takes(ear, engine, family, seeds)
        rows[family], figures[family] = _row(family, made, known, noise)
        rows[family]["counted"] = family in judged
        if family in judged:
            shares.append(rows[family]["named_right"])
        tell(_line(family, rows[family], figures[family]))
    own = cross_collection(known, judged)
    tell(f"recordings among themselves, other collections only: {own:.2f}; chance {1 / len(judged):.2f}")
    right = float(np.mean(shares))
    return BenchRecord(
        part="recordings",
        command=f"foley bench recordings --debian --seeds {','.join(map(str, seeds))} --out recordings.json",
        checks=(
            Check(
                name="takes whose nearest recording is of their family",
                value=round(right, 3),
                limit=LEAST_SHARE,
                sense="at least",
                note=f"chance {1 / len(judged):.3f}; the recordings' own, across collections, {own:.3f}",
            ),
        ),
        figures={family: (figure,) for family, figure in figures.items()},
        details={
            "embedding": EMBEDDING,
            "families": rows,
            "recordings": dict(Counter(f"{r.family} {r.collection}" for r in recordings)),
            "seeds": list(seeds),
            "chance": round(1 / len(judged), 3),
            "cross_collection": round(own, 3),
        },
        wall_s=round(time.monotonic() - began_s, 1),
    )


def heard_recordings(ear: Ear, recordings: Sequence[Recording]) -> Heard:
    """The recordings as the ear has them; sources are collections."""
    return Heard(
        tuple(r.family for r in recordings),
        tuple(r.collection for r in recordings),
        tuple(ear.embeddings(r.sound) for r in recordings),
    )


def heard_takes(ear: Ear, engine: ProceduralEngine, family: Family, seeds: Sequence[int]) -> Heard:
    """Takes of a family: one hit, or four seconds of what goes on, as effects are recorded; sources are concepts."""
    import soxr

    sources, patches = [], []
    for setting in audioset_table()["settings"][family]:
        chosen = {name: value for name, value in setting.items() if name != "concept"}
        for seed in seeds:
            seconds = _HIT_S if is_hit(family) else _STEADY_S
            (take,) = engine.render([trial_request(family, seconds, seed, chosen)])
            mono = take.dry.read(0, take.dry.samples).mean(axis=0)
            sound = trimmed(soxr.resample(mono, take.sample_rate_hz, RATE_HZ))
            if sound is not None:
                sources.append(setting["concept"])
                patches.append(ear.embeddings(sound))
    return Heard((family,) * len(sources), tuple(sources), tuple(patches))


def nearest(queries: Vectors, known: Vectors) -> NDArray[np.int64]:
    """Index of the nearest row of `known` by cosine, for each unit row of `queries`."""
    return np.asarray(np.argmax(queries @ known.T, axis=1), dtype=np.int64)


def cross_collection(known: Heard, families: Sequence[str]) -> float:
    """Share of recordings whose nearest one in another collection is of their family, where one could be.

    The mean over families, as the takes are counted.
    """
    means = known.means
    shares: dict[str, list[bool]] = {}
    for index, (family, source) in enumerate(zip(known.families, known.sources, strict=True)):
        others = [k for k, s in enumerate(known.sources) if s != source and known.families[k] in families]
        if family not in families or family not in {known.families[k] for k in others}:
            continue
        found = others[int(nearest(means[index : index + 1], means[others])[0])]
        shares.setdefault(family, []).append(known.families[found] == family)
    return float(np.mean([np.mean(right) for right in shares.values()])) if shares else 0.0


def _row(family: Family, made: Heard, known: Heard, noise: Vectors) -> tuple[dict[str, Any], Figure]:
    named = [known.families[k] for k in nearest(made.means, known.means)]
    settings: dict[str, list[bool]] = {}
    for source, name in zip(made.sources, named, strict=True):
        settings.setdefault(source, []).append(name == family)
    reference, groups = known.of(family)
    row = {
        "recordings": known.families.count(family),
        "named_right": round(named.count(family) / len(named), 3),
        "settings": {source: round(float(np.mean(right)), 3) for source, right in settings.items()},
        "named_instead": dict(Counter(name for name in named if name != family).most_common(3)),
    }
    return row, fad.figure(np.concatenate(made.patches), reference, groups, noise, EMBEDDING)


def _noise(ear: Ear) -> Vectors:
    """White noise as the ear has it, as many patches as a small set of recordings."""
    rng = np.random.default_rng(0)
    return np.concatenate(
        [ear.embeddings((0.2 * rng.standard_normal(RATE_HZ)).astype(np.float32)) for _ in range(_NOISES)]
    )


def _line(family: str, row: dict[str, Any], figure: Figure) -> str:
    instead = ", ".join(f"{name} {count}" for name, count in row["named_instead"].items())
    return (
        f"{family:11} {row['named_right']:.2f} of {row['recordings']} recordings; {figure.metric} {figure.value} "
        f"(white noise {figure.floor}, halves {figure.ceiling}){'; ' + instead if instead else ''}"
    )
