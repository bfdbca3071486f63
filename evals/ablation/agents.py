"""`foley eval agents`: the same evidence and the same voices, once in a single pass and once through all agents."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.agents import script_expander, source_localiser
from foleydesigner.agents.filmscribe_writer import WriterRequest
from foleydesigner.agents.filmscribe_writer import house as house_writer
from foleydesigner.agents.source_localiser import LocaliserRequest
from foleydesigner.agents.spaces import place_scenes
from foleydesigner.config import Settings
from foleydesigner.cues import EventCue
from foleydesigner.evals.ablation.complex_scenes import complex_scene
from foleydesigner.evals.ablation.reference_mix import ReferenceMix, reference_mix
from foleydesigner.evals.ablation.voice_engine import VoiceEngine
from foleydesigner.evals.bench.label_groups import occurrences
from foleydesigner.evals.bench.record import BenchRecord, Check
from foleydesigner.evals.bench.scene_sound import fitted, in_clip, levelled, stems_of
from foleydesigner.evals.bench.scene_space import compare
from foleydesigner.evals.bench.scenes import wanted
from foleydesigner.evals.metrics import event_recall, loudness_error, lsd, rt60_error
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.evals.scenes.film import FilmScene, write_film
from foleydesigner.evals.scenes.truth import Truth
from foleydesigner.evidence_file import read_evidence_file
from foleydesigner.files import write_text
from foleydesigner.generator.engine import RenderRequest, register_engine
from foleydesigner.graph.mixdown import Track
from foleydesigner.graph.reading import read_cue
from foleydesigner.graph.run import design
from foleydesigner.graph.scripting import read_script
from foleydesigner.job import JobFolder, event_seed
from foleydesigner.screenplay import Screenplay
from foleydesigner.script import FoleyScript
from foleydesigner.tools.localisation import build_cue

ENGINE = "reference voices"
MOST_ERROR_SHARE, LEAST_RECALL = 0.5, 0.9
_BOOTSTRAP = 2000
Audio = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One way through one scene: its script, cues, stems (2, samples) by event, mix, and RT60 of its room."""

    script: FoleyScript
    cues: Mapping[str, EventCue]
    stems: Mapping[str, Audio]
    mix: Audio
    room_s: float = 0.0


def ablation_settings() -> Settings:
    """House minds; the delay law that the reference is placed by."""
    return Settings(minds="house", engine=ENGINE, pan_law="spaced_pair")


def full(scene: FilmScene, work: Path) -> tuple[Result, JobFolder]:
    """The ordinary graph."""
    settings = ablation_settings()
    register_engine(ENGINE, lambda: VoiceEngine(scene.truth, scene.seed))
    film = work / "films" / f"complex_{scene.seed}.mp4"
    if not film.exists():
        write_film(scene, film)
    pages = write_text(film.with_suffix(".fountain"), scene.screenplay)
    job = JobFolder(work / "jobs" / f"complex_{scene.seed}")
    design(film, pages, job.root, settings)
    script = read_script(job)
    samples = round(scene.truth.duration_s * settings.sample_rate_hz)
    cues = {event.id: read_cue(job, event.id) for event in script.events}
    import soundfile

    mix = fitted(soundfile.read(job.stereo, dtype="float32", always_2d=True)[0].T, samples)
    stems = stems_of(job, script, "processed", samples, settings)
    return Result(script=script, cues=cues, stems=stems, mix=mix, room_s=_room_s(job, settings)), job


