"""Nodes of the refinement stage (Algorithm 2): listen, plan, three specialists, mix, one bounded correction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from foleydesigner.agents import dynamics, equalisation, mixing_planner, reverberation, track_listener
from foleydesigner.config import Settings
from foleydesigner.files import write_json
from foleydesigner.graph.drafts import print_stereo_draft, print_unmixed
from foleydesigner.graph.mixdown import (
    Track,
    add_blocks,
    dry_tracks,
    placed_blocks,
    process_tracks,
)
from foleydesigner.graph.perception import settings_of
from foleydesigner.graph.reading import read_cue, read_take_record
from foleydesigner.graph.scripting import read_script
from foleydesigner.graph.services import services
from foleydesigner.graph.stage import emitter
from foleydesigner.graph.state import JobState
from foleydesigner.job import JobFolder
from foleydesigner.mix import (
    DynamicsSettings,
    EqualiserSettings,
    Masking,
    MixPlan,
    MixSettings,
    ReverbSettings,
    TrackAnalysis,
)
from foleydesigner.script import FoleyScript
from foleydesigner.stopwatch import timed
from foleydesigner.tools.audio_bus import AudioBus


def read_plan(job: JobFolder) -> MixPlan:
    """The planner's plan."""
    return MixPlan.model_validate_json(job.mix_plan.read_bytes())


def read_mix_settings(job: JobFolder) -> MixSettings:
    """The settings that the mix was made with."""
    return MixSettings.model_validate_json(job.mix_settings.read_bytes())


def read_analyses(job: JobFolder, when: str = "before") -> tuple[tuple[TrackAnalysis, ...], tuple[Masking, ...]]:
    """Track analyses and maskings, "before" or "after" the specialists."""
    data = json.loads(job.analysis.read_text("utf-8"))[when]
    tracks = tuple(TrackAnalysis.model_validate(t) for t in data["tracks"])
    return tracks, tuple(Masking.model_validate(m) for m in data["maskings"])


def _to_hear(job: JobFolder, track: Track, features: dict[str, Any]) -> track_listener.ListenerRequest:
    """What a listener is given of one track."""
    event = track.event
    known = {name: value for name, value in features.items() if name in track_listener.ListenerRequest.model_fields}
    return track_listener.ListenerRequest(
        **known,
        family=event.family,
        kind=event.kind,
        asked_hits=len(track.cue.onsets_s),
        clip_s=track.cue.clip_duration_s,
        spanned_s=sum(s.end_s - s.start_s for s in track.cue.spans),
        onset_error_ms=read_take_record(job, event.id).onset_error_ms,
        take=str(job.take(event.id, "dry").relative_to(job.root)),
    )


def measure_tracks(
    job: JobFolder, tracks: Iterable[Track], settings: Settings, step: Any, total: int, mixed: bool
) -> tuple[list[TrackAnalysis], tuple[Masking, ...]]:
    """Analyse placed tracks one at a time; only their band envelopes stay in memory for the masking figures.

    Takes come out of an engine at any level, so before the mix (`mixed` False) who masks whom is judged at the levels
    that the tracks' importance asks for; after it, at the levels they have. The takes are listened to as they were
    made; after the mix only their figures are new.
    """
    from foleydesigner.tools.masking import band_envelope, find_maskings
    from foleydesigner.tools.spectrum import write_mel_picture
    from foleydesigner.tools.track_features import measure_track

    measured, to_hear, envelopes = [], [], []
    for done, track in enumerate(tracks):
        event, rate = track.event, settings.sample_rate_hz
        with AudioBus(job.work, 2, track.dry.samples) as stereo:
            with timed("place in stereo"):
                add_blocks(stereo, placed_blocks(track, settings), 0)
            with timed("measure loudness, spectrum, RT60"):
                features = measure_track(event, stereo, rate)
            level_db = 0.0
            if not mixed:
                with timed("draw spectrogram"):
                    picture = write_mel_picture(job.mel_picture(event.id), stereo, rate)
                features["mel_picture"] = str(picture.relative_to(job.root))
                nominal = dynamics.nominal_lufs(event.prominence, event.layer, event.intensity)
                level_db = nominal - features["loudness_lufs"]
            envelopes.append(band_envelope(event.id, stereo, track.start_s, rate, level_db))
        measured.append(features)
        to_hear.append(_to_hear(job, track, features))
        step(done + 1, total)
    cast = services().cast
    replies = [track_listener.think(r) for r in to_hear] if mixed else cast.ask_all(cast.listener, to_hear)
    analyses = [
        TrackAnalysis(
            **features, heard_as=reply.heard_as, agreement=reply.agreement, onset_error_ms=heard.onset_error_ms
        )
        for features, heard, reply in zip(measured, to_hear, replies, strict=True)
    ]
    with timed("find maskings"):
        return analyses, tuple(find_maskings(envelopes))


