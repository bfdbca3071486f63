"""The real entries, short of a whole job: perception of a clip, and the reading of a screenplay, with a verdict."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from foleydesigner.config import Settings
from foleydesigner.evidence_file import write_evidence
from foleydesigner.job import JobFolder


def look(clip: Path, folder: Path) -> str:
    """Read the picture as a job does; a JSON line: `{"frames", "duration_s", "illegal": […]}`.

    Raises:
        FoleyError: the clip was refused.
    """
    from foleydesigner.tools.perception import perceive
    from foleydesigner.tools.video import check_film

    check_film(clip)
    job = JobFolder(folder)
    evidence = perceive(clip, Settings(), job)
    write_evidence(job.evidence, evidence)
    times_s = np.load(job.frame_times)
    illegal = []
    if times_s.shape != (evidence.clip.frame_count,):
        illegal.append(f"{times_s.shape} frame times of {evidence.clip.frame_count} frames")
    if not np.isfinite(times_s).all() or times_s[0] != 0.0 or not (np.diff(times_s) > 0.0).all():
        illegal.append("frame times that do not ascend from 0")
    if not times_s[-1] < evidence.clip.duration_s:
        illegal.append(f"a last frame at {times_s[-1]} s of {evidence.clip.duration_s} s")
    if evidence.shots[0].start_frame != 0 or evidence.shots[-1].end_frame != evidence.clip.frame_count:
        illegal.append("shots that do not cover the clip")
    late = [impact.id for impact in evidence.impacts if impact.time_s > evidence.clip.duration_s]
    if late:
        illegal.append(f"impacts after the end: {late[:3]}")
    illegal += _not_finite(evidence.model_dump(mode="python"), "evidence")[:3]
    if any(".part" in path.name for path in folder.rglob("*")):
        illegal.append("temporary files in the job folder")
    verdict = {"frames": evidence.clip.frame_count, "duration_s": evidence.clip.duration_s, "illegal": illegal}
    return json.dumps(verdict)


def read(screenplay: Path) -> str:
    """Read a screenplay as a job does; a JSON line: `{"scenes", "mentions", "illegal": […]}`.

    Raises:
        ScreenplayError: it was refused.
    """
    from foleydesigner.tools.screenplay import check_readable, read_screenplay

    check_readable(screenplay)
    read = read_screenplay(screenplay)
    text = read.model_dump_json()
    illegal = _not_finite(read.model_dump(mode="python"), "screenplay")[:3]
    controls = {c for c in json.dumps(json.loads(text), ensure_ascii=False) if ord(c) < 32}
    if controls:
        illegal.append(f"control characters {sorted(map(ord, controls))[:5]}")
    return json.dumps({"scenes": len(read.scenes), "mentions": len(read.mentions()), "illegal": illegal})


def _not_finite(value: Any, where: str) -> list[str]:
    """Where in plain data a float is not finite."""
    if isinstance(value, float):
        return [] if math.isfinite(value) else [f"{where} is {value}"]
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in _not_finite(item, f"{where}.{key}")]
    if isinstance(value, (list, tuple)):
        return [found for index, item in enumerate(value) for found in _not_finite(item, f"{where}[{index}]")]
    return []
