"""`foley bench scenes`: films whose every event is known, designed as a user would, and held against their truth.

Each scene is drawn for each seed, designed with its screenplay (house minds, procedural engine, spaced pair, eq. 8
up-mix) and compared; beside it stands what the picture alone gives, without a screenplay, which no check rests on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.config import Settings
from foleydesigner.evals.bench.label_groups import judged, occurrences
from foleydesigner.evals.bench.record import BenchRecord, Check
from foleydesigner.evals.bench.scene_sound import folder_of, mix_figures, spatial_figures
from foleydesigner.evals.bench.scene_space import Places, compare
from foleydesigner.evals.metrics import event_recall, onset_offset
from foleydesigner.evals.metrics.event_recall import Occurrence
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.evals.metrics.onset_f1 import Agreement, agreement
from foleydesigner.evals.scenes.catalogue import SCENES, STILL, make_scene
from foleydesigner.evals.scenes.film import FilmScene, write_film
from foleydesigner.evals.scenes.sound import reference_sound
from foleydesigner.evals.scenes.truth import Truth
from foleydesigner.files import write_text
from foleydesigner.job import JobFolder
from foleydesigner.script import FoleyScript

RECALL, PRECISION = 0.95, 0.90
HALF_FRAME = 0.5
AZIMUTH_DEG = 3.0
DELAY_US = 25.0
NULL_DB = -60.0


@dataclass(slots=True)
class _Pool:
    """What all scenes and seeds add up to."""

    counts: Agreement = field(default_factory=lambda: Agreement(matched=0, found=0, wanted=0))
    alone: Agreement = field(default_factory=lambda: Agreement(matched=0, found=0, wanted=0))
    offsets_s: list[float] = field(default_factory=list)
    offset_frames: list[float] = field(default_factory=list)
    azimuth_deg: list[float] = field(default_factory=list)
    invented: int = 0
    cuts: Agreement = field(default_factory=lambda: Agreement(matched=0, found=0, wanted=0))
    delays_us: list[tuple[float, int]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)


def run(
    work: Path, seeds: Sequence[int], names: Sequence[str] = (), tell: Callable[[str], None] | None = None
) -> BenchRecord:
    """Render, design and measure scenes x seeds.

    Args:
        work: where films and jobs go; what is there already is used again.
        seeds: one film of each scene for each.
        names: scenes of the catalogue; all where empty.
        tell: called with a line after each film.

    Raises:
        ConfigurationError: no scene of that name.
    """
    began = time.monotonic()
    pool = _Pool()
    figures: dict[str, tuple[Figure, ...]] = {}
    chosen = tuple(names) or tuple(SCENES)
    for name in chosen:
        for seed in seeds:
            scene = make_scene(name, seed)
            own = _measured(scene, work, pool)
            figures[f"{name}/{seed}"] = tuple(own)
            if tell is not None:
                tell(f"{name}/{seed}: {_line(own)}")
    options = f"--seeds {','.join(map(str, seeds))}" + "".join(f" --scene {name}" for name in names)
    return BenchRecord(
        part="scenes",
        command=f"foley bench scenes {options} --out scenes.json",
        checks=_checks(pool),
        figures={"all": tuple(_pooled(pool)), **figures},
        details={"seeds": list(seeds), "films": len(figures), "scenes": list(chosen)},
        wall_s=round(time.monotonic() - began, 1),
    )


def bench_settings() -> Settings:
    """House minds and the procedural engine; the delay law and the up-mix that the definitions of the figures name."""
    return Settings(pan_law="spaced_pair", surround="upmix", minds="house")


def _measured(scene: FilmScene, work: Path, pool: _Pool) -> list[Figure]:
    from foleydesigner.graph.reading import read_cue
    from foleydesigner.graph.run import design
    from foleydesigner.graph.scripting import read_script

    truth, settings = scene.truth, bench_settings()
    film, pages = _film(scene, work)
    job = JobFolder(folder_of(work, scene.name, scene.seed))
    design(film, pages, job.root, settings)
    script = read_script(job)
    cues = {event.id: read_cue(job, event.id) for event in script.events}
    places = compare(truth, script, cues)
    counts = event_recall.found_events(occurrences(script), wanted(truth))
    seen = _by_picture_alone(job, settings)
    alone = event_recall.found_events(occurrences(seen), wanted(truth))
    spatial = spatial_figures(job, script, settings)
    reference = reference_sound(truth, scene.seed)
    mixed = mix_figures(job, script, truth, reference, places.partners, settings) if truth.events else []
    pool.counts += counts
    pool.alone += alone
    pool.offsets_s += places.offsets_s.tolist()
    pool.offset_frames += (np.abs(places.offsets_s) * float(truth.frame_rate)).tolist()
    pool.azimuth_deg += places.azimuth_errors_deg.tolist()
    if scene.name in STILL:
        pool.invented += _invented(script) + _invented(seen)
    pool.cuts += _cuts(script, truth)
    pool.delays_us += [(f.value, f.count or 0) for f in spatial if f.metric.startswith("itd") and f.value is not None]
    pool.figures += mixed
    return [
        *_event_figures(counts, ""),
        *_event_figures(alone, "without screenplay"),
        *_placed(places),
        *spatial,
        *mixed,
    ]


def _film(scene: FilmScene, work: Path) -> tuple[Path, Path]:
    path = work / "films" / f"{scene.name}_{scene.seed}.mp4"
    if not path.exists():
        write_film(scene, path)
    return path, write_text(path.with_suffix(".fountain"), scene.screenplay)


def _by_picture_alone(job: JobFolder, settings: Settings) -> FoleyScript:
    """The script that the same evidence gives without a word."""
    from foleydesigner.graph.filmscribe import write_structured_text
    from foleydesigner.graph.perception import read_evidence
    from foleydesigner.graph.scriptwriter import write_script
    from foleydesigner.tools.screenplay import read_screenplay

    evidence = read_evidence(job)
    text = write_structured_text(evidence, settings)[-1]
    return write_script(evidence, text, read_screenplay(None), settings)[0]


def wanted(truth: Truth) -> list[Occurrence]:
    """Every hit and span that truly is."""
    hits = [Occurrence(e.group, t) for e in truth.events for t in e.onsets_s]
    return hits + [Occurrence(e.group, a, b) for e in truth.events for a, b in e.spans_s]


def _cuts(script: FoleyScript, truth: Truth) -> Agreement:
    """Cuts of the script against those of the film, to half a frame."""
    found = np.array([shot.start_s for shot in script.shots[1:]])
    return agreement(found, np.array(truth.cuts_s), 0.5 / float(truth.frame_rate))


def _invented(script: FoleyScript) -> int:
    """Events that claim a picture in which nothing happens."""
    return sum(event.origin in ("picture", "both") for event in judged(script))


def _event_figures(counts: Agreement, note: str) -> list[Figure]:
    recall, precision = event_recall.figures(counts)
    if not note:
        return [recall, precision]
    return [
        recall.model_copy(update={"note": note}),
        precision.model_copy(update={"note": f"precision, {note}"}),
    ]


def _placed(places: Places) -> list[Figure]:
    return [*onset_offset.figures(places.offsets_s), *_azimuth(places.azimuth_errors_deg)]


def _azimuth(errors_deg: NDArray[np.float64]) -> list[Figure]:
    """`azimuth_error_deg/1`: cue against eq. 2 of the true box at matched hits and along matched spans."""
    count = len(errors_deg)
    named = (("median", 50), ("95th percentile", 95))
    values = {note: float(np.percentile(errors_deg, share)) if count else None for note, share in named}
    return [
        Figure(metric="azimuth_error_deg/1", value=value, unit="deg", ceiling=0.0, count=count, note=note)
        for note, value in values.items()
    ]


def _pooled(pool: _Pool) -> list[Figure]:
    named = [*_event_figures(pool.counts, ""), *_event_figures(pool.alone, "without screenplay")]
    return [*named, *onset_offset.figures(np.array(pool.offsets_s)), *_azimuth(np.array(pool.azimuth_deg))]


def _checks(pool: _Pool) -> tuple[Check, ...]:
    recall, precision = event_recall.figures(pool.counts)
    frames, azimuth = np.array(pool.offset_frames), np.array(pool.azimuth_deg)
    heard = sum(count for _, count in pool.delays_us)
    delay = sum(value * count for value, count in pool.delays_us) / heard if heard else None
    nulls = [f.value for f in pool.figures if f.metric.startswith("foldown") and f.value is not None]
    high = f"95th percentile {np.percentile(azimuth, 95):.1f} deg" if azimuth.size else ""
    return (
        Check(name="event recall", value=recall.value, limit=RECALL, sense="at least"),
        Check(name="event precision", value=precision.value, limit=PRECISION, sense="at least"),
        Check(
            name="picture-driven events where nothing happens", value=float(pool.invented), limit=0.0, sense="at most"
        ),
        Check(
            name="cuts seen where none is",
            value=float(pool.cuts.found - pool.cuts.matched),
            limit=0.0,
            sense="at most",
            note=f"{pool.cuts.matched} of {pool.cuts.wanted} true ones seen",
        ),
        Check(
            name="onset offset, median",
            value=float(np.median(frames)) if frames.size else None,
            limit=HALF_FRAME,
            sense="at most",
            unit="frames",
        ),
        Check(
            name="azimuth error, median",
            value=float(np.median(azimuth)) if azimuth.size else None,
            limit=AZIMUTH_DEG,
            sense="at most",
            unit="deg",
            note=high,
        ),
        Check(name="itd_mae_us, dry spaced-pair stems", value=delay, limit=DELAY_US, sense="at most", unit="us"),
        Check(name="fold-down null, worst", value=max(nulls, default=None), limit=NULL_DB, sense="at most", unit="dB"),
        *(_not_worse(pool, metric, name) for metric, name in _AFTER.items()),
    )


_AFTER = {
    "loudness_error_lu": "loudness error, mix over takes",
    "rt60_error_s": "RT60 error, mix over takes",
    "lsd_db": "log-spectral distance, mix over takes",
    "masking_excess_db": "masking, mix over takes",
}


def _not_worse(pool: _Pool, metric: str, name: str) -> Check:
    """Mean after the specialists minus mean before, over the films where both could be measured."""
    pairs = [(f.value, f.floor) for f in pool.figures if f.metric.startswith(metric)]
    known = [(value, floor) for value, floor in pairs if value is not None and floor is not None]
    if not known:
        return Check(name=name, value=None, limit=0.0, sense="at most")
    after, before = (float(np.mean(side)) for side in zip(*known, strict=True))
    return Check(
        name=name,
        value=after - before,
        limit=0.0,
        sense="at most",
        unit=metric.rsplit("_", 1)[-1].replace("lu", "LU").replace("db", "dB"),
        note=f"{before:.2f} before, {after:.2f} after, {len(known)} films",
    )


def _line(figures: Sequence[Figure]) -> str:
    shown = {("event_recall/1", ""): "recall", ("event_recall/1", "precision"): "precision"}
    shown |= {("onset_offset_ms/1", "median"): "offset ms", ("azimuth_error_deg/1", "median"): "azimuth deg"}
    known = ((shown.get((f.metric, f.note)), f.value) for f in figures)
    return ", ".join(f"{name} {value:.2f}" for name, value in known if name and value is not None) or "nothing sounds"
