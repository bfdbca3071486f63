"""What makes a job this job: the bytes that go in and the settings that shape its result."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from foleydesigner.config import Settings
from foleydesigner.errors import JobError, JobMismatchError
from foleydesigner.files import file_sha256
from foleydesigner.plain import file_name

SERVERS = {"omni_url", "vision_url", "text_url", "audio_url"}
_LIMITS = {"calls_in_flight", "call_timeout_s", "answer_timeout_s"}
_NOT_OF_THE_RESULT = {"workers", "engine_batch", "review", "trace", "tracking_uri", *_LIMITS, *SERVERS}


def created_on() -> str:
    """Today, or the day of SOURCE_DATE_EPOCH (reproducible builds). Written once, at a job's start."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdecimal():
        return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC).date().isoformat()
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def identity_of(clip: Path, screenplay: Path | None, settings: Settings) -> dict[str, Any]:
    """What makes a job this job: the bytes that go in and the settings. Its id is their hash."""
    inputs: dict[str, Any] = {
        "clip": {"path": str(clip.resolve()), "name": file_name(clip), "sha256": file_sha256(clip)}
    }
    if screenplay is not None:
        inputs["screenplay"] = {"path": str(screenplay.resolve()), "sha256": file_sha256(screenplay)}
    # How many threads work changes no byte of the result, and where it stops or its servers stand neither.
    kept = settings.model_dump(mode="json", exclude=_NOT_OF_THE_RESULT)
    hashes = [entry["sha256"] for entry in inputs.values()]
    text = json.dumps([hashes, kept], sort_keys=True)
    return {"job_id": hashlib.sha256(text.encode()).hexdigest()[:12], **inputs}


def mismatch(record: dict[str, Any], identity: dict[str, Any], folder: Path) -> JobMismatchError:
    """The error of a folder that holds another job."""
    changed = [
        name
        for name in ("clip", "screenplay")
        if (record.get(name) or {}).get("sha256") != (identity.get(name) or {}).get("sha256")
    ]
    what = f"another {' and '.join(changed)}" if changed else "other settings"
    return JobMismatchError(
        f"{folder} holds job {record['job_id']} of {what}",
        "a new folder, or one of the same clip, screenplay and settings",
        "pass another --out, or remove that folder",
    )


def check_inputs(record: dict[str, Any]) -> None:
    """Refuse to go on with a job whose inputs are not what they were.

    Raises:
        JobError: one is gone or has changed.
    """
    for name in ("clip", "screenplay"):
        entry = record.get(name)
        if not entry:
            continue
        path = Path(entry["path"])
        if not path.is_file() or file_sha256(path) != entry["sha256"]:
            raise JobError(
                f"the {name} {path} is gone or has changed since the job began",
                f"the file with SHA-256 {entry['sha256'][:12]}…",
                "put it back, or say where it is now: foley design CLIP --out with this folder",
            )
