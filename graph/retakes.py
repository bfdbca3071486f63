"""Takes under review: each is kept as it is made, one may be made again with changes, an earlier one picked again."""

from __future__ import annotations

from typing import Any

from foleydesigner.config import Settings
from foleydesigner.files import link_file, write_json
from foleydesigner.graph.mixdown import open_track, placed_blocks
from foleydesigner.graph.perception import settings_of
from foleydesigner.graph.reading import read_take_record
from foleydesigner.graph.review import ReviewAnswer, TakeOrder, TakePick, with_changes
from foleydesigner.graph.scripting import read_script, write_cues
from foleydesigner.graph.services import services
from foleydesigner.graph.state import JobState
from foleydesigner.job import JobFolder
from foleydesigner.script import SoundEvent
from foleydesigner.takes import TakeRecord
from foleydesigner.tools.audio_bus import AudioBus

SOUNDS = ("dry", "placed")
OWN = "own"
"""The engine's own stereo, of takes that have one."""


def keep(job: JobFolder, event: SoundEvent, settings: Settings) -> None:
    """Make what a reviewer hears and sees of the take just made, and keep it under its round to be picked again."""
    from foleydesigner.tools.audio_file import writing_wav
    from foleydesigner.tools.spectrum import write_mel_picture

    with open_track(job, event, "dry") as track, AudioBus(job.work, 2, track.dry.samples) as stereo:
        at = 0
        for block in placed_blocks(track, settings):
            stereo.add(block, at)
            at += block.shape[1]
        with writing_wav(job.take(event.id, "placed"), settings.sample_rate_hz, 2, samples=stereo.samples) as file:
            for block in stereo.blocks():
                file.write(block)
        write_mel_picture(job.mel_picture(event.id), stereo, settings.sample_rate_hz)
    record = read_take_record(job, event.id)
    for kind in SOUNDS:
        link_file(job.take(event.id, kind), job.former_take(event.id, record.round, kind))
    if job.take(event.id, OWN).is_file():
        link_file(job.take(event.id, OWN), job.former_take(event.id, record.round, OWN))
    write_json(job.former_take(event.id, record.round, "event"), event)
    write_json(job.former_take(event.id, record.round, "record"), record)


def kept_rounds(job: JobFolder, event_id: str) -> tuple[TakeRecord, ...]:
    """Every take of an event that can be picked, in the order in which they were made."""
    folder = job.former_take(event_id, 0, "record").parent
    records = [TakeRecord.model_validate_json(path.read_bytes()) for path in folder.glob("*.record.json")]
    return tuple(sorted(records, key=lambda record: record.round))


def follow(state: JobState, answer: ReviewAnswer) -> dict[str, Any]:
    """Carry out a reviewer's orders and picks as far as they need no sound made; the update names what is pending.

    May be run twice on the same state, with the same result.
    """
    job, settings = services().job, settings_of(state)
    script = read_script(job)
    changed = [order.event for order in answer.orders if order.event is not None]
    changed += [_picked_event(job, pick) for pick in answer.picks]
    if changed:
        write_json(job.script, with_changes(script, changed))
        write_cues(settings, changed)
    for pick in answer.picks:
        _put_back(job, pick)
    rounds = dict(state.get("take_rounds", {}))
    orders = dict(state.get("take_orders", {}))
    made_by = {o.event_id: _order(job, o, orders.get(o.event_id, {}), rounds) for o in answer.orders}
    return {
        "pending_takes": list(made_by),
        "take_rounds": {event_id: rounds.get(event_id, 0) + 1 for event_id in made_by},
        "take_orders": made_by,
    }


def _order(job: JobFolder, order: TakeOrder, before: dict[str, Any], rounds: dict[str, int]) -> dict[str, Any]:
    """What `make_take` has to know: a recording or engine stays until another is asked for."""
    if order.recording is not None:
        return {"recording": order.recording}
    made = {key: value for key, value in before.items() if key in ("engine", "recording")}
    if order.engine is not None:
        made = {"engine": order.engine}
    if not order.new_seed:
        # The take in place may be an earlier one that was picked: its own throw is kept.
        current = read_take_record(job, order.event_id).round
        thrown = before.get("seed_round", current) if before.get("for_round") == current else current
        made |= {"seed_round": thrown, "for_round": rounds.get(order.event_id, 0) + 1}
    return made


def _picked_event(job: JobFolder, pick: TakePick) -> SoundEvent:
    return SoundEvent.model_validate_json(job.former_take(pick.event_id, pick.round, "event").read_bytes())


def _put_back(job: JobFolder, pick: TakePick) -> None:
    from foleydesigner.tools.audio_file import read_wav
    from foleydesigner.tools.spectrum import write_mel_picture

    for kind in SOUNDS:
        link_file(job.former_take(pick.event_id, pick.round, kind), job.take(pick.event_id, kind))
    if job.former_take(pick.event_id, pick.round, OWN).is_file():
        link_file(job.former_take(pick.event_id, pick.round, OWN), job.take(pick.event_id, OWN))
    else:
        job.take(pick.event_id, OWN).unlink(missing_ok=True)
    record = TakeRecord.model_validate_json(job.former_take(pick.event_id, pick.round, "record").read_bytes())
    placed, rate = read_wav(job.take(pick.event_id, "placed"))
    write_mel_picture(job.mel_picture(pick.event_id), placed, rate)
    write_json(job.take_record(pick.event_id), record)
