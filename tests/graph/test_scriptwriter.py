"""Algorithm 1 with scripted agents: every way to go on and every way to end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from film_cases import WORDLESS, blows, film, mention, play, track
from langchain_core.runnables import RunnableLambda

from foleydesigner.agents.script_expander import ExpanderReply, ExpanderRequest
from foleydesigner.agents.script_scorer import ScorerRequest
from foleydesigner.agents.spaces import place_scenes
from foleydesigner.config import Settings
from foleydesigner.evidence import PictureEvidence
from foleydesigner.graph.filmscribe import write_structured_text
from foleydesigner.graph.scriptwriter import WriterBrief, run_search, write_script
from foleydesigner.graph.search_policy import SearchPolicy, first_round, next_round, prune, winner
from foleydesigner.screenplay import Screenplay
from foleydesigner.script import FoleyScript, Placement, SoundEvent
from foleydesigner.search import Candidate, Constraint, Score, SearchRecord
from foleydesigner.text import Finding, StructuredText

FILM = film(5.0, impacts=blows([1.0, 2.0]))
POLICY = SearchPolicy(threshold=0.9, children=2, keep=1, max_depth=3, budget=20, fundamental_below=0.5)
MINOR = Finding(kind="ambiguous", severity="correctable", message="minor")
GRAVE = Finding(kind="incoherent", severity="fundamental", message="grave")


def event(number: int) -> SoundEvent:
    return SoundEvent(
        id=f"e{number}", label=str(number), prompt="p", family="impact", layer="props", kind="impulsive",
        onsets_s=(1.0,), strengths=(1.0,), origin="picture", placement=Placement(kind="screen", x=0.5),
    )  # fmt: skip


def node(
    name: str, value: float, depth: int = 1, *, findings: tuple[Finding, ...] = (MINOR,), **more: object
) -> Candidate:
    score = Score(value=value, correspondence=value, separation=value, tone=value, findings=findings)
    given: dict[str, object] = {
        "id": name, "depth": depth, "made_by": "expand", "emphasis": "semantic_alignment",
        "events": (event(int(name[1:])),), "score": score,
    }  # fmt: skip
    return Candidate.model_validate(given | more)


def search(
    values: Callable[[int], float], policy: SearchPolicy = POLICY, finding: Finding | None = MINOR
) -> tuple[SearchRecord, list[ExpanderRequest]]:
    """Run the search; the n-th distinct candidate (in order of id) scores values(n)."""
    asked: list[ExpanderRequest] = []

    def expand(request: ExpanderRequest) -> ExpanderReply:
        asked.append(request)
        source = int(request.parent.id[1:]) if request.parent else 0
        return ExpanderReply(events=(event(100 * source + request.index + 1),))

    def judge(request: ScorerRequest) -> Score:
        value = values(int(request.events[0].id[1:]))
        findings = (finding,) if finding else ()
        return Score(value=value, correspondence=value, separation=value, tone=value, findings=findings)

    brief = WriterBrief(
        evidence=FILM, text=StructuredText(shots=(), specs=()), screenplay=WORDLESS, spaces=place_scenes(FILM, WORDLESS)
    )
    return run_search(brief, policy, RunnableLambda(expand), RunnableLambda(judge)), asked


def test_it_stops_at_once_at_the_threshold() -> None:
    record, asked = search(lambda n: 0.95 if n == 2 else 0.3)
    assert record.ended == "threshold"
    assert record.winner_id == "n002"
    assert len(asked) == POLICY.children


def test_it_stops_beyond_the_greatest_depth() -> None:
    record, _ = search(lambda n: 0.6)
    assert record.ended == "depth"
    assert max(c.depth for c in record.candidates) == POLICY.max_depth
    assert {c.made_by for c in record.candidates} == {"expand", "refine"}


def test_it_stops_when_the_budget_is_spent() -> None:
    policy = SearchPolicy(threshold=0.9, children=2, keep=2, max_depth=9, budget=7, fundamental_below=0.5)
    record, asked = search(lambda n: 0.6, policy)
    assert record.ended == "budget"
    assert len(asked) == len(record.candidates) == 7


def test_it_stops_when_nothing_is_left_to_answer() -> None:
    record, _ = search(lambda n: 0.6, finding=None)
    assert record.ended == "exhausted"
    assert len(record.candidates) == POLICY.children


def test_correctable_faults_make_children_and_fundamental_ones_siblings() -> None:
    first = (node("n001", 0.7), node("n002", 0.6))
    refined = next_round(POLICY, first, frozenset()).proposals
    assert {(p.mode, p.parent_id, p.depth) for p in refined} == {("refine", "n001", 2)}
    spoiled = (node("n001", 0.7, findings=(GRAVE,)), node("n002", 0.6))
    again = next_round(POLICY, spoiled, frozenset()).proposals
    assert {(p.mode, p.parent_id, p.source_id, p.depth) for p in again} == {("regenerate", None, "n001", 1)}
    assert again[0].constraints == (Constraint(origin="scorer", message="grave", finding_kind="incoherent"),)
    assert {p.emphasis for p in again}.isdisjoint({"semantic_alignment"}) or len({p.emphasis for p in again}) > 1


def test_a_criterion_under_the_bound_is_fundamental() -> None:
    weak = (node("n001", 0.4),)
    assert {p.mode for p in next_round(POLICY, weak, frozenset()).proposals} == {"regenerate"}


def test_every_level_is_pruned_to_its_best() -> None:
    tree = (node("n001", 0.7), node("n002", 0.8), node("n003", 0.8), node("n004", 0.5, 2), node("n005", 0.6, 2))
    assert prune(POLICY, tree) == {"n002", "n005"}


def test_the_best_node_wins_even_when_it_was_tried_or_pruned() -> None:
    record, _ = search(lambda n: 0.8 if n == 1 else 0.6)
    assert record.winner_id == "n001"
    assert winner((node("n001", 0.5), node("n002", 0.8), node("n003", 0.8))).id == "n002"
    pruned_tie = next(c for c in record.candidates if c.id == "n002")
    assert pruned_tie.kept is False


def test_a_node_is_tried_once_and_a_twin_of_a_better_one_never() -> None:
    tree = (node("n001", 0.7), node("n002", 0.6, 2, parent_id="n001"))
    assert {p.source_id for p in next_round(POLICY, tree, frozenset({"n001"})).proposals} == {"n002"}
    twin = tree[1].model_copy(update={"events": tree[0].events})
    assert next_round(POLICY, (tree[0], twin), frozenset({"n001"})).ended == "exhausted"


def test_the_first_round_rests_on_all_principles_and_keeps_constraints() -> None:
    note = Constraint(origin="reviewer", message="no rain")
    policy = SearchPolicy(threshold=0.9, children=3, keep=1, max_depth=3, budget=20, fundamental_below=0.5)
    made = first_round(policy, (note,))
    assert len({p.emphasis for p in made}) == 3
    assert all(p.constraints == (note,) for p in made)
    assert [p.id for p in made] == ["n001", "n002", "n003"]


def test_the_house_minds_write_a_script_and_repeat_themselves() -> None:
    words = play(mention("m1", "anvil", "impact", layer="props", repeated=True), interior=False)
    (*_, text) = write_structured_text(FILM, Settings())
    told: list[tuple[int, int]] = []
    script, record = write_script(FILM, text, words, Settings(), progress=lambda done, most: told.append((done, most)))
    assert record.ended == "threshold"
    assert told[-1] == (len(record.candidates), Settings().search_budget)
    assert next(e for e in script.events if e.mention_ids).onsets_s == (1.0, 2.0)
    assert script.score >= Settings().search_threshold
    assert write_script(FILM, text, words, Settings()) == (script, record)
    assert SearchRecord.model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize(("note", "left"), [("no anvil", 0), ("I do not like it", 1)])
def test_reviewers_notes_are_kept_or_stay_open(note: str, left: int) -> None:
    words = play(mention("m1", "anvil", "impact", layer="props", repeated=True), interior=False)
    (*_, text) = write_structured_text(FILM, Settings())
    script, record = write_script(FILM, text, words, Settings(), (Constraint(origin="reviewer", message=note),))
    assert sum(bool(e.mention_ids) for e in script.events) == left
    assert any(note in f for f in script.open_findings) == bool(left)
    assert record.candidates[0].constraints[0].message == note


def run_house(evidence: PictureEvidence, words: Screenplay) -> tuple[FoleyScript, SearchRecord]:
    (*_, text) = write_structured_text(evidence, Settings())
    return write_script(evidence, text, words, STRICT)


STRICT = Settings(search_threshold=0.99)
"""So high that a draft with any open fault is answered."""


def made_by(record: SearchRecord) -> set[str]:
    return {c.made_by for c in record.candidates}


def test_two_sounds_of_one_name_are_told_apart_by_refining() -> None:
    """Two drummers of one word: the draft calls both alike; its refined child says which is which."""
    evidence = film(
        6.0,
        tracks=[track("a", 0.0, 6.0, x=(0.2, 0.2)), track("b", 0.0, 6.0, x=(0.8, 0.8))],
        impacts=[
            *blows([1.0, 3.0], x=0.2, track_id="a", prefix="a"),
            *blows([2.0, 4.0], x=0.8, track_id="b", prefix="b"),
        ],
    )
    words = play(
        mention("m1", "snare", "percussion", direction="left", count=2),
        mention("m2", "snare", "percussion", direction="right", count=2),
    )
    script, record = run_house(evidence, words)
    first = record.candidates[0]
    assert first.score is not None
    assert "ambiguous" in {f.kind for f in first.score.findings}
    assert "refine" in made_by(record)
    assert script.score > first.score.value
    labels = [e.label for e in script.events if e.family == "percussion"]
    assert len(labels) == len(set(labels)) == 2
    assert {e.onsets_s for e in script.events if e.family == "percussion"} == {(1.0, 3.0), (2.0, 4.0)}


def test_a_blow_that_no_word_explains_is_refined_into_the_script() -> None:
    """Counted knocks and one hard blow beside them, too near to a knock to be drafted: a refined child sounds it."""
    evidence = film(
        5.0,
        tracks=[track("h", 0.0, 5.0, x=(0.2, 0.2)), track("g", 0.0, 5.0, x=(0.8, 0.8))],
        impacts=[*blows([1.0, 3.0], x=0.2, track_id="h"), *blows([4.2], [0.55], x=0.8, track_id="g", prefix="g")],
    )
    words = play(mention("m1", "knock", "door", layer="props", count=2, direction="left"))
    script, record = run_house(evidence, words)
    first = record.candidates[0]
    assert first.score is not None
    assert "missing" in {f.kind for f in first.score.findings}
    assert "refine" in made_by(record)
    assert script.score > first.score.value
    assert {1.0, 3.0, 4.2} <= {t for e in script.events for t in e.onsets_s}


def test_a_sound_on_the_wrong_side_is_regenerated_by_reading_the_picture_another_way() -> None:
    """All that stands out moves on the right, the words say left: no adjustment mends that, another reading does."""
    evidence = film(
        6.0,
        tracks=[
            track("right", 0.0, 6.0, x=(0.8, 0.8), speed=0.6, width=0.4, height=0.5, steadiness=0.9),
            track("left", 0.0, 6.0, x=(0.2, 0.2), speed=0.05, width=0.08, height=0.08, steadiness=0.2),
        ],
    )
    words = play(mention("m1", "mill", "mechanism", kind="steady", direction="left", size="large"), interior=False)
    script, record = run_house(evidence, words)
    first = record.candidates[0]
    assert first.score is not None
    assert ("wrong_place", "fundamental") in {(f.kind, f.severity) for f in first.score.findings}
    assert "regenerate" in made_by(record)
    assert script.score > first.score.value
    (mill,) = (e for e in script.events if e.mention_ids)
    assert mill.placement.track_ids == ()
    assert mill.placement.x is not None
    assert mill.placement.x < 0.37