def _room_s(job: JobFolder, settings: Settings) -> float:
    """RT60 of the room that the mix was put into, T30 of its impulse response; 0 without one."""
    from foleydesigner.graph.refinement import read_mix_settings
    from foleydesigner.tools.reverb import reverb_blocks

    rooms = read_mix_settings(job).reverbs
    if not rooms:
        return 0.0
    impulse = np.zeros((2, settings.sample_rate_hz // 10), dtype=np.float32)
    impulse[:, 0] = 1.0
    unity = rooms[0].model_copy(update={"send_db": 0.0})
    response = np.concatenate(list(reverb_blocks([impulse], unity, settings.sample_rate_hz)), axis=1)
    return rt60_error.rt60_s(response, settings.sample_rate_hz, "schroeder") or 0.0


def single_stage(scene: FilmScene, job: JobFolder) -> Result:
    """One draft of the text, one of the script, no validation, no search; the takes summed as they come."""
    settings = ablation_settings()
    evidence = read_evidence_file(job.evidence)
    screenplay = Screenplay.model_validate_json(job.screenplay.read_bytes())
    text = house_writer().invoke(WriterRequest(evidence=evidence))
    spaces = place_scenes(evidence, screenplay)
    request = script_expander.ExpanderRequest(
        evidence=evidence, text=text, screenplay=screenplay, spaces=spaces, emphasis="semantic_alignment"
    )
    events = script_expander.house().invoke(request).events
    script = FoleyScript(clip=evidence.clip, shots=evidence.shots, spaces=spaces, events=events)
    localise, samples = source_localiser.house(), round(scene.truth.duration_s * settings.sample_rate_hz)
    cues, requests = {}, []
    for event in script.events:
        boxes = localise.invoke(LocaliserRequest(evidence=evidence, event=event)).boxes
        cues[event.id] = build_cue(event, boxes, evidence, settings)
        seed = event_seed(settings.seed, "take", event.id, "0")
        requests.append(
            RenderRequest(event=event, cue=cues[event.id], sample_rate_hz=settings.sample_rate_hz, seed=seed)
        )
    takes = VoiceEngine(scene.truth, scene.seed).render(requests)
    stems = {
        event.id: in_clip(Track(event, cues[event.id], take.start_s, take.dry), samples, settings)
        for event, take in zip(script.events, takes, strict=True)
    }
    mix = np.sum(list(stems.values()), axis=0, dtype=np.float32) if stems else np.zeros((2, samples), np.float32)
    return Result(script=script, cues=cues, stems=stems, mix=np.asarray(mix, dtype=np.float32))


def figures_of(result: Result, truth: Truth, reference: ReferenceMix) -> dict[str, float | None]:
    """Event recall and precision, LSD (dB), loudness error (LU), RT60 error (s) of one way through one scene."""
    rate = ablation_settings().sample_rate_hz
    counts = event_recall.found_events(occurrences(result.script), wanted(truth))
    partners = compare(truth, result.script, result.cues).partners
    paired = {true: event for true, event in partners.items() if event in result.stems}
    error: float | None = None
    if len(paired) > 1:
        ours = loudness_error.balance_lu({t: result.stems[e] for t, e in paired.items()}, result.mix, rate)
        theirs = loudness_error.balance_lu({t: reference.stems[t] for t in paired}, reference.mix, rate)
        error = loudness_error.loudness_error_lu(ours, theirs)[0]
    return {
        "matched": float(counts.matched),
        "wanted": float(counts.wanted),
        "found": float(counts.found),
        "lsd_db": lsd.lsd_db(levelled(result.mix), levelled(reference.mix)),
        "loudness_error_lu": error,
        # Of the room that the sound was put into, by its impulse response: rain hides every decay of a mix, and an
        # anvil rings by itself. Dry sound is in none.
        "rt60_error_s": abs(result.room_s - truth.rt60_s),
    }


def run(work: Path, seeds: Sequence[int], tell: Callable[[str], None] = lambda line: None) -> BenchRecord:
    """Both ways through the scene of each seed."""
    began_s = time.monotonic()
    rows: dict[str, list[dict[str, float | None]]] = {"single_stage": [], "full": []}
    for seed in seeds:
        scene = complex_scene(seed)
        reference = reference_mix(scene.truth, seed)
        whole, job = full(scene, work)
        rows["full"].append(figures_of(whole, scene.truth, reference))
        rows["single_stage"].append(figures_of(single_stage(scene, job), scene.truth, reference))
        tell(f"{seed}: {len(scene.truth.events)} events; " + "; ".join(_line(way, rows[way][-1]) for way in rows))
    pooled = {way: pooled_figures(own) for way, own in rows.items()}
    return BenchRecord(
        part="agents",
        command=f"foley eval agents --scenes {len(seeds)} --seed {seeds[0]} --out agents.json",
        checks=_checks(pooled),
        figures={way: tuple(_named(way, own)) for way, own in pooled.items()},
        details={"seeds": list(seeds), "scenes": rows, "intervals_95": pooled},
        wall_s=round(time.monotonic() - began_s, 1),
    )


def _line(way: str, row: Mapping[str, float | None]) -> str:
    error, rt60 = ("-" if row[n] is None else f"{row[n]:.2f}" for n in ("loudness_error_lu", "rt60_error_s"))
    counts = f"{row['matched']:.0f}/{row['wanted']:.0f} of {row['found']:.0f}"
    return f"{way} {counts}, LSD {row['lsd_db']:.1f} dB, LE {error} LU, RT60E {rt60} s"


def pooled_figures(rows: Sequence[Mapping[str, float | None]]) -> dict[str, tuple[float, float, float]]:
    """Value and bounds of the 95 % interval (bootstrap over scenes) of each figure; recall pools its counts."""
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(rows), (_BOOTSTRAP, len(rows)))
    table = {
        name: np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)
        for name in rows[0]
    }

    def bounds(of: Callable[[NDArray[np.intp]], float]) -> tuple[float, float, float]:
        values = np.array([of(draw) for draw in draws])
        low, high = np.nanpercentile(values, [2.5, 97.5])
        return of(np.arange(len(rows))), float(low), float(high)

    def ratio(above: str, below: str) -> Callable[[NDArray[np.intp]], float]:
        return lambda draw: float(table[above][draw].sum() / max(table[below][draw].sum(), 1.0))

    def mean(name: str) -> Callable[[NDArray[np.intp]], float]:
        return lambda draw: float(np.nanmean(table[name][draw])) if np.isfinite(table[name][draw]).any() else np.nan

    out = {"event_recall": bounds(ratio("matched", "wanted")), "event_precision": bounds(ratio("matched", "found"))}
    return out | {name: bounds(mean(name)) for name in ("lsd_db", "loudness_error_lu", "rt60_error_s")}


