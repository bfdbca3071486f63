"""From what was found to what a dataset can be built of: filtered, cleaned, kept with its papers.

Every file is kept or named with the reason for which it was left out. What is done is written down at once
(`progress.jsonl`), so that a run that was stopped goes on where it was; the same input gives the same bytes, with one
process or several. The files of a folder are those of `recordings.py`, and `manifest.csv` (`ledger.py`).
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import DatasetError
from foleydesigner.files import write_bytes
from foleydesigner.generator.filmstereo.annotation import SourceRecording
from foleydesigner.generator.filmstereo.captions import several_events
from foleydesigner.generator.filmstereo.families import Nature, nature
from foleydesigner.generator.filmstereo.found import FoundSound, Source
from foleydesigner.generator.filmstereo.judging import Judge, NoJudge
from foleydesigner.generator.filmstereo.ledger import LEDGER, Provenance, write_ledger
from foleydesigner.generator.filmstereo.licences import permitted
from foleydesigner.generator.filmstereo.polishing import polish
from foleydesigner.generator.filmstereo.procedural_fill import ProceduralFill
from foleydesigner.generator.filmstereo.processes import spawned
from foleydesigner.generator.filmstereo.progress import Outcome, Progress
from foleydesigner.generator.filmstereo.reading import UnusableError, decode, read_bytes
from foleydesigner.generator.filmstereo.recordings import AUDIO, DROPPED, MANIFEST, Dropped, RecordingStore, write_lines
from foleydesigner.generator.filmstereo.shards import flac_bytes

VERSION = "2"
"""Of the cleaning: another one makes everything anew."""
_AHEAD = 4
"""Sounds that wait per process, so that none is idle and memory stays small."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sound that passed every filter that needs no listening."""

    found: FoundSound
    number: int
    nature: Nature
    data: bytes
    sha256: str

    @property
    def id(self) -> str:
        return self.sha256[:16]


@dataclass(frozen=True, slots=True)
class _Cleaned:
    """A cleaned sound, and its file's bytes; or why there is none."""

    sound: NDArray[np.float32] | None = None
    flac: bytes = b""
    changes: tuple[str, ...] = ()
    reason: str = ""
    detail: str = ""


def clean(
    sources: Sequence[Source],
    folder: Path,
    *,
    licences: frozenset[str],
    sample_rate_hz: int = 48_000,
    cache: Path | None = None,
    judge: Judge | None = None,
    workers: int = 1,
    tell: Callable[[str], None] = print,
) -> RecordingStore:
    """Collect from all sources, clean, and write the store.

    Args:
        sources: in the order in which they are asked; what the procedural engine fills comes last.
        folder: of the store.
        licences: groups or words that are allowed (`licences.parse_allowed`).
        sample_rate_hz: of the cleaned sounds.
        cache: for what is fetched or made first; beside the store when not named.
        judge: is asked whether a sound is what its title says; None: nobody.
        workers: processes that clean; no effect on the result.
        tell: is told of progress, a line at a time.

    Raises:
        DatasetError: a collection is not there, or not as it should be.
        OutputError: the folder cannot be written.
        MissingExtraError: noisereduce is not installed.
    """
    asked: Judge = judge or NoJudge()
    settings = f"{VERSION} {sample_rate_hz} {asked.name} {asked.least:g}"
    with Progress(folder, settings) as progress:
        run = _Run(folder, sample_rate_hz, licences, asked, progress, cache or folder / "cache")
        fills = [source for source in sources if isinstance(source, ProceduralFill)]
        with spawned(workers) as pool:
            for source in [s for s in sources if not isinstance(s, ProceduralFill)]:
                tell(run.collect(source, pool, workers))
            for fill in fills:
                tell(run.collect(fill.missing(frozenset(p.recording.family for p in run.kept)), pool, workers))
    run.write()
    return RecordingStore(folder)


