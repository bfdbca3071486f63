"""Repairs and scores over arbitrary legal scripts: what comes out is a legal script, and a score is a share."""

from __future__ import annotations

from film_cases import blows, film, flash, mention, play, track
from hypothesis import given, settings
from hypothesis import strategies as st

from foleydesigner.agents.craft import LEGAL_LAYERS
from foleydesigner.agents.script_drafting import (
    MOST_EVENTS_A_SCENE,
    Brief,
    crowded_scenes,
    in_script_order,
    most_wanted,
)
from foleydesigner.agents.script_repair import repair, supported
from foleydesigner.agents.script_scorer import HEADROOM, ScorerRequest, check, think
from foleydesigner.script import FAMILIES, LAYERS, FoleyScript, Placement, SceneSpace, SoundEvent, Span
from foleydesigner.text import Finding, StructuredText

FAST = settings(derandomize=True, deadline=None, max_examples=60)
CLIP_S = 10.0
EVIDENCE = film(
    CLIP_S,
    tracks=[track("track_1", 0.0, 8.0, x=(0.1, 0.9))],
    impacts=blows([1.0, 2.0, 3.5, 7.0], track_id="track_1"),
    bursts=[flash("b0", 4.0)],
)
SPACES = (SceneSpace(scene_id="scene_1", start_s=0.0, end_s=CLIP_S, interior=True, mood="tense", target_rt60_s=0.5),)
SCREENPLAY = play(
    mention("m1", "hammer", "impact", count=3),
    mention("m2", "dog", "animal", count=2, direction="left"),
    mention("m3", "thunder", "thunder"),
    mention("m4", "rain", "rain", kind="steady", layer="backgrounds"),
)
TEXT = StructuredText(shots=(), specs=())
BRIEF = Brief(
    evidence=EVIDENCE, text=TEXT, screenplay=SCREENPLAY, spaces=SPACES, emphasis="semantic_alignment", constraints=()
)
KINDS = (
    "missing", "unsupported", "outside_clip", "duplicate", "overlapping_layers", "ambiguous", "wrong_count",
    "wrong_layer", "wrong_mood", "uncovered_scene",
)  # fmt: skip
SETTLING = ("unsupported", "outside_clip", "duplicate", "overlapping_layers", "wrong_count", "wrong_layer")
"""What a second repair by the same finding leaves alone."""
UNIT = st.floats(0.0, 1.0)
NAMES = ("ev_0", "ev_1", "ev_2", "ev_3")