def _checks(pooled: Mapping[str, Mapping[str, tuple[float, float, float]]]) -> tuple[Check, ...]:
    one, all_ = pooled["single_stage"], pooled["full"]

    def share(name: str) -> float:
        return round(all_[name][0] / one[name][0], 3)

    def note(name: str) -> str:
        return f"{one[name][0]:.2f} single-stage, {all_[name][0]:.2f} full"

    return (
        Check(
            name="event recall, full graph",
            value=round(all_["event_recall"][0], 3),
            limit=LEAST_RECALL,
            sense="at least",
            note=note("event_recall"),
        ),
        Check(name="LSD left", value=share("lsd_db"), limit=MOST_ERROR_SHARE, sense="at most", note=note("lsd_db")),
        Check(
            name="loudness error left",
            value=share("loudness_error_lu"),
            limit=MOST_ERROR_SHARE,
            sense="at most",
            note=note("loudness_error_lu"),
        ),
        Check(
            name="RT60 error left",
            value=share("rt60_error_s"),
            limit=1.0,
            sense="at most",
            note=note("rt60_error_s"),
        ),
    )


def _named(way: str, own: Mapping[str, tuple[float, float, float]]) -> list[Figure]:
    units = {"lsd_db": "dB", "loudness_error_lu": "LU", "rt60_error_s": "s"}
    return [
        Figure(
            metric=f"{name}/1",
            value=value,
            unit=units.get(name, ""),
            note=f"{way}, 95 % interval {low:.3g} to {high:.3g}",
        )
        for name, (value, low, high) in own.items()
    ]
