"""What the agents cost in time: a fixed job against a scripted server that takes a second for each answer.

Four shots, eight events, one text that the validator sends back, one script that is refined; depth is measured by a
scripted network that takes a quarter of a second a keyframe. The paper's chain took 98 s of agents for a clip of 3 s
(FoleyDesigner, supplement).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from foleydesigner.agents.served.records import CallRecord
from foleydesigner.agents.served.summary import calls_by_role, records_of
from foleydesigner.config import Settings
from foleydesigner.evals.bench.record import BenchRecord, Check
from foleydesigner.evals.faults.tiny import write_tiny_film
from foleydesigner.evals.puppets import depth
from foleydesigner.evals.puppets.answers import Puppet
from foleydesigner.evals.puppets.server import MODEL, ScriptedServer, serving
from foleydesigner.graph import run as jobs
from foleydesigner.graph.scripting import read_script
from foleydesigner.graph.trace_log import lines_of
from foleydesigner.job import JobFolder

SHOTS, EVENTS, LATENCY_S = 4, 8, 1.0
DEPTH_S = 0.25
WALL_S, IN_FLIGHT, BESIDE = 14.0, 3.0, 0.9
Interval = tuple[float, float]


def run(work: Path, latency_s: float = LATENCY_S) -> BenchRecord:
    """Run the job and read its calls."""
    began_s = time.monotonic()
    clip, screenplay = write_tiny_film(work / "film", SHOTS)
    puppet = Puppet(rejections=1, weak_scores=3, most_events=EVENTS)
    job = JobFolder(work / "job")
    with serving(ScriptedServer(puppet, latency_s)) as server, depth.measuring(DEPTH_S * latency_s):
        settings = Settings(minds="served", omni_url=server.url, omni_model=MODEL, depth_model=depth.NAME)
        jobs.design(clip, screenplay, job.root, settings)
    records, script = records_of(job), read_script(job)
    spans = intervals(records)
    wall_s, total_s = covered_s(spans), sum(end - start for start, end in spans)
    scale = latency_s / LATENCY_S
    depth_s, beside_s = side_by_side(job, "measure_depth", "describe")
    fallen = sum(record.answered_by == "house" for record in records)
    return BenchRecord(
        part="graph",
        command="foley bench graph --out graph.json",
        checks=(
            Check(name="wall time of calls", value=round(wall_s, 2), limit=WALL_S * scale, sense="at most", unit="s"),
            Check(name="calls in flight", value=round(total_s / wall_s, 2), limit=IN_FLIGHT, sense="at least"),
            Check(name="longest chain of calls", value=longest_chain(spans), limit=WALL_S, sense="at most"),
            Check(
                name="depth measured while the first text is written",
                value=round(beside_s / depth_s, 2),
                limit=BESIDE,
                sense="at least",
                note=f"{beside_s:.2f} of {depth_s:.2f} s",
            ),
            Check(name="events", value=len(script.events), limit=EVENTS, sense="at least"),
            Check(name="shots", value=len(script.shots), limit=SHOTS, sense="at least"),
            Check(name="answers by the house", value=fallen, limit=0, sense="at most"),
        ),
        details={"by_role": calls_by_role(records), "latency_s": latency_s, "sum_of_latencies_s": round(total_s, 2)},
        wall_s=round(time.monotonic() - began_s, 1),
    )


def intervals(records: Sequence[CallRecord]) -> list[Interval]:
    """(began, ended) of every request, seconds on one monotonic clock, by their ends."""
    turns = [turn for record in records for turn in record.turns]
    return sorted(((t.began_s, t.began_s + t.seconds) for t in turns), key=lambda span: span[1])


def covered_s(spans: Sequence[Interval]) -> float:
    """Seconds in which at least one request is under way: the measure of the union."""
    total_s, until_s = 0.0, float("-inf")
    for start_s, end_s in sorted(spans):
        total_s += max(0.0, end_s - max(start_s, until_s))
        until_s = max(until_s, end_s)
    return total_s


def longest_chain(spans: Sequence[Interval]) -> int:
    """The most requests of which each began after the one before had ended (interval scheduling by earliest end)."""
    count, until_s = 0, float("-inf")
    for start_s, end_s in sorted(spans, key=lambda span: span[1]):
        if start_s >= until_s - 1e-3:
            count, until_s = count + 1, end_s
    return count


def side_by_side(job: JobFolder, node: str, other: str) -> tuple[float, float]:
    """Seconds that a node of a job took, and those of them in which another one ran too."""
    spans = {line["name"]: (line["start_ns"], line["end_ns"]) for line in lines_of(job) if line["kind"] == "node"}
    (start_ns, end_ns), (from_ns, to_ns) = spans[node], spans[other]
    return (end_ns - start_ns) / 1e9, max(0, min(end_ns, to_ns) - max(start_ns, from_ns)) / 1e9


def table(record: BenchRecord) -> list[str]:
    """Calls, tokens and images a role, as lines for a terminal."""
    columns = ("questions", "requests", "by_house", "prompt_tokens", "answer_tokens", "images")
    lines = [f"{'role':22}" + "".join(f"{name.replace('_', ' '):>15}" for name in columns)]
    for role, row in record.details["by_role"].items():
        lines.append(f"{role:22}" + "".join(f"{row[name]:>15,}" for name in columns))
    return lines
