"""Captions of a dataset by the model that the settings name; what it cannot write comes from the template."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from foleydesigner.errors import ConfigurationError

if TYPE_CHECKING:
    from foleydesigner.tools.place_words import ClipFacts

_CALLS, _TOKENS = 100_000, 10**9


@contextlib.contextmanager
def served_writer(folder: Path) -> Iterator[Callable[[ClipFacts], tuple[str, str]]]:
    """A caption writer that asks the server; every exchange is kept under `folder`, and not asked twice.

    Raises:
        ConfigurationError: the settings name no server for text.
    """
    from foleydesigner.agents.served.captioner import ROLE
    from foleydesigner.agents.served.desk import Desk
    from foleydesigner.agents.served.mind import served_mind
    from foleydesigner.cli import make_settings
    from foleydesigner.job import JobFolder

    # A dataset asks as often as it has clips: the budget of a film's job is not meant for it.
    settings = make_settings().model_copy(update={"call_budget": _CALLS, "token_budget": _TOKENS})
    desk = Desk(JobFolder(folder), settings)
    try:
        if "text" not in desk.endpoints:
            raise ConfigurationError(
                "no server for text", "FOLEY_TEXT_URL or FOLEY_OMNI_URL, and the model", "or --captions template"
            )
        mind = served_mind(ROLE, desk)

        def write(facts: ClipFacts) -> tuple[str, str]:
            reply = mind.invoke(facts)
            return reply.caption, reply.caption_by

        yield write
    finally:
        desk.close()
