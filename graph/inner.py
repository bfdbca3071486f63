"""How a graph runs inside a node of the job's graph: without checkpoints of its own.

Its state is models, which a checkpoint may not hold: a death in it repeats the node that it stands in. Compile it with
`checkpointer=False`, and invoke it with `inner_config`.
"""

from __future__ import annotations

from typing import Any


def inner_config(recursion_limit: int) -> Any:
    """The configuration of such a run.

    LangGraph hands the outer run's durability "sync" on and would wait for checkpoints that are never made; the
    parameter that is meant for it warns when there is no checkpointer, so the value is set where it is handed on.
    """
    return {"recursion_limit": recursion_limit, "configurable": {"__pregel_durability": "async"}}
