"""`foley eval ablation`: what it is worth to tell a sound model where and when, and where in it that is told.

Every variant makes the clips of a split from the titles of their recordings, several times with other noise, as the
model gives them: no take is chosen, no onset moved. Each set is held against the clips by the metrics of `foley eval
metrics`.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from foleydesigner.errors import ConfigurationError
from foleydesigner.evals.bench.record import BenchRecord, Check
from foleydesigner.evals.comparison import run as comparison
from foleydesigner.evals.comparison.pairs import Comparison, StereoSignal
from foleydesigner.evals.comparison.run import Judges
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.files import write_json
from foleydesigner.generator.filmstereo.annotation import ClipAnnotation, Split
from foleydesigner.generator.filmstereo.shards import FilmStereo
from foleydesigner.generator.sound_model import SoundModel, SoundOrder
from foleydesigner.generator.training.filmstereo import positions_of, prompt_of
from foleydesigner.model import Model
from foleydesigner.tools.audio_file import write_wav

WITH, WITHOUT, CONCAT = "with cues", "without cues", "cues at the input"
METRICS = ("gcc_bewo", "itd_mae_us", "iou", "onset_f1", "fsad", "fad")
LEAST_CUT, LEAST_SKILL, LEAST_IOU_GAIN = 0.5, 0.5, 0.25
"""Of the squared delay error against no cues; skill against the mono floor; relative gain of IoU."""
_Z, _T_95 = 1.96, (12.71, 4.30, 3.18, 2.78, 2.57)
"""Of the normal distribution, and Student's for 1 to 5 degrees of freedom, two-sided 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A way of making sound.

    Attributes:
        name: in the record.
        load: gives the model; called once, when it is needed.
        told: whether it is told positions.
    """

    name: str
    load: Callable[[], SoundModel]
    told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is made and held against what.

    Attributes:
        data: a FilmStereo dataset.
        split: which of its clips.
        signal: what the models were trained on.
        seeds: one set of clips a variant for each.
        limit: so many clips at most; 0 = all.
        batch: clips made at once.
    """

    data: Path
    split: Split = "test"
    signal: StereoSignal = "direct"
    seeds: Sequence[int] = (0, 1, 2)
    limit: int = 0
    batch: int = 8


def run(
    work: Path,
    variants: Sequence[Variant],
    plan: Plan,
    judges: Judges | None = None,
    command: str = "foley eval ablation",
    tell: Callable[[str], None] = print,
) -> BenchRecord:
    """Make what is not made yet, measure, and put the variants beside each other.

    Args:
        work: where made clips and their figures go, a folder a variant and seed; what is there is used again.
        variants: `WITH` and `WITHOUT` among them are what checks rest on.
        plan: data, seeds and size.
        judges: those that have to be pointed to.
        command: what the record says made it.
        tell: takes a line for whoever waits.

    Raises:
        ConfigurationError: fewer than one seed.
        DatasetError: the dataset cannot be used.
    """
    if not plan.seeds:
        raise ConfigurationError("no seed was given", "at least one; three for an interval", "pass --seeds 0,1,2")
    began_s = time.monotonic()
    figures: dict[str, tuple[Figure, ...]] = {}
    each: dict[str, list[dict[str, float | None]]] = {}
    for variant in variants:
        rows = []
        model: SoundModel | None = None
        for seed in plan.seeds:
            folder = work / variant.name.replace(" ", "-") / f"seed-{seed}"
            orders = list(_missing(plan, folder, seed, told=variant.told))
            if orders:
                model = model or variant.load()
                for made in _make(model, orders, folder, plan.batch):
                    tell(f"{variant.name}, seed {seed}: {made} of {len(orders)} clips made")
            rows.append(_measured(plan, folder, judges or Judges(), tell, anew=bool(orders)))
        figures[variant.name] = tuple(over_seeds(alike) for alike in zip(*rows, strict=True))
        each[variant.name] = [{_label(figure): figure.value for figure in row} for row in rows]
        tell(f"{variant.name}: measured")
    return BenchRecord(
        part="ablation",
        command=command,
        checks=tuple(_checks(figures)),
        figures=figures,
        details={"split": plan.split, "signal": plan.signal, "seeds": list(plan.seeds), "by_seed": each},
        wall_s=round(time.monotonic() - began_s, 1),
    )


def order_of(annotation: ClipAnnotation, seed: int, *, told: bool) -> SoundOrder:
    """A clip as it is ordered; its noise depends on its name and the seed alone, so that variants share it."""
    digest = hashlib.sha256(f"{annotation.id} {seed}".encode()).digest()
    return SoundOrder(
        prompt=prompt_of(annotation),
        seed=int.from_bytes(digest[:4], "little"),
        length_s=annotation.duration_s,
        positions=positions_of(annotation) if told else None,
    )


