"""Which measures there are, feeding them, and the table and record that they end in."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from foleydesigner.errors import CheckpointError, ConfigurationError, MissingExtraError
from foleydesigner.evals.bench.record import BenchRecord
from foleydesigner.evals.comparison.measure import Measure
from foleydesigner.evals.comparison.moments import Activity, Onsets
from foleydesigner.evals.comparison.pairs import Comparison, StereoSignal
from foleydesigner.evals.comparison.sound import Likeness, Tags
from foleydesigner.evals.comparison.space import ItdError, TraceErrors
from foleydesigner.evals.metrics.figure import Figure
from foleydesigner.evals.metrics.gcc_bewo import METRIC as GCC_BEWO
from foleydesigner.evals.metrics.gcc_bewo import GccPhat

METRICS = ("itd_mae_us", "gcc_bewo", "crw", "fsad", "iou", "onset_f1", "fad", "is", "kl")
CRW = "crw/1"
QUICK_STEP = 32
"""Samples between the windows of `gcc_bewo` where the exact figure is not asked for."""
_EVERY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """Where judges are that cannot be shipped, and how exactly they judge.

    Attributes:
        exact: all 513 windows of each frame of `gcc_bewo`, instead of 17.
        stereocrw: a StereoCRW checkpoint, which then judges `crw` and `fsad` as well.
        clap: a CLAP checkpoint's folder or hub name.
        vggish: a VGGish checkpoint.
    """

    exact: bool = False
    stereocrw: Path | None = None
    clap: str = ""
    vggish: Path | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A measure that can be made: what a report calls it, the metrics that it answers for, and how it is made."""

    told: str
    answers: frozenset[str]
    make: Callable[[frozenset[str]], Measure]


def offers(judges: Judges) -> list[Offer]:
    """Every measure, cheap ones first; making one may raise, where its judge is not at hand."""
    step = 1 if judges.exact else QUICK_STEP
    found = [
        Offer("itd_mae_us", frozenset({"itd_mae_us"}), lambda _: ItdError()),
        Offer("gcc_bewo", frozenset({"gcc_bewo"}), lambda _: TraceErrors(GccPhat(step), GCC_BEWO)),
        Offer("crw, fsad (own estimator)", frozenset({"crw", "fsad"}), _own_traces),
        Offer("iou", frozenset({"iou"}), lambda _: Activity()),
        Offer("onset_f1", frozenset({"onset_f1"}), lambda _: Onsets()),
        Offer("is, kl (YAMNet)", frozenset({"is", "kl"}), _yamnet_tags),
        Offer("fad (YAMNet)", frozenset({"fad"}), _yamnet_likeness),
        Offer("fad (aiSFX)", frozenset({"fad"}), _aisfx_likeness),
        Offer("fad (CLAP)", frozenset({"fad"}), lambda _: _clap_likeness(judges.clap)),
        Offer("fad (VGGish)", frozenset({"fad"}), lambda _: _vggish_likeness(judges.vggish)),
        Offer("crw, fsad (StereoCRW)", frozenset({"crw", "fsad"}), lambda a: _stereocrw_traces(judges.stereocrw, a)),
    ]
    return found


def _own_traces(wanted: frozenset[str]) -> Measure:
    from foleydesigner.evals.judges.delay_estimator import LearnedDelay

    return TraceErrors(LearnedDelay(), CRW if "crw" in wanted else None, distance="fsad" in wanted)


def _yamnet_tags(wanted: frozenset[str]) -> Measure:
    from foleydesigner.evals.judges.yamnet import Yamnet

    return Tags(Yamnet(), wanted)


def _yamnet_likeness(_: frozenset[str]) -> Measure:
    from foleydesigner.evals.judges.yamnet import Yamnet

    return Likeness(Yamnet())


def _aisfx_likeness(_: frozenset[str]) -> Measure:
    from foleydesigner.evals.judges.aisfx import AiSfx

    return Likeness(AiSfx())


def _clap_likeness(name: str) -> Measure:
    if not name:
        raise CheckpointError("no CLAP checkpoint was named", "its folder or hub name", "pass --clap")
    from foleydesigner.evals.judges.clap import Clap

    return Likeness(Clap(name))


