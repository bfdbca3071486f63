"""The three review nodes. Each interrupt stands at the head of its node, before any side effect."""

from __future__ import annotations

from typing import Any

from foleydesigner.config import ReviewPoint
from foleydesigner.files import write_bytes, write_json
from foleydesigner.graph import retakes
from foleydesigner.graph.drafts import draft_path
from foleydesigner.graph.perception import settings_of
from foleydesigner.graph.reading import read_take_record
from foleydesigner.graph.refinement import read_analyses, read_mix_settings
from foleydesigner.graph.review import ReviewAnswer, ReviewQuestion, parse_answer, script_summary
from foleydesigner.graph.scripting import read_script
from foleydesigner.graph.services import services
from foleydesigner.graph.state import JobState
from foleydesigner.job import JobFolder
from foleydesigner.script import FoleyScript
from foleydesigner.search import Constraint


def _ask(point: ReviewPoint, question: ReviewQuestion, script: FoleyScript) -> ReviewAnswer:
    from langgraph.types import interrupt

    data = interrupt(question.model_dump(mode="json"))
    return parse_answer(point, data, {event.id for event in script.events})


def _decision(point: ReviewPoint, answer: ReviewAnswer) -> dict[str, Any]:
    return {
        "point": point,
        "verdict": answer.action,
        "decided_by": answer.reviewer or "reviewer",
        "note": answer.note,
        "event_ids": list(
            dict.fromkeys(
                (*answer.event_ids, *(o.event_id for o in answer.orders), *(p.event_id for p in answer.picks))
            )
        ),
    }


def review_script(state: JobState) -> dict[str, Any]:
    """Stop for the script: approve, edit, or reject with a note that constrains the next search."""
    if "script" not in settings_of(state).review:
        return {"route": "on"}
    job = services().job
    script = read_script(job)
    question = ReviewQuestion(
        point="script", summary=script_summary(script), path=str(job.script), open_findings=script.open_findings
    )
    answer = _ask("script", question, script)
    if answer.action != "approve":
        version = sum(decision["point"] == "script" for decision in state.get("decisions", []))
        _keep_script(job, version)
    update: dict[str, Any] = {"decisions": [_decision("script", answer)], "route": "on"}
    if answer.action == "edit" and answer.script is not None:
        write_json(job.script, answer.script)
    elif answer.action == "reject":
        note = Constraint(origin="reviewer", message=answer.note or "not accepted as it is")
        update |= {"constraints": [note.model_dump(mode="json")], "route": "back"}
    return update


def _keep_script(job: JobFolder, version: int) -> None:
    """Keep the script that was answered, so that the next can be compared with it; once, however often this runs."""
    kept = job.former_script(version)
    if not kept.is_file():
        write_bytes(kept, job.script.read_bytes())


def _take_lines(job: JobFolder, script: FoleyScript) -> tuple[str, ...]:
    lines = []
    for event in script.events:
        record = read_take_record(job, event.id)
        error = "" if record.onset_error_ms is None else f", hits within {record.onset_error_ms:.1f} ms"
        length_s = record.samples / record.sample_rate_hz
        lines.append(f"{event.id}  {event.label}: {length_s:.2f} s by {record.engine}, round {record.round}{error}")
    return tuple(lines)


def review_takes(state: JobState) -> dict[str, Any]:
    """Stop for the takes: approve, reject some (or all) to be made with another seed, or order changed ones."""
    if "takes" not in settings_of(state).review:
        return {"route": "on"}
    job = services().job
    script = read_script(job)
    question = ReviewQuestion(point="takes", summary=_take_lines(job, script), path=str(job.root / "takes"))
    answer = _ask("takes", question, script)
    update: dict[str, Any] = {"decisions": [_decision("takes", answer)], "route": "on"}
    if answer.action == "reject":
        again = list(answer.event_ids) or [event.id for event in script.events]
        rounds = state.get("take_rounds", {})
        update |= {
            "pending_takes": again,
            "take_rounds": {event_id: rounds.get(event_id, 0) + 1 for event_id in again},
            "route": "back",
        }
    elif answer.action == "edit":
        update |= {**retakes.follow(state, answer), "route": "back"}
    return update


def _mix_lines(job: JobFolder) -> tuple[str, ...]:
    settings = read_mix_settings(job)
    before, after = ({t.event_id: t for t in read_analyses(job, when)[0]} for when in ("before", "after"))
    lines = [f"listen to {draft_path(job)}"]
    for own in settings.dynamics:
        track = before[own.event_id]
        lines.append(
            f"{own.event_id}  {track.label}: {track.loudness_lufs:.1f} -> "
            f"{after[own.event_id].loudness_lufs:.1f} LUFS, "
            f"{own.gain_db:+.1f} dB; {own.reason}"
        )
    lines += [f"{s.event_id}  reverb {s.send_db:+.1f} dB; {s.reason}" for s in settings.reverbs]
    lines += [
        f"{s.event_id}  EQ {s.low_db:+.1f}/{s.mid_db:+.1f}/{s.high_db:+.1f} dB; {s.reason}" for s in settings.equalisers
    ]
    return tuple(lines)


def review_mix(state: JobState) -> dict[str, Any]:
    """Stop for the mix: approve, edit the settings, or reject with a note to the specialists."""
    if "mix" not in settings_of(state).review:
        return {"route": "on"}
    job = services().job
    script = read_script(job)
    question = ReviewQuestion(point="mix", summary=_mix_lines(job), path=str(job.mix_settings))
    answer = _ask("mix", question, script)
    update: dict[str, Any] = {"decisions": [_decision("mix", answer)], "route": "on"}
    if answer.action == "edit" and answer.mix is not None:
        update |= {"mix_edit": answer.mix.model_dump(mode="json"), "route": "edited"}
    elif answer.action == "reject":
        update |= {"mix_notes": [answer.note], "mix_edit": None, "route": "back"}
    return update
