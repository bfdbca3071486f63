"""Algorithm 1 without its agents: which nodes are made next, which are kept, when the search ends, who wins.

Pure functions over candidates, so that the policy can be read and tested apart from whatever runs it. Rounds go level
by level:

1. round one expands the root (script S and text T) into n children of depth 1;
2. after each round, a node with s >= tau ends the search at once; else every level is pruned to its top k;
3. each kept node that was not tried yet is refined (children one level down) when its faults are correctable, or
regenerated
   (siblings on its own level, under one more constraint for each fault) when they are fundamental;
4. the search ends at s >= tau, when only nodes beyond D_max could follow, when the branch budget is spent, or when no
kept node has
   a fault left that could be answered. Then the best node ever seen wins, pruned or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from foleydesigner.config import Settings
from foleydesigner.search import Candidate, Constraint, Emphasis, Score

EMPHASES: tuple[Emphasis, ...] = get_args(Emphasis)
End = Literal["threshold", "depth", "budget", "exhausted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPolicy:
    """Bounds of the search.

    Attributes:
        threshold: tau; a node that reaches it ends the search.
        children: n, nodes made from one.
        keep: k, nodes kept a level.
        max_depth: D_max.
        budget: nodes made in all.
        fundamental_below: a criterion under this makes a node's failure fundamental.
    """

    threshold: float
    children: int
    keep: int
    max_depth: int
    budget: int
    fundamental_below: float

    @classmethod
    def from_settings(cls, settings: Settings) -> SearchPolicy:
        """The policy that a job's settings describe."""
        return cls(
            threshold=settings.search_threshold,
            children=settings.search_children,
            keep=settings.search_keep,
            max_depth=settings.search_depth,
            budget=settings.search_budget,
            fundamental_below=settings.fundamental_below,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A node to be made: `source_id` is what it answers (None = the root), `parent_id` where it hangs."""

    id: str
    parent_id: str | None
    source_id: str | None
    depth: int
    mode: Literal["expand", "refine", "regenerate"]
    emphasis: Emphasis
    constraints: tuple[Constraint, ...]
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """After a round: the next proposals or the reason to end; `kept_ids` are the nodes that survived pruning."""

    kept_ids: frozenset[str]
    proposals: tuple[Proposal, ...] = ()
    ended: End | None = None


def first_round(policy: SearchPolicy, constraints: tuple[Constraint, ...] = ()) -> tuple[Proposal, ...]:
    """The root's n children, each grounded in another principle first."""
    return tuple(
        Proposal(
            id=_name(index),
            parent_id=None,
            source_id=None,
            depth=1,
            mode="expand",
            emphasis=EMPHASES[(index + 1) % len(EMPHASES)],
            constraints=constraints,
            index=index,
        )
        for index in range(min(policy.children, policy.budget))
    )


def next_round(policy: SearchPolicy, candidates: Sequence[Candidate], tried: frozenset[str]) -> Decision:
    """What to do after a round.

    Args:
        policy: the bounds.
        candidates: every node made so far, scored, in the order of their making.
        tried: ids of nodes that were refined or regenerated already.
    """
    kept = prune(policy, candidates)
    if any(value_of(c) >= policy.threshold for c in candidates):
        return Decision(kept_ids=kept, ended="threshold")
    room = policy.budget - len(candidates)
    if room <= 0:
        return Decision(kept_ids=kept, ended="budget")
    proposals: list[Proposal] = []
    too_deep = False
    for node in sorted((c for c in candidates if c.id in kept and c.id not in tried), key=_rank):
        remedy = remedy_for(policy, node, candidates)
        if remedy is None:
            continue
        if remedy == "refine" and node.depth >= policy.max_depth:
            too_deep = True
            continue
        for index in range(policy.children):
            proposals.append(_follow(node, remedy, index, len(candidates) + len(proposals)))
    if not proposals:
        return Decision(kept_ids=kept, ended="depth" if too_deep else "exhausted")
    return Decision(kept_ids=kept, proposals=tuple(proposals[:room]))


def remedy_for(
    policy: SearchPolicy, node: Candidate, candidates: Sequence[Candidate]
) -> Literal["refine", "regenerate"] | None:
    """Refine what is correctable, regenerate what is fundamentally wrong; None when nothing is left to answer.

    A node that came out equal to the one it was made from has had its chance: the agents have no other answer to its
    faults.
    """
    score = node.score
    if score is None or not score.findings:
        return None
    twins = (c for c in candidates if c.id != node.id and c.events == node.events)
    if any(_rank(twin) < _rank(node) for twin in twins):
        return None
    worst = min(score.correspondence, score.separation, score.tone)
    fundamental = any(f.severity == "fundamental" for f in score.findings)
    return "regenerate" if fundamental or worst < policy.fundamental_below else "refine"


def _follow(node: Candidate, remedy: Literal["refine", "regenerate"], index: int, number: int) -> Proposal:
    constraints = node.constraints
    if remedy == "regenerate" and node.score is not None:
        grave = [f for f in node.score.findings if f.severity == "fundamental"] or list(node.score.findings)
        learned = tuple(Constraint(origin="scorer", message=f.message, finding_kind=f.kind) for f in grave[:8])
        constraints = (*constraints, *(c for c in learned if c not in constraints))
    turn = EMPHASES.index(node.emphasis)
    return Proposal(
        id=_name(number),
        parent_id=node.id if remedy == "refine" else node.parent_id,
        source_id=node.id,
        depth=node.depth + 1 if remedy == "refine" else node.depth,
        mode=remedy,
        emphasis=node.emphasis if remedy == "refine" else EMPHASES[(turn + index + 1) % len(EMPHASES)],
        constraints=constraints,
        index=index,
    )


def prune(policy: SearchPolicy, candidates: Sequence[Candidate]) -> frozenset[str]:
    """Ids of the top k nodes of every level; of equal ones the earlier."""
    levels: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        levels.setdefault(candidate.depth, []).append(candidate)
    return frozenset(c.id for level in levels.values() for c in sorted(level, key=_rank)[: policy.keep])


def winner(candidates: Sequence[Candidate]) -> Candidate:
    """The best node ever seen; of equal ones the earliest."""
    return min(candidates, key=_rank)


def value_of(candidate: Candidate) -> float:
    """s(v); a node that was not scored counts as worst."""
    score: Score | None = candidate.score
    return score.value if score is not None else -1.0


def _rank(candidate: Candidate) -> tuple[float, str]:
    return -value_of(candidate), candidate.id


def _name(number: int) -> str:
    return f"n{number + 1:03d}"
