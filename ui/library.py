"""The jobs of one folder: whose they are, what they are, and how one is added, copied or removed."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from foleydesigner.errors import AccessError, JobError
from foleydesigner.files import write_json
from foleydesigner.job import JobFolder
from foleydesigner.plain import visible

JobState = Literal["new", "interrupted", "waiting", "finished", "failed", "queued", "running"]
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_APP_FILE = "app.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCard:
    """What a list of jobs shows of one.

    Attributes:
        id: name of its folder.
        title: the clip's name.
        state: where it stands, as far as the folder tells.
        waits_for: the review that it waits at, or "".
        changed_s: when it last changed, Unix seconds.
        error: what stopped it, or "".
        thumbnail: a keyframe, where there is one.
        decisions: how many reviews have been answered.
    """

    id: str
    title: str
    state: JobState
    waits_for: str = ""
    changed_s: float = 0.0
    error: str = ""
    thumbnail: Path | None = None
    decisions: int = 0


class Library:
    """Jobs in the sub-folders of `root`.

    A job that a person of the app began is theirs: nobody else can open it, and its name cannot be guessed. Jobs that
    the command line began belong to whoever runs the app: they are shown where the app asks nobody who they are.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root).resolve()

    def create(self, user: str, **facts: Any) -> str:
        """A new, empty job of that person; returns its id."""
        job_id = f"job-{secrets.token_hex(12)}"
        (self.root / job_id).mkdir(parents=True)
        self._note(self.root / job_id, user=user, **facts)
        return job_id

    def open(self, job_id: str, user: str) -> JobFolder:
        """A job's folder.

        Raises:
            AccessError: there is none of that name, or it is somebody else's.
        """
        folder = self.root / job_id if isinstance(job_id, str) and _SAFE.fullmatch(job_id) else None
        if folder is None or folder.is_symlink() or not folder.is_dir() or not self._is_job(folder):
            raise _unknown()
        if self.facts(folder).get("user", "") != user:
            raise _unknown()
        return JobFolder(folder)

    def facts(self, folder: Path) -> dict[str, Any]:
        """What the app knows of a job beside its record: `user`, `title`, `error`, how it is to be begun."""
        try:
            data = json.loads((folder / _APP_FILE).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def note(self, job: JobFolder, **facts: Any) -> None:
        """Change what the app knows of a job."""
        self._note(job.root, **facts)

    def _note(self, folder: Path, **facts: Any) -> None:
        write_json(folder / _APP_FILE, {**self.facts(folder), **facts})

    def _is_job(self, folder: Path) -> bool:
        return (folder / "job.json").is_file() or (folder / _APP_FILE).is_file()

    def cards(self, user: str, most: int = 200) -> list[JobCard]:
        """That person's jobs, the one changed last first."""
        folders = [f for f in self.root.iterdir() if _SAFE.fullmatch(f.name)] if self.root.is_dir() else []
        cards = []
        for folder in folders:
            try:
                cards.append(self.card(self.open(folder.name, user)))
            except AccessError:
                continue
        return sorted(cards, key=lambda card: -card.changed_s)[:most]

    def card(self, job: JobFolder) -> JobCard:
        """What a list shows of a job."""
        facts = self.facts(job.root)
        error = str(facts.get("error", ""))
        marks = [path for path in (job.record, job.root / _APP_FILE) if path.is_file()]
        changed_s = max((path.stat().st_mtime for path in marks), default=time.time())
        thumbnail = next(iter(sorted(job.keyframes.glob("*.jpg"))), None) if job.keyframes.is_dir() else None
        title, state, waits_for, decisions = str(facts.get("title", "")), "failed" if error else "new", "", 0
        if job.record.is_file():
            try:
                record = job.read_record()
            except JobError as unreadable:
                record, error, state = {}, str(unreadable), "failed"
            else:
                title = title or str((record["clip"] or {}).get("name", ""))
                told = record["state"]
                state = told if told in ("waiting", "finished") else "failed" if error else "interrupted"
                decisions = len(record.get("decisions", []))
                waits_for = str((record.get("question") or {}).get("point", "")) if state == "waiting" else ""
        return JobCard(
            id=job.root.name,
            title=visible(title) or job.root.name,
            state=state,  # type: ignore[arg-type]
            waits_for=waits_for,
            changed_s=changed_s,
            error="" if state in ("waiting", "finished") else error,
            thumbnail=thumbnail,
            decisions=decisions,
        )

    def duplicate(self, job_id: str, user: str) -> str:
        """A copy of a job as it stands, to try something else from there; returns its id.

        Raises:
            AccessError: no such job of that person.
            JobBusyError: it is being worked on.
        """
        job = self.open(job_id, user)
        copy_id = f"job-{secrets.token_hex(12)}"
        target = self.root / copy_id
        with job.lock():
            shutil.copytree(job.root, target, ignore=shutil.ignore_patterns(".lock", ".*.part*"))
        copy = JobFolder(target)
        title = str(self.facts(job.root).get("title") or self.card(job).title)
        self.note(copy, user=user, title=f"{title} (copy)")
        if copy.record.is_file():
            record = copy.read_record()
            for name in ("clip", "screenplay"):
                entry = record.get(name)
                if entry and Path(entry["path"]).is_relative_to(job.root):
                    # Its inputs lie inside the job: the copy has its own.
                    entry["path"] = str(target / Path(entry["path"]).relative_to(job.root))
            write_json(copy.record, record)
        return copy_id

    def delete(self, job_id: str, user: str) -> None:
        """Remove a job and everything in it.

        Raises:
            AccessError: no such job of that person.
            JobBusyError: it is being worked on.
        """
        job = self.open(job_id, user)
        with job.lock():
            # Renamed first: what is half removed is no job any more.
            gone = self.root / f".deleted-{secrets.token_hex(6)}"
            job.root.replace(gone)
        shutil.rmtree(gone, ignore_errors=True)


def _unknown() -> AccessError:
    return AccessError("no such job of yours", "one from your list", "open it from the list of jobs")