def _dump(tracks: Iterable[TrackAnalysis], maskings: Iterable[Masking]) -> dict[str, Any]:
    return {
        "tracks": [t.model_dump(mode="json") for t in tracks],
        "maskings": [m.model_dump(mode="json") for m in maskings],
    }


def analyse(state: JobState) -> dict[str, Any]:
    """Semantics, spectrum, RT60 and loudness of every dry track."""
    job, settings = services().job, settings_of(state)
    script = read_script(job)
    tracks, maskings = measure_tracks(
        job, dry_tracks(job, script), settings, emitter("analyse"), len(script.events), mixed=False
    )
    write_json(job.analysis, {"before": _dump(tracks, maskings)})
    return {}


def contexts(job: JobFolder, script: FoleyScript) -> tuple[mixing_planner.TrackContext, ...]:
    """Where each track stands: placement, middle distance, scene and the RT60 of its place."""
    result = []
    for event in script.events:
        cue = read_cue(job, event.id)
        middle_s = (event.in_s + event.out_s) / 2
        times = np.array(cue.onsets_s) if cue.onsets_s else np.linspace(event.in_s, event.out_s, 9)
        _, depth_m = cue.trajectory.sample(times)
        space = script.space_at(middle_s)
        result.append(
            mixing_planner.TrackContext(
                event_id=event.id,
                layer=event.layer,
                placement=cue.placement,
                depth_m=float(np.median(depth_m)),
                scene_id=space.scene_id,
                target_rt60_s=space.target_rt60_s,
            )
        )
    return tuple(result)


def plan(state: JobState) -> dict[str, Any]:
    """The planner's diagnosis. Takes that do not fit their event are asked for again, once in a job."""
    job = services().job
    script = read_script(job)
    tracks, maskings = read_analyses(job)
    reply = services().cast.planner.invoke(
        mixing_planner.PlannerRequest(
            analyses=tracks,
            maskings=maskings,
            contexts=contexts(job, script),
            retakes_allowed=not state.get("retake_offered", False),
            notes=tuple(state.get("mix_notes", [])),
        )
    )
    write_json(job.mix_plan, reply)
    rounds = state.get("take_rounds", {})
    return {
        "retake_offered": True,
        "pending_takes": list(reply.retake_ids),
        "take_rounds": {event_id: rounds.get(event_id, 0) + 1 for event_id in reply.retake_ids},
        "route": "back" if reply.retake_ids else "on",
    }


def _needing(job: JobFolder, operation: str) -> set[str]:
    return {track.event_id for track in read_plan(job).tracks if operation in track.operations}


def specialise_reverberation(state: JobState) -> dict[str, Any]:
    """The reverberation specialist, over all tracks that need it."""
    job = services().job
    needing = _needing(job, "reverberation")
    reply = services().cast.reverberation.invoke(
        reverberation.ReverberationRequest(
            tracks=tuple(c for c in contexts(job, read_script(job)) if c.event_id in needing),
            send_offset_db=mixing_planner.notes_on_reverb_db(tuple(state.get("mix_notes", []))),
            notes=tuple(state.get("mix_notes", [])),
        )
    )
    return {"reverbs": [s.model_dump(mode="json") for s in reply.settings]}


