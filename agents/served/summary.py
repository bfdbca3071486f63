"""What a job's models were asked, what it cost, and where the house had to answer for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from foleydesigner.agents.served.records import CallRecord, all_records
from foleydesigner.job import JobFolder


def calls_by_role(records: Sequence[CallRecord]) -> dict[str, dict[str, int]]:
    """Questions, requests, answers by the house, tokens and images of each role."""
    table: dict[str, dict[str, int]] = {}
    for record in records:
        row = table.setdefault(
            record.role,
            dict.fromkeys(("questions", "requests", "by_house", "prompt_tokens", "answer_tokens", "images"), 0),
        )
        row["questions"] += 1
        row["requests"] += len(record.turns)
        row["by_house"] += record.answered_by == "house"
        row["prompt_tokens"] += sum(turn.prompt_tokens for turn in record.turns)
        row["answer_tokens"] += sum(turn.answer_tokens for turn in record.turns)
        row["images"] += record.images * len(record.turns)
    return dict(sorted(table.items()))


def by_house_in_words(records: Sequence[CallRecord]) -> str:
    """One line for a person on the questions that the house answered in a model's place; empty when there is none."""
    fallen = [record for record in records if record.answered_by == "house"]
    if not fallen:
        return ""
    counts = Counter(record.role for record in fallen)
    reasons = Counter(record.reason.partition(":")[0] for record in fallen)
    roles = ", ".join(f"{role.replace('_', ' ')} {count}" for role, count in sorted(counts.items()))
    why = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
    return (
        f"the house mind answered {len(fallen)} of {len(records)} questions in a model's place ({roles}; {why}); "
        "every exchange is in the job's calls folder"
    )


def records_of(job: JobFolder) -> tuple[CallRecord, ...]:
    """All records of a job."""
    return tuple(all_records(job))
