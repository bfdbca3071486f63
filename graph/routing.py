"""Pure edge functions: where a job goes after a node. Each returns names of nodes."""

from __future__ import annotations

from foleydesigner.graph.state import JobState

SPECIALISTS = ("specialise_reverberation", "specialise_equalisation", "specialise_dynamics")


def after_script_review(state: JobState) -> str:
    """A rejected script is written again under the new constraint."""
    return "write_script" if state.get("route") == "back" else "make_cues"


def after_takes_review(state: JobState) -> str:
    """Rejected takes are made again."""
    return "dispatch_takes" if state.get("route") == "back" else "analyse"


def after_plan(state: JobState) -> list[str]:
    """Takes that the planner cannot use are made again before the specialists work, side by side."""
    return ["dispatch_takes"] if state.get("route") == "back" else list(SPECIALISTS)


def after_mix_review(state: JobState) -> list[str]:
    """A rejected mix goes back to the specialists with the note; an edited one is mixed as it says."""
    route = state.get("route")
    if route == "back":
        return list(SPECIALISTS)
    return ["mix"] if route == "edited" else ["print_mixes"]
