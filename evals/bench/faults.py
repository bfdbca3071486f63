"""`foley bench faults`: everything that goes wrong, made on purpose, and what the product makes of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from foleydesigner.errors import ConfigurationError
from foleydesigner.evals.bench.record import BenchRecord, Check
from foleydesigner.evals.faults import awkward, broken, broken_cases, death, full_disk, fuzz
from foleydesigner.evals.faults.awkward import Case
from foleydesigner.evals.faults.broken import Verdict
from foleydesigner.evals.faults.sandbox import Sandbox

PARTS = ("death", "awkward", "heavy", "names", "broken", "disk", "fuzz")
"""death: killed and resumed jobs. awkward, heavy: legal films unlike the others. names: names and scripts of all
writings. broken: what cannot work. disk: a place that fills up. fuzz: damaged files by the thousand."""
Tell = Callable[[str], None]
Found = tuple[list[Check], dict[str, Any]]


def run(
    work: Path, parts: Sequence[str] = (), files: int = 1000, seed: int = 0, tell: Tell | None = None
) -> BenchRecord:
    """Try everything of the chosen parts.

    Args:
        work: folder for films and jobs; what was met wrongly stays there.
        parts: of `PARTS`; all where empty.
        files: damaged files of the fuzz part.
        seed: of the damaged files and of the random deaths.
        tell: called with a line after each part.

    Raises:
        ConfigurationError: no such part, or a system that cannot fork.
    """
    chosen = tuple(parts) or PARTS
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        raise ConfigurationError(f"no part is called {unknown[0]!r}", f"one of {', '.join(PARTS)}", "correct the name")
    began = time.monotonic()
    checks: list[Check] = []
    details: dict[str, Any] = {"seconds": {}}
    with Sandbox(work / "sandbox") as sandbox:
        for name in chosen:
            before = time.monotonic()
            more, found = _try(name, work, sandbox, files, seed)
            checks += more
            details[name] = _placeless(found, str(work))
            details["seconds"][name] = round(time.monotonic() - before, 1)
            if tell is not None:
                tell(f"{name}: {details['seconds'][name]:.0f} s, {sum(not check.held for check in more)} missed")
    options = "".join(f" --only {name}" for name in parts)
    return BenchRecord(
        part="faults",
        command=f"foley bench faults --fuzz {files} --seed {seed}{options} --out faults.json",
        checks=tuple(checks),
        details=details,
        wall_s=round(time.monotonic() - began, 1),
    )


def _placeless(found: Any, place: str) -> Any:
    """What was found without where it was found: a record is of the product, not of somebody's disk."""
    if isinstance(found, str):
        return found.replace(place, "WORK")
    if isinstance(found, dict):
        return {_placeless(key, place): _placeless(value, place) for key, value in found.items()}
    return [_placeless(each, place) for each in found] if isinstance(found, list | tuple) else found


def _try(name: str, work: Path, sandbox: Sandbox, files: int, seed: int) -> Found:
    place = work / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    if name == "death":
        return _deaths(place, seed)
    if name in ("awkward", "heavy"):
        films = awkward.FILMS if name == "awkward" else awkward.HEAVY
        cases = [
            awkward.run_film(title, film, place / str(number), sandbox)
            for number, (title, film) in enumerate(films.items())
        ]
        return _cases("legal films unlike the others" if name == "awkward" else "long, large and much-cut films", cases)
    if name == "names":
        return _cases("names and scripts of all writings", [
            awkward.run_name(title, place / str(number), sandbox) for number, title in enumerate(awkward.NAMES)
        ] + [
            awkward.run_text(title, place / f"text_{number}", sandbox)
            for number, title in enumerate(awkward.SCREENPLAYS)
        ])  # fmt: skip
    good = broken.write_good(work / "good")
    if name == "broken":
        # Who may do nothing there has to get there: a temporary folder is its owner's alone.
        work.chmod(work.stat().st_mode | 0o011)
        return _verdicts("broken things met with one line", [
            broken.meet(title, case, place / str(number), good, sandbox)
            for number, (title, case) in enumerate(broken_cases.ALL.items())
        ])  # fmt: skip
    if name == "disk":
        return _verdicts("full disks met with one line, then finished", list(full_disk.run(place, sandbox)))
    report = fuzz.run(files, seed, good, place, sandbox)
    wrong = (("crashes", report.crashes), ("hangs over 30 s", report.hangs), ("tracebacks", report.tracebacks),
             ("leaked files", report.leaks), ("illegal readings and ends", report.illegal))  # fmt: skip
    return [_none(f"{what} of {report.files} damaged files", count) for what, count in wrong], report.model_dump(
        mode="json"
    )


def _deaths(place: Path, seed: int) -> Found:
    report = death.run(place, seed=seed)
    return [
        _all(
            "deaths survived, to the same bytes and with no finished stage done again", report.survived, report.deaths
        ),
        _all("same bytes on one core", int(report.same_on_one_core), 1),
    ], report.model_dump(mode="json")


def _cases(what: str, cases: list[Case]) -> Found:
    wrong = {
        case.name: [case.fault] if case.fault else [str(fact) for fact in case.facts if not fact.right]
        for case in cases
        if not case.right
    }
    seen = {case.name: {"wall_s": case.wall_s, "peak_mb": case.peak_mb} for case in cases}
    return [_all(what, sum(case.right for case in cases), len(cases))], {"wrong": wrong, "cases": seen}


def _verdicts(what: str, verdicts: list[Verdict]) -> Found:
    wrong = {verdict.name: verdict.faults for verdict in verdicts if not verdict.right}
    said = {verdict.name: verdict.said for verdict in verdicts}
    return [_all(what, sum(verdict.right for verdict in verdicts), len(verdicts))], {"wrong": wrong, "said": said}


def _all(name: str, right: int, count: int) -> Check:
    return Check(name=name, value=float(right), limit=float(count), sense="at least", note=f"of {count}")


def _none(name: str, count: int) -> Check:
    return Check(name=name, value=float(count), limit=0.0, sense="at most")
