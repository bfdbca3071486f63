"""How a graph runs inside a node of the job's graph: without checkpoints of its own.

Its state is models, which a checkpoint may not hold: a death in it repeats the node that it stands in. Compile it with
`checkpointer=False`, and invoke it with `inner_config`.
"""

from __future__ import annotations

from typing import Any


def inner_config(recursion_limit: int, at_once: int | None = None) -> Any:
    """The configuration of such a run.

    Args:
        recursion_limit: super-steps at most.
        at_once: nodes that may run side by side; None = as many as in the graph around it.

    LangGraph hands the outer run's durability "sync" on and would wait for checkpoints that are never made; the
    parameter that is meant for it warns when there is no checkpointer, so the value is set where it is handed on.
    """
    config: dict[str, Any] = {"recursion_limit": recursion_limit, "configurable": {"__pregel_durability": "async"}}
    return config if at_once is None else config | {"max_concurrency": at_once}
