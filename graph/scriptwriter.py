"""FoleyScriptWriter: Tree-of-Thought search for the Foley script (Algorithm 1) as a state graph.

```
plan ─► branch (one a proposal, in parallel: expand, then score) ─► decide ─► end
                     ▲                                                │ proposals
                     └────────────────────────────────────────────────┘
```
Which nodes are made, kept and tried is decided by `graph.search_policy`; here it is only wired.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from langchain_core.runnables import Runnable

from foleydesigner.agents.cast import Cast, house_cast
from foleydesigner.agents.constraints import unread_notes
from foleydesigner.agents.script_drafting import crowded_scenes
from foleydesigner.agents.script_expander import ExpanderReply, ExpanderRequest
from foleydesigner.agents.script_scorer import ScorerRequest
from foleydesigner.agents.spaces import place_scenes
from foleydesigner.config import Settings
from foleydesigner.evidence import PictureEvidence
from foleydesigner.graph.inner import inner_config
from foleydesigner.graph.search_policy import End, Proposal, SearchPolicy, first_round, next_round, winner
from foleydesigner.screenplay import Screenplay
from foleydesigner.script import FoleyScript, SceneSpace
from foleydesigner.search import Candidate, Constraint, Score, SearchRecord
from foleydesigner.text import StructuredText

if TYPE_CHECKING:
    from langgraph.graph.state import CompiledStateGraph

Progress = Callable[[int, int], None]
"""Told after every round how many candidates were made, of how many at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterBrief:
    """The root of the tree: script S and text T with what belongs to them."""

    evidence: PictureEvidence
    text: StructuredText
    screenplay: Screenplay
    spaces: tuple[SceneSpace, ...]
    constraints: tuple[Constraint, ...] = ()
    seed: int = 0


def merge_candidates(left: dict[str, Candidate], right: dict[str, Candidate]) -> dict[str, Candidate]:
    """Reducer: nodes by id; a branch that runs twice writes the same node again."""
    return left | right


class SearchState(TypedDict):
    """The tree so far, and what is to be made next."""

    nodes: Annotated[dict[str, Candidate], merge_candidates]
    proposals: tuple[Proposal, ...]
    tried: frozenset[str]
    kept: frozenset[str]
    ended: End | None


class _Branch(TypedDict):
    """What one parallel branch is sent."""

    proposal: Proposal
    source: Candidate | None