@st.composite
def sounding(draw: st.DrawFn, name: str, latest_s: float = CLIP_S) -> SoundEvent:
    """A legal event whose hits lie on impacts or anywhere."""
    family = draw(st.sampled_from(FAMILIES))
    common = {
        "id": name,
        "label": draw(st.sampled_from(["hammer", "dog", "x" * 400])),
        "prompt": "a sound",
        "family": family,
        "layer": draw(st.sampled_from(LAYERS)),
        "placement": draw(
            st.sampled_from(
                [
                    Placement(kind="screen", track_ids=("track_1",)),
                    Placement(kind="screen", x=0.3),
                    Placement(kind="diffuse"),
                    Placement(kind="offscreen", azimuth_deg=-90.0),
                ]
            )
        ),
        "origin": draw(st.sampled_from(["picture", "screenplay", "both", "craft"])),
        "mention_ids": tuple(draw(st.sets(st.sampled_from(["m1", "m2", "m3", "m4"]), max_size=2))),
        "evidence_ids": tuple(draw(st.sets(st.sampled_from(["i0", "i2", "b0", "track_1"]), max_size=2))),
        "intensity": draw(UNIT),
    }
    seconds = st.floats(0.0, latest_s - 1e-3) | st.sampled_from([1.0, 2.0, 3.5, 4.0, 7.0])
    if draw(st.booleans()):
        onsets = tuple(sorted(draw(st.sets(seconds, min_size=1, max_size=6))))
        strengths = tuple(draw(UNIT) for _ in onsets)
        return SoundEvent.model_validate(common | {"kind": "impulsive", "onsets_s": onsets, "strengths": strengths})
    edges = sorted(draw(st.sets(st.integers(0, round(10 * latest_s)), min_size=2, max_size=6)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    spans = tuple(Span(start_s=a / 10, end_s=b / 10) for a, b in pairs)
    return SoundEvent.model_validate(common | {"kind": "steady", "spans": spans})


def candidates(latest_s: float = CLIP_S) -> st.SearchStrategy[tuple[SoundEvent, ...]]:
    return st.tuples(*(st.none() | sounding(name, latest_s) for name in NAMES)).map(
        lambda events: tuple(e for e in events if e is not None)
    )


def findings(kinds: tuple[str, ...] = KINDS) -> st.SearchStrategy[Finding]:
    ids = st.sampled_from((*NAMES, "m1", "m2", "m3", "m4", "i0", "i2", "b0", "track_1", "scene_1", "nobody"))
    return st.builds(
        lambda kind, targets: Finding(kind=kind, severity="correctable", target_ids=tuple(targets), message="x" * 400),
        st.sampled_from(kinds),
        st.lists(ids, max_size=4, unique=True),
    )


def legal(events: tuple[SoundEvent, ...]) -> FoleyScript:
    """The events as a script that has been written and read: everything is validated again."""
    data = {"clip": EVIDENCE.clip, "shots": EVIDENCE.shots, "spaces": SPACES, "events": ()}
    whole = FoleyScript.model_validate(data).model_copy(update={"events": events})
    return FoleyScript.model_validate_json(whole.model_dump_json())


@FAST
@given(candidates(), st.lists(findings(), max_size=4))
def test_a_repaired_script_is_legal_and_in_order(events: tuple[SoundEvent, ...], held: list[Finding]) -> None:
    mended, notes = repair(events, held, BRIEF)
    assert legal(mended).events == mended
    assert len(notes) <= len(held)
    assert all(len(note) <= 400 for note in notes)
    if not held:
        assert mended == in_script_order(events)
        assert notes == []


@FAST
@given(candidates(), findings(SETTLING))
def test_a_repair_that_settles_is_done_once(events: tuple[SoundEvent, ...], held: Finding) -> None:
    once, _ = repair(events, [held], BRIEF)
    twice, notes = repair(once, [held], BRIEF)
    assert twice == once
    assert notes == []


@FAST
@given(candidates(latest_s=14.0))
def test_times_past_the_end_are_brought_inside(events: tuple[SoundEvent, ...]) -> None:
    late = Finding(kind="outside_clip", severity="correctable", target_ids=NAMES, message="late")
    mended, _ = repair(events, [late], BRIEF)
    legal(mended)
    kept = {t for e in events for t in e.onsets_s if t < CLIP_S}
    assert {t for e in mended for t in e.onsets_s} == kept


@FAST
@given(candidates())
def test_each_repair_answers_its_finding(events: tuple[SoundEvent, ...]) -> None:
    def finding(kind: str) -> Finding:
        return Finding.model_validate({"kind": kind, "severity": "correctable", "target_ids": NAMES, "message": kind})

    moved, _ = repair(events, [finding("wrong_layer")], BRIEF)
    assert all(e.layer == LEGAL_LAYERS[e.family][0] for e in moved)
    backed, _ = repair(events, [finding("unsupported")], BRIEF)
    assert all(supported(e, EVIDENCE).all() for e in backed if e.kind == "impulsive")
    counts = {"m1": 3, "m2": 2}
    counted, _ = repair(events, [finding("wrong_count")], BRIEF)
    for event in counted:
        wanted = sum(counts.get(m, 0) for m in event.mention_ids)
        if event.kind == "impulsive" and wanted:
            assert len(event.onsets_s) == wanted


@FAST
@given(candidates(), st.integers(2, 60))
def test_ids_become_unique_and_the_most_wanted_stay(events: tuple[SoundEvent, ...], times: int) -> None:
    crowd = [e for e in events for _ in range(times)]
    ordered = in_script_order(crowd)
    assert len({e.id for e in ordered}) == len(crowd)
    assert legal(ordered).events == ordered
    kept = most_wanted(crowd)
    assert len(kept) == min(len(crowd), MOST_EVENTS_A_SCENE)
    assert all(e in crowd for e in kept)
    first = SPACES[0]
    inside = sum(first.start_s <= e.in_s < first.end_s for e in kept)
    told = [line for line in crowded_scenes(kept, SPACES) if line.startswith(f"{first.scene_id} holds {inside} ")]
    assert len(told) == (inside >= MOST_EVENTS_A_SCENE)


@FAST
@given(candidates())
def test_a_score_is_a_share_that_its_worst_criterion_caps(events: tuple[SoundEvent, ...]) -> None:
    request = ScorerRequest(evidence=EVIDENCE, text=TEXT, screenplay=SCREENPLAY, spaces=SPACES, events=events)
    score = think(request)
    criteria = (score.correspondence, score.separation, score.tone)
    assert all(0.0 <= value <= 1.0 for value in (score.value, *criteria))
    assert score.value <= min(min(criteria) + HEADROOM, max(criteria)) + 1e-3
    assert think(request) == score
    assert check(request, score) == []
    known = {*NAMES, "m1", "m2", "m3", "m4", "scene_1", "track_1", "b0", "i0", "i1", "i2", "i3"}
    assert {t for f in score.findings for t in f.target_ids} <= known
    if not events:
        assert score.correspondence < 0.5