class _Run:
    """What one run has kept and left out so far."""

    def __init__(
        self, folder: Path, sample_rate_hz: int, licences: frozenset[str], judge: Judge, progress: Progress, cache: Path
    ) -> None:
        self._folder, self._rate_hz, self._licences = folder, sample_rate_hz, licences
        self._judge, self._progress, self._cache = judge, progress, cache
        self.kept: list[Provenance] = []
        self._met = 0
        self._dropped: list[tuple[int, Dropped]] = []
        """With the number of the sound among all that were met: several processes end in another order."""
        self._seen: dict[str, str] = {}

    def collect(self, source: Source, pool: ProcessPoolExecutor | None, workers: int) -> str:
        """Everything of one source; says how it went."""
        before_kept, before_dropped = len(self.kept), len(self._dropped)
        waiting: deque[tuple[_Candidate, Future[_Cleaned] | _Cleaned | Outcome]] = deque()
        for found in source.find(self._cache):
            candidate = self._sift(found)
            if candidate is None:
                continue
            waiting.append((candidate, self._begin(candidate, pool)))
            while len(waiting) > (_AHEAD * workers if pool else 0):
                self._end(*waiting.popleft())
        while waiting:
            self._end(*waiting.popleft())
        reasons = Counter(dropped.reason for _, dropped in self._dropped[before_dropped:])
        left = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
        return f"{source.collection}: {len(self.kept) - before_kept} kept" + (f"; left out: {left}" if left else "")

    def _sift(self, found: FoundSound) -> _Candidate | None:
        """The filters that need no listening, cheapest first; None and noted when one of them says no."""
        self._met += 1
        try:
            if found.fault:
                raise UnusableError(*found.fault)
            if not permitted(found.licence, self._licences):
                raise UnusableError("licence", f"{found.licence}: {found.licence_from}")
            told = nature(found.title, found.family, found.words)
            if told is None:
                raise UnusableError("family", f"nothing known in {found.title!r}")
            if several := several_events(found.title):
                raise UnusableError("several_events", several)
            data = read_bytes(found.data)
            sha256 = hashlib.sha256(data).hexdigest()
            if first := self._seen.get(sha256[:16]):
                raise UnusableError("duplicate", f"the same file as {first}")
        except UnusableError as no:
            self._drop(found, self._met, no.reason, no.detail)
            return None
        self._seen[sha256[:16]] = f"{found.collection}/{found.name}"
        return _Candidate(found, self._met, told, data, sha256)

    def _begin(self, candidate: _Candidate, pool: ProcessPoolExecutor | None) -> Future[_Cleaned] | _Cleaned | Outcome:
        if known := self._progress.known(_key(candidate), self._audio_path(candidate.id)):
            return known
        order = candidate.data, candidate.nature, self._rate_hz
        return pool.submit(_clean_one, *order) if pool else _clean_one(*order)

    def _end(self, candidate: _Candidate, work: Future[_Cleaned] | _Cleaned | Outcome) -> None:
        outcome = work if isinstance(work, Outcome) else self._decide(candidate, _result(work, candidate.found.name))
        if outcome.reason:
            self._drop(candidate.found, candidate.number, outcome.reason, outcome.detail)
            return
        found, told = candidate.found, candidate.nature
        recording = SourceRecording(
            id=candidate.id, collection=found.collection[:400], name=found.name[:400], title=found.title[:400],
            author=found.author[:400], licence=found.licence, url=found.url[:400], family=told.family, kind=told.kind,
            size=told.size, duration_s=outcome.duration_s,
        )  # fmt: skip
        self.kept.append(
            Provenance(
                recording=recording,
                sha256=candidate.sha256,
                licence_from=found.licence_from[:400],
                changes=outcome.changes,
                similarity=outcome.similarity,
            )
        )

    def _decide(self, candidate: _Candidate, cleaned: _Cleaned) -> Outcome:
        """Ask the judge, keep the sound, and note what came of it."""
        outcome = Outcome(key=_key(candidate), reason=cleaned.reason, detail=cleaned.detail[:400])
        if cleaned.sound is not None:
            found, judge = candidate.found, self._judge
            score = judge(found.title, candidate.nature.family, cleaned.sound, self._rate_hz)
            if score is not None and score < judge.least:
                told = f"{judge.name}: {score:.3f}, {judge.least:g} asked"
                outcome = outcome.model_copy(update={"reason": "dissimilar", "detail": told, "similarity": score})
            else:
                write_bytes(self._audio_path(candidate.id), cleaned.flac)
                duration_s = len(cleaned.sound) / self._rate_hz
                update = {"duration_s": duration_s, "changes": cleaned.changes, "similarity": score}
                outcome = outcome.model_copy(update=update)
        self._progress.note(outcome)
        return outcome

    def _drop(self, found: FoundSound, number: int, reason: str, detail: str) -> None:
        named = {"collection": found.collection[:400], "name": found.name[:400]}
        self._dropped.append((number, Dropped(**named, reason=reason, detail=detail[:400])))

    def _audio_path(self, recording_id: str) -> Path:
        return self._folder / AUDIO / f"{recording_id}.flac"

    def write(self) -> None:
        """The store's lists; audio that no list names is removed, such as that of a licence no longer allowed."""
        rows = sorted(self.kept, key=lambda row: row.recording.id)
        write_lines(self._folder / MANIFEST, [row.recording for row in rows])
        write_lines(self._folder / DROPPED, [dropped for _, dropped in sorted(self._dropped, key=lambda met: met[0])])
        write_ledger(self._folder / LEDGER, rows)
        named = {row.recording.id for row in rows}
        for path in (self._folder / AUDIO).glob("*.flac"):
            if path.stem not in named:
                path.unlink()


def _result(work: Future[_Cleaned] | _Cleaned, name: str) -> _Cleaned:
    if not isinstance(work, Future):
        return work
    try:
        return work.result()
    except BrokenExecutor as error:
        raise DatasetError(f"a process died at {name}", "memory for it", "run again, with fewer --workers") from error


def _key(candidate: _Candidate) -> str:
    """What the outcome of cleaning hangs on, beside the run's settings."""
    return f"{candidate.id} {candidate.nature.family} {candidate.nature.kind} {candidate.found.title}"[:400]


def _clean_one(data: bytes, told: Nature, sample_rate_hz: int) -> _Cleaned:
    """Decode and clean one file; runs in a process of its own."""
    try:
        sound, rate_hz = decode(data)
        polished = polish(sound, rate_hz, told.kind, sample_rate_hz)
    except UnusableError as no:
        return _Cleaned(reason=no.reason, detail=no.detail)
    return _Cleaned(polished.sound, flac_bytes(polished.sound[None, :], sample_rate_hz, "PCM_24"), polished.changes)
