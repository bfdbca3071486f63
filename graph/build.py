"""The wiring of a job, readable in one screen.

perceive ───────┬─ measure_depth ┐
read_screenplay ┴─ describe ⟲ ───┴─ write_script ⟲ ─ [review_script] ─ make_cues ─ make_take × n ─ [review_takes]
deliver ─ print_mixes ─ [review_mix] ─ mix ─ 3 specialists side by side ─ plan ─ analyse ──────────────┘
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from foleydesigner.graph import delivering, perception, printing, refinement, review_nodes, routing, scripting, takes
from foleydesigner.graph.services import Services
from foleydesigner.graph.stage import staged
from foleydesigner.graph.state import JobState

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph


def build_graph(checkpointer: BaseCheckpointSaver[Any] | None = None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The compiled state machine of one job; its context is `Services`."""
    from langgraph.graph import END, START, StateGraph

    graph = StateGraph(JobState, context_schema=Services)
    graph.add_node("perceive", staged("perceive", perception.perceive))
    graph.add_node("read_screenplay", perception.read_screenplay)
    graph.add_node("measure_depth", staged("depth", perception.measure_depth))
    graph.add_node("describe", staged("filmscribe", scripting.describe))
    graph.add_node("write_script", staged("script", scripting.write_script))
    graph.add_node("review_script", review_nodes.review_script)
    graph.add_node("make_cues", staged("cues", scripting.make_cues))
    graph.add_node("dispatch_takes", takes.dispatch_takes)
    graph.add_node("make_take", staged("takes", takes.make_take))
    graph.add_node("takes_done", takes.takes_done)
    graph.add_node("review_takes", review_nodes.review_takes)
    graph.add_node("analyse", staged("analyse", refinement.analyse))
    graph.add_node("plan", staged("plan", refinement.plan))
    for name in routing.SPECIALISTS:
        graph.add_node(name, staged("specialists", getattr(refinement, name)))
    graph.add_node("mix", staged("mix", refinement.mix))
    graph.add_node("review_mix", review_nodes.review_mix)
    graph.add_node("print_mixes", staged("print", printing.print_mixes))
    graph.add_node("deliver", staged("deliver", delivering.deliver))

    graph.add_edge(START, "perceive")
    graph.add_edge(START, "read_screenplay")
    graph.add_edge(["perceive", "read_screenplay"], "describe")
    # What is seen can be described before it is known how far away it is.
    graph.add_edge("perceive", "measure_depth")
    graph.add_edge(["describe", "measure_depth"], "write_script")
    graph.add_edge("write_script", "review_script")
    graph.add_conditional_edges("review_script", routing.after_script_review, ["write_script", "make_cues"])
    graph.add_edge("make_cues", "dispatch_takes")
    graph.add_conditional_edges("dispatch_takes", takes.fan_out, ["make_take", "takes_done"])
    graph.add_edge("make_take", "takes_done")
    graph.add_edge("takes_done", "review_takes")
    graph.add_conditional_edges("review_takes", routing.after_takes_review, ["dispatch_takes", "analyse"])
    graph.add_edge("analyse", "plan")
    graph.add_conditional_edges("plan", routing.after_plan, ["dispatch_takes", *routing.SPECIALISTS])
    graph.add_edge(list(routing.SPECIALISTS), "mix")
    graph.add_edge("mix", "review_mix")
    graph.add_conditional_edges("review_mix", routing.after_mix_review, [*routing.SPECIALISTS, "mix", "print_mixes"])
    graph.add_edge("print_mixes", "deliver")
    graph.add_edge("deliver", END)
    return graph.compile(checkpointer=checkpointer, name="foleydesigner")
