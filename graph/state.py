"""What the state machine carries: names and numbers. Audio, frames and models live in the job folder.

No path is kept here: a job folder may be copied, and a clip may move (`services.Services`).
"""

from __future__ import annotations

from operator import add
from typing import Annotated, Any, TypedDict


def merged(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Reducer: keys of both, the later writer wins."""
    return {**left, **right}


class JobState(TypedDict, total=False):
    """State of one job. Plain data only, so that a checkpoint can be read by any version and holds no pickle."""

    settings: dict[str, Any]
    """`Settings.model_dump()`."""
    constraints: Annotated[list[dict[str, Any]], add]
    """Reviewers' notes on the script, as `search.Constraint`."""
    decisions: Annotated[list[dict[str, Any]], add]
    """Every reviewer's answer, in order."""
    event_ids: list[str]
    """Events to be made or made, in the order of the script."""
    pending_takes: list[str]
    """Events whose take is asked for now."""
    take_total: int
    """How many takes are asked for in this round (for whoever draws progress)."""
    take_rounds: Annotated[dict[str, int], merged]
    """How often an event has been made again; part of its seed."""
    take_orders: Annotated[dict[str, dict[str, Any]], merged]
    """What a reviewer asked of an event's take: `engine` or `recording`, and `seed_round`, an earlier round whose seed
    `for_round` is made with."""
    takes: Annotated[dict[str, str], merged]
    """Engine that made each event's take."""
    retake_offered: bool
    """True once the planner has had its one chance to ask for takes again."""
    mix_notes: Annotated[list[str], add]
    """Reviewers' notes on the mix."""
    mix_edit: dict[str, Any] | None
    """Settings that a reviewer wrote, as `mix.MixSettings`; they take the place of the specialists'."""
    reverbs: list[dict[str, Any]]
    equalisers: list[dict[str, Any]]
    dynamics: list[dict[str, Any]]
    """The three specialists' settings."""
    warnings: Annotated[list[str], add]
    """What could not be delivered."""
    route: str
    """Where the last review sends the job: "on" or "back"."""
