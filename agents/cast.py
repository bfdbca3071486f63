"""Who plays the ten roles of a job: the house, or models where there are servers for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from foleydesigner.agents import (
    dynamics,
    equalisation,
    filmscribe_validator,
    filmscribe_writer,
    mixing_planner,
    reverberation,
    script_expander,
    script_scorer,
    source_localiser,
    track_listener,
)
from foleydesigner.config import Settings
from foleydesigner.errors import ConfigurationError
from foleydesigner.job import JobFolder

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from foleydesigner.agents.served.desk import Desk

Request = TypeVar("Request")
Reply = TypeVar("Reply")

ROLES = (
    "filmscribe_writer", "filmscribe_validator", "script_expander", "script_scorer", "source_localiser",
    "track_listener", "mixing_planner", "reverberation", "equalisation", "dynamics",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Cast:
    """One mind a role.

    Attributes:
        writer, validator, expander, scorer, localiser, listener, planner, reverberation, equalisation, dynamics: the
            roles.
        played_by: "house", or the model's name, by role.
        in_flight: questions that may be under way at once; 1 for the house, which thinks on this machine.
        desk: where questions go out; None when nobody asks.
    """

    writer: Runnable[Any, Any]
    validator: Runnable[Any, Any]
    expander: Runnable[Any, Any]
    scorer: Runnable[Any, Any]
    localiser: Runnable[Any, Any]
    listener: Runnable[Any, Any]
    planner: Runnable[Any, Any]
    reverberation: Runnable[Any, Any]
    equalisation: Runnable[Any, Any]
    dynamics: Runnable[Any, Any]
    played_by: dict[str, str] = field(default_factory=lambda: dict.fromkeys(ROLES, "house"))
    in_flight: int = 1
    desk: Desk | None = None

    def ask_all(
        self,
        mind: Runnable[Request, Reply],
        requests: Sequence[Request],
        step: Callable[[int, int], None] = lambda done, total: None,
    ) -> list[Reply]:
        """Replies to many requests, in their order; asked at once where that is quicker.

        Args:
            mind: who is asked.
            requests: what.
            step: told of (done, total).
        """
        replies: dict[int, Reply] = {}
        for number, reply in mind.batch_as_completed(requests, {"max_concurrency": self.in_flight}):
            replies[number] = reply
            step(len(replies), len(requests))
        return [replies[number] for number in range(len(requests))]

    def stop(self) -> None:
        """Give up the questions that are under way; who waits for one gets an error."""
        if self.desk is not None:
            self.desk.stop()

    def close(self) -> None:
        """End connections and threads."""
        if self.desk is not None:
            self.desk.close()


def house_cast() -> Cast:
    """Everything by craft rules."""
    return Cast(
        writer=filmscribe_writer.house(),
        validator=filmscribe_validator.house(),
        expander=script_expander.house(),
        scorer=script_scorer.house(),
        localiser=source_localiser.house(),
        listener=track_listener.house(),
        planner=mixing_planner.house(),
        reverberation=reverberation.house(),
        equalisation=equalisation.house(),
        dynamics=dynamics.house(),
    )


def cast_of(settings: Settings, job: JobFolder) -> Cast:
    """The cast that the settings ask for.

    Raises:
        ConfigurationError: served minds are asked for, and no server is named.
    """
    if settings.minds == "house":
        return house_cast()
    from foleydesigner.agents.served.endpoints import endpoints_of

    if not endpoints_of(settings):
        if settings.minds == "served":
            raise ConfigurationError(
                "minds are to be served, and no server is named",
                "FOLEY_VISION_URL, FOLEY_TEXT_URL, FOLEY_AUDIO_URL or FOLEY_OMNI_URL",
                "name one (`foley models serve` starts one), or leave --minds away",
            )
        return house_cast()
    return _served(settings, job)


def _served(settings: Settings, job: JobFolder) -> Cast:
    from foleydesigner.agents.served import (
        equaliser,
        expander,
        level,
        listener,
        localiser,
        planner,
        room,
        scorer,
        validator,
        writer,
    )
    from foleydesigner.agents.served.desk import Desk
    from foleydesigner.agents.served.mind import served_mind

    desk = Desk(job, settings)
    minds: dict[str, Any] = {}
    played_by = dict.fromkeys(ROLES, "house")
    roles: dict[str, Any] = {
        "writer": writer.ROLE,
        "validator": validator.ROLE,
        "expander": expander.ROLE,
        "scorer": scorer.ROLE,
        "localiser": localiser.ROLE,
        "planner": planner.ROLE,
        "reverberation": room.ROLE,
        "equalisation": equaliser.ROLE,
        "dynamics": level.ROLE,
    }
    for name, role in roles.items():
        if desk.serves(role.capability):
            minds[name] = served_mind(role, desk)
            played_by[role.name] = desk.model(role.capability)
    senses = [c for c in listener.SENSES if desk.serves(c)]
    if senses:
        minds["listener"] = listener.mind(desk)
        played_by[listener.NAME] = " + ".join(dict.fromkeys(desk.model(c) for c in senses))
    return replace(house_cast(), **minds, played_by=played_by, in_flight=settings.calls_in_flight, desk=desk)