def build_scriptwriter(
    brief: WriterBrief,
    policy: SearchPolicy,
    expander: Runnable[ExpanderRequest, ExpanderReply],
    scorer: Runnable[ScorerRequest, Score],
    progress: Progress | None = None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The compiled search; its final state holds every node, which of them were kept, and why it ended."""
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Send

    def plan(state: SearchState) -> dict[str, Any]:
        return {"proposals": first_round(policy, brief.constraints)}

    def fan_out(state: SearchState) -> list[Any] | str:
        if state["ended"] is not None:
            return END
        nodes = state["nodes"]
        return [Send("branch", {"proposal": p, "source": nodes.get(p.source_id or "")}) for p in state["proposals"]]

    def branch(state: _Branch) -> dict[str, Any]:
        node = make_candidate(brief, state["proposal"], state["source"], expander, scorer)
        return {"nodes": {node.id: node}}

    def decide(state: SearchState) -> dict[str, Any]:
        nodes = in_order(state["nodes"])
        tried = state["tried"] | {p.source_id for p in state["proposals"] if p.source_id is not None}
        if progress is not None:
            progress(len(nodes), policy.budget)
        decision = next_round(policy, nodes, tried)
        return {"proposals": decision.proposals, "tried": tried, "kept": decision.kept_ids, "ended": decision.ended}

    graph = StateGraph(SearchState)
    graph.add_node("plan", plan)
    graph.add_node("branch", branch)
    graph.add_node("decide", decide)
    graph.add_edge(START, "plan")
    graph.add_conditional_edges("plan", fan_out, ["branch", END])
    graph.add_edge("branch", "decide")
    graph.add_conditional_edges("decide", fan_out, ["branch", END])
    return graph.compile(checkpointer=False, name="scriptwriter")


def make_candidate(
    brief: WriterBrief,
    proposal: Proposal,
    source: Candidate | None,
    expander: Runnable[ExpanderRequest, ExpanderReply],
    scorer: Runnable[ScorerRequest, Score],
) -> Candidate:
    """One node: the expander's reply to a proposal, scored."""
    reply = expander.invoke(
        ExpanderRequest(
            evidence=brief.evidence,
            text=brief.text,
            screenplay=brief.screenplay,
            spaces=brief.spaces,
            emphasis=proposal.emphasis,
            mode=proposal.mode,
            parent=source,
            constraints=proposal.constraints,
            seed=brief.seed,
            index=proposal.index,
        )
    )
    score = scorer.invoke(
        ScorerRequest(
            evidence=brief.evidence,
            text=brief.text,
            screenplay=brief.screenplay,
            spaces=brief.spaces,
            constraints=proposal.constraints,
            events=reply.events,
        )
    )
    return Candidate(
        id=proposal.id,
        parent_id=proposal.parent_id,
        depth=proposal.depth,
        made_by=proposal.mode,
        emphasis=proposal.emphasis,
        constraints=proposal.constraints,
        events=reply.events,
        score=score,
        notes=reply.notes,
    )


def in_order(nodes: dict[str, Candidate]) -> list[Candidate]:
    """Nodes in the order in which they were proposed, whichever branch came back first."""
    return [nodes[name] for name in sorted(nodes)]


def run_search(
    brief: WriterBrief,
    policy: SearchPolicy,
    expander: Runnable[ExpanderRequest, ExpanderReply],
    scorer: Runnable[ScorerRequest, Score],
    progress: Progress | None = None,
    at_once: int | None = None,
) -> SearchRecord:
    """The whole search, every candidate, score and decision kept; `at_once` branches side by side."""
    search = build_scriptwriter(brief, policy, expander, scorer, progress)
    start: SearchState = {"nodes": {}, "proposals": (), "tried": frozenset(), "kept": frozenset(), "ended": None}
    final = search.invoke(start, inner_config(2 * policy.budget + 10, at_once))
    nodes = in_order(final["nodes"])
    return SearchRecord(
        threshold=policy.threshold,
        children=policy.children,
        keep=policy.keep,
        max_depth=policy.max_depth,
        branch_budget=policy.budget,
        candidates=tuple(n.model_copy(update={"kept": n.id in final["kept"]}) for n in nodes),
        winner_id=winner(nodes).id,
        ended=final["ended"],
    )


def write_script(
    evidence: PictureEvidence,
    text: StructuredText,
    screenplay: Screenplay,
    settings: Settings,
    constraints: tuple[Constraint, ...] = (),
    progress: Progress | None = None,
    cast: Cast | None = None,
) -> tuple[FoleyScript, SearchRecord]:
    """The verified Foley script and how it was found.

    Args:
        evidence: the picture.
        text: T of the FilmScribe loop.
        screenplay: S; one scene without mentions when there is none.
        settings: thresholds and seed.
        constraints: reviewers' notes of earlier rounds.
        progress: told after each round.
        cast: who expands and scores; None = the house.

    Raises:
        AgentError: a reply failed its role's own checks.
    """
    spaces = place_scenes(evidence, screenplay)
    brief = WriterBrief(
        evidence=evidence, text=text, screenplay=screenplay, spaces=spaces, constraints=constraints, seed=settings.seed
    )
    policy = SearchPolicy.from_settings(settings)
    cast = cast or house_cast()
    # One thread more than questions, since the one that waits for the branches counts too.
    at_once = cast.in_flight + 1 if cast.desk is not None else None
    record = run_search(brief, policy, cast.expander, cast.scorer, progress, at_once)
    best = next(c for c in record.candidates if c.id == record.winner_id)
    found = best.score.findings if best.score is not None else ()
    open_findings = [
        *unread_notes(best.events, constraints),
        *crowded_scenes(best.events, spaces),
        *(f.message for f in (*found, *text.open_findings)),
    ]
    script = FoleyScript(
        clip=evidence.clip,
        shots=evidence.shots,
        spaces=spaces,
        events=best.events,
        score=best.score.value if best.score is not None else 0.0,
        open_findings=tuple(dict.fromkeys(open_findings)),
    )
    return script, record
