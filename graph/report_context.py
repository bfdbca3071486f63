"""What a page about a job is made from, as far as the job has come."""

from __future__ import annotations

from typing import Any

from foleydesigner.errors import JobError
from foleydesigner.graph.perception import read_evidence
from foleydesigner.graph.reading import read_cue
from foleydesigner.graph.refinement import read_analyses, read_mix_settings, read_plan
from foleydesigner.graph.scripting import read_script, read_texts
from foleydesigner.job import JobFolder
from foleydesigner.screenplay import Screenplay
from foleydesigner.search import SearchRecord
from foleydesigner.tools.report.page import ReportContext


def gather(job: JobFolder, **more: Any) -> ReportContext:
    """Everything that the stages have left in the job folder so far.

    Args:
        job: with its picture read and its script written.
        more: fields of the context that the folder does not hold.

    Raises:
        JobError: there is no script yet.
    """
    if not (job.evidence.is_file() and job.script.is_file()):
        raise JobError("the job has no script yet", "a job whose script is written", "wait for it")
    script, record = read_script(job), job.read_record()
    known: dict[str, Any] = {
        "seconds": record.get("seconds", {}),
        "seed": record["settings"].get("seed", 0),
        "engine": record["settings"].get("engine", ""),
        "profile": record["settings"].get("profile", "stem"),
        "cues": tuple(read_cue(job, event.id) for event in script.events if job.cue(event.id).is_file()),
    }
    if job.screenplay.is_file():
        known["screenplay"] = Screenplay.model_validate_json(job.screenplay.read_bytes())
    if job.structured_text.is_file():
        known["structured_texts"] = read_texts(job)
    if job.search.is_file():
        known["search"] = SearchRecord.model_validate_json(job.search.read_bytes())
    if job.analysis.is_file():
        known["analyses"] = read_analyses(job, "before")[0]
    if job.mix_plan.is_file():
        known["plan"] = read_plan(job)
    if job.mix_settings.is_file():
        known |= {"settings": read_mix_settings(job), "analyses_after": read_analyses(job, "after")[0]}
    return ReportContext(job=job, evidence=read_evidence(job), script=script, **(known | more))