def over_seeds(figures: Sequence[Figure]) -> Figure:
    """The mean of one figure over seeds, with an interval over clips and seeds.

    The clips are the same for every seed, so their error (bootstrap, the mean over seeds) does not shrink with more of
    them; that of the seeds is Student's of their mean. Both are independent: their squares add.
    """
    values = [figure.value for figure in figures if figure.value is not None]
    if len(values) < len(figures):
        return figures[0].model_copy(update={"value": None, "interval": None})
    of_clips = [(f.interval[1] - f.interval[0]) / 2.0 for f in figures if f.interval is not None]
    half = float(np.mean(of_clips)) if len(of_clips) == len(figures) else math.nan
    count = len(values)
    if count > 1:
        student = _T_95[count - 2] if count - 2 < len(_T_95) else _Z
        half = math.hypot(half, student * float(np.std(values, ddof=1)) / math.sqrt(count))
    mean = float(np.mean(values))
    interval = None if math.isnan(half) else (mean - half, mean + half)
    note = "; ".join(filter(None, [figures[0].note, f"{count} seeds"]))
    return figures[0].model_copy(update={"value": mean, "interval": interval, "note": note})


def _missing(plan: Plan, folder: Path, seed: int, *, told: bool) -> Iterator[tuple[ClipAnnotation, SoundOrder]]:
    """Clips that have not been made yet."""
    clips = FilmStereo(plan.data).annotations(plan.split)
    for annotation in islice(clips, plan.limit or None):
        if not (folder / f"{annotation.id}.wav").is_file():
            yield annotation, order_of(annotation, seed, told=told)


def _make(
    model: SoundModel, orders: Sequence[tuple[ClipAnnotation, SoundOrder]], folder: Path, batch: int
) -> Iterator[int]:
    """Make clips into a folder; how many there are after each batch."""
    folder.mkdir(parents=True, exist_ok=True)
    for first in range(0, len(orders), batch):
        part = orders[first : first + batch]
        length_s = min(max(order.length_s for _, order in part), model.longest_s)
        for (annotation, _), sound in zip(part, model.make([order for _, order in part], length_s), strict=True):
            write_wav(folder / f"{annotation.id}.wav", sound, model.sample_rate_hz)
        yield first + len(part)


class _Kept(Model):
    """Figures of one folder of made clips, beside it, and what they rest on."""

    rest_on: str
    figures: tuple[Figure, ...]


def _measured(
    plan: Plan, folder: Path, judges: Judges, tell: Callable[[str], None], *, anew: bool
) -> tuple[Figure, ...]:
    """The figures of a folder of made clips: measuring takes longer than making, and need not be done twice."""
    kept, rest_on = folder / "figures.json", repr((plan.split, plan.signal, plan.limit, METRICS, judges))
    if kept.is_file() and not anew:
        before = _Kept.model_validate_json(kept.read_bytes())
        if before.rest_on == rest_on:
            return before.figures
    against = Comparison(folder, plan.data, plan.split, plan.limit)
    figures = comparison.run(against, (plan.signal,), METRICS, judges, tell=tell).figures[plan.signal]
    write_json(kept, _Kept(rest_on=rest_on, figures=figures))
    return figures


def _label(figure: Figure) -> str:
    """A figure's metric, and what tells it from another of the same metric."""
    return f"{figure.metric} {figure.note}".strip()


def _checks(figures: Mapping[str, Sequence[Figure]]) -> Iterator[Check]:
    """What cues are asked to bring, where both sides were measured."""
    if WITH not in figures or WITHOUT not in figures:
        return
    told, untold = (_first(figures[name], "gcc_bewo/1") for name in (WITH, WITHOUT))
    if told is not None and untold is not None:
        cut = 1.0 - told.value / untold.value if told.value is not None and untold.value else None
        yield Check(name="gcc_bewo cut by cues", value=cut, limit=LEAST_CUT, sense="at least")
        skill = 1.0 - told.value / told.floor if told.value is not None and told.floor else None
        yield Check(name="skill of gcc_bewo against mono", value=skill, limit=LEAST_SKILL, sense="at least")
    told, untold = (_first(figures[name], "iou/1") for name in (WITH, WITHOUT))
    if told is not None and untold is not None:
        gain = told.value / untold.value - 1.0 if told.value is not None and untold.value else None
        yield Check(name="IoU gained by cues", value=gain, limit=LEAST_IOU_GAIN, sense="at least")
    for told, untold in zip(figures[WITH], figures[WITHOUT], strict=True):
        if told.metric.startswith("fad/") and untold.value is not None:
            note = f"limit: without cues; {told.note}"[:120]
            yield Check(name="fad with cues", value=told.value, limit=untold.value, sense="at most", note=note)


def _first(figures: Sequence[Figure], metric: str) -> Figure | None:
    return next((figure for figure in figures if figure.metric == metric), None)
