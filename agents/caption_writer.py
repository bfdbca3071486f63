"""The caption writer: one sentence that says what a dataset's clip is, where it is and in what space."""

from __future__ import annotations

from collections.abc import Sequence

from foleydesigner.model import Line, Model
from foleydesigner.text import Finding
from foleydesigner.tools.place_words import ClipFacts, from_template, problems

ROLE = "caption_writer"


class CaptionReply(Model):
    """One sentence, and who wrote it: "template", or the model's name."""

    caption: Line
    caption_by: Line


def think(request: ClipFacts) -> CaptionReply:
    """The house mind: a template."""
    return CaptionReply(caption=from_template(request, len(request.sound)), caption_by="template")


def check(request: ClipFacts, reply: CaptionReply) -> Sequence[Finding]:
    """Whether the caption says the facts and no others."""
    return [
        Finding(kind="unsupported", severity="correctable", message=problem)
        for problem in problems(reply.caption, request)
    ]