def specialise_equalisation(state: JobState) -> dict[str, Any]:
    """The equalisation specialist, over all tracks that need it."""
    job = services().job
    needing = _needing(job, "equalisation")
    tracks, maskings = read_analyses(job)
    masked = {m.masked_id for m in maskings} | {m.masker_id for m in maskings}
    reply = services().cast.equalisation.invoke(
        equalisation.EqualisationRequest(
            analyses=tuple(t for t in tracks if t.event_id in needing),
            maskings=maskings,
            prominence_only=tuple(sorted(needing - masked)),
            notes=tuple(state.get("mix_notes", [])),
        )
    )
    return {"equalisers": [s.model_dump(mode="json") for s in reply.settings]}


def specialise_dynamics(state: JobState) -> dict[str, Any]:
    """The dynamics specialist, over all tracks."""
    job = services().job
    script = read_script(job)
    tracks, _ = read_analyses(job)
    depth_m = {c.event_id: c.depth_m for c in contexts(job, script)}
    notes = tuple(state.get("mix_notes", []))
    reply = services().cast.dynamics.invoke(
        dynamics.DynamicsRequest(
            tracks=tuple(
                dynamics.DynamicsTrack(
                    analysis=track,
                    kind=script.event(track.event_id).kind,
                    intensity=script.event(track.event_id).intensity,
                    depth_m=depth_m[track.event_id],
                    crest_db=max(0.0, track.peak_dbfs - track.loudness_lufs),
                    correction_db=mixing_planner.notes_on_level_db(notes, track),
                )
                for track in tracks
            ),
            notes=notes,
        )
    )
    return {"dynamics": [s.model_dump(mode="json") for s in reply.settings]}


def _corrected(settings: MixSettings, plan_after: MixPlan) -> MixSettings:
    """The settings with the planner's bounded changes of level."""
    changes = {c.event_id: c for c in plan_after.corrections}
    levels = []
    for own in settings.dynamics:
        change = changes.get(own.event_id)
        if change is not None:
            gain_db = min(24.0, max(-60.0, own.gain_db + change.gain_db))
            reason = f"{own.reason}; {change.gain_db:+.1f} dB: {change.reason}"[:400]
            own = own.model_copy(update={"gain_db": gain_db, "reason": reason})
        levels.append(own)
    return settings.model_copy(update={"dynamics": tuple(levels), "corrected": True})


def mix(state: JobState) -> dict[str, Any]:
    """Process, place and sum; measure everything again; let the planner correct once; sum anew if it did."""
    job, settings, step = services().job, settings_of(state), emitter("mix")
    script = read_script(job)
    edit = state.get("mix_edit")
    chosen = (
        MixSettings.model_validate(edit)
        if edit
        else MixSettings(
            reverbs=tuple(ReverbSettings.model_validate(s) for s in state.get("reverbs", [])),
            equalisers=tuple(EqualiserSettings.model_validate(s) for s in state.get("equalisers", [])),
            dynamics=tuple(DynamicsSettings.model_validate(s) for s in state.get("dynamics", [])),
        )
    )
    count = len(script.events)
    tracks, maskings = measure_tracks(
        job, process_tracks(job, script, chosen, settings), settings, step, count, mixed=True
    )
    if not edit:
        after = services().cast.planner.invoke(
            mixing_planner.PlannerRequest(
                analyses=tuple(tracks), maskings=maskings, contexts=contexts(job, script), mixed=True
            )
        )
        if after.corrections:
            chosen = _corrected(chosen, after)
            tracks, maskings = measure_tracks(
                job, process_tracks(job, script, chosen, settings), settings, step, count, mixed=True
            )
    before = json.loads(job.analysis.read_text("utf-8"))["before"]
    write_json(job.analysis, {"before": before, "after": _dump(tracks, maskings)})
    write_json(job.mix_settings, chosen)
    with timed("sum the draft"):
        print_stereo_draft(job, script, chosen, settings)
    if "mix" in settings.review:
        print_unmixed(job, script, settings)
    return {}