def _vggish_likeness(path: Path | None) -> Measure:
    if path is None:
        raise CheckpointError("no VGGish file was named", "the path of its weights", "pass --vggish")
    from foleydesigner.evals.judges.vggish import Vggish

    return Likeness(Vggish(path))


def _stereocrw_traces(path: Path | None, wanted: frozenset[str]) -> Measure:
    if path is None:
        raise CheckpointError("no StereoCRW checkpoint was named", "the path of one", "pass --stereocrw")
    from foleydesigner.evals.judges.stereocrw import StereoCrw

    return TraceErrors(StereoCrw(path), CRW if "crw" in wanted else None, distance="fsad" in wanted)


def run(
    comparison: Comparison,
    signals: Sequence[StereoSignal] = (),
    only: Sequence[str] = (),
    judges: Judges | None = None,
    command: str = "foley eval metrics",
    tell: Callable[[str], None] = print,
) -> BenchRecord:
    """Measure every signal that can be compared; what has no judge is skipped with a line.

    Args:
        comparison: the folders.
        signals: which of `direct` and `wet`; none = what both hold.
        only: some of `METRICS`; none = all.
        judges: those that have to be pointed to.
        command: what the record says made it.
        tell: takes a line for whoever waits.

    Raises:
        ConfigurationError: a metric of that name there is not.
        DatasetError: the folders cannot be compared.
    """
    unknown = sorted(set(only) - set(METRICS))
    if unknown:
        names = ", ".join(unknown)
        raise ConfigurationError(f"no metric is called {names}", f"some of {', '.join(METRICS)}", "see --only")
    began_s = time.monotonic()
    wanted = frozenset(only or METRICS)
    figures: dict[str, tuple[Figure, ...]] = {}
    skipped: dict[str, str] = {}
    for signal in comparison.signals(signals):
        measures = _made(judges or Judges(), wanted, skipped)
        for number, pair in enumerate(comparison.pairs(signal), start=1):
            for measure in measures:
                measure.hear(pair)
            if number % _EVERY == 0:
                tell(f"{signal}: {number} clips heard")
        figures[signal] = tuple(figure for measure in measures for figure in measure.figures())
    for name, reason in skipped.items():
        tell(f"skipped: {name}: {reason}")
    if comparison.missing:
        tell(f"not made: {len(comparison.missing)} clips of the reference")
    return BenchRecord(
        part="metrics",
        command=command,
        figures=figures,
        details={
            "split": comparison.split,
            "skipped": skipped,
            "not_made": len(comparison.missing),
            "not_made_first": comparison.missing[:20],
        },
        wall_s=round(time.monotonic() - began_s, 1),
    )


def _made(judges: Judges, wanted: frozenset[str], skipped: dict[str, str]) -> list[Measure]:
    """Measures that answer for what is wanted and whose judges are at hand; why the others are not."""
    measures = []
    for offer in offers(judges):
        asked = offer.answers & wanted
        if not asked:
            continue
        try:
            measures.append(offer.make(asked))
        except (MissingExtraError, CheckpointError) as error:
            skipped[offer.told] = str(error)
    return measures


_HEAD = ("metric", "value", "unit", "95 % interval", "floor", "ceiling", "count", "note")


def table(record: BenchRecord) -> list[str]:
    """The figures of each signal as lines of aligned columns."""
    lines = []
    for signal, figures in record.figures.items():
        rows = [_HEAD, *(_row(figure) for figure in figures)]
        widths = [max(len(row[k]) for row in rows) for k in range(len(_HEAD))]
        lines.append(f"── {signal} ──")
        lines += ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return lines


def _row(figure: Figure) -> tuple[str, ...]:
    def number(value: float | None, what: str = "") -> str:
        # The record has all of a floor's description; a column has room for its first words.
        first = what.split(",", maxsplit=1)[0]
        return "–" if value is None else f"{value:.4g}{f' ({first})' if first else ''}"

    between = "–" if figure.interval is None else f"{figure.interval[0]:.4g} … {figure.interval[1]:.4g}"
    return (
        figure.metric,
        number(figure.value),
        figure.unit,
        between,
        number(figure.floor, figure.floor_is),
        number(figure.ceiling, figure.ceiling_is),
        "–" if figure.count is None else str(figure.count),
        figure.note,
    )
