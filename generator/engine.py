"""The contract between the graph and whatever makes sound: batched requests in, takes out.

An engine makes the *dry* sound of an event; placing it in the picture is the spatial renderer's work
(`generator.spatial`), so that every engine's sounds sit where the cue says. Engines that make stereo of their own keep
it as `Take.own_stereo`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from foleydesigner.cues import EventCue
from foleydesigner.errors import EngineError
from foleydesigner.script import SoundEvent
from foleydesigner.tools.audio_source import AudioSource

if TYPE_CHECKING:
    from foleydesigner.config import Settings

Audio = NDArray[np.float32]
"""float32, shape (channels, samples), full scale = 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderRequest:
    """One event to be made.

    Attributes:
        event: what it sounds like.
        cue: when and where.
        sample_rate_hz: rate of the take.
        seed: randomness of this take; another seed gives an alternate.
        scratch: folder for what is too long for memory; None = the system's place for temporary files.
    """

    event: SoundEvent
    cue: EventCue
    sample_rate_hz: int
    seed: int
    scratch: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """The sound of one event, with its tail.

    Attributes:
        event_id: whose sound it is.
        start_s: clip time of the first sample; at most the event's first onset or span start. May not be negative.
        sample_rate_hz: samples per second.
        dry: one channel for a point source; two decorrelated ones for a diffuse one. It may be as long as the film
            and is read in blocks. The sample of an onset asked for at t is `round((t - start_s) * sample_rate_hz)`.
            Peak at most -1 dBFS, no DC, silent ends.
        own_stereo: (2, samples) when the engine made stereo itself.
        engine: name and version of what made it.
        licence: licence of the sound ("generated" for synthesis).
        parameters: what it was made with, for the provenance.
    """

    event_id: str
    start_s: float
    sample_rate_hz: int
    dry: AudioSource
    own_stereo: Audio | None = None
    engine: str
    licence: str = "generated"
    parameters: dict[str, str | float | int] = field(default_factory=dict)


class Engine(Protocol):
    """Makes takes from requests, in one batch; the order of the takes is the order of the requests.

    Attributes:
        name: what it is called.
        batched: whether many requests at once take less time than one after the other; they are then given together,
            by one thread.
    """

    name: str
    batched: bool

    def render(self, requests: Sequence[RenderRequest]) -> list[Take]:
        """One take a request.

        Raises:
            EngineError: a request cannot be made (unknown family, unsupported rate).
        """
        ...


def _procedural() -> Engine:
    from foleydesigner.generator.procedural.engine import ProceduralEngine

    return ProceduralEngine()


_ENGINES: dict[str, Callable[[], Engine]] = {"procedural": _procedural}


def register_engine(name: str, make: Callable[[], Engine]) -> None:
    """Offer another engine under a name of its own; a name that is taken is given to the new one."""
    _ENGINES[name] = make


def engine_names() -> tuple[str, ...]:
    """Names that `get_engine` knows; a folder with weights is an engine too."""
    from foleydesigner.generator.learned import names

    return tuple(sorted({*_ENGINES, *names()}))


def check_engine(name: str, *, folders: bool = True) -> None:
    """Refuse an engine that there is not, or that lacks packages, without loading it.

    Args:
        name: of an engine, or a folder with weights.
        folders: whether a folder may be named; not where people name engines on somebody else's machine.

    Raises:
        EngineError: no engine has that name, or the folder holds no weights.
        MissingExtraError: it needs packages that are not installed.
    """
    from foleydesigner.generator import learned

    if name in _ENGINES:
        return
    if name in learned.names() or (folders and learned.is_folder(name)):
        learned.check(name)
        return
    more = " or a folder with weights" if folders else ""
    raise EngineError(
        f"no engine is called {name!r}", f"one of {', '.join(engine_names())}{more}", "pass --engine NAME"
    )


def get_engine(name: str, settings: Settings | None = None) -> Engine:
    """The engine of that name or folder, loaded now.

    Args:
        name: of an engine, or a folder with weights.
        settings: of the job; None = defaults.

    Raises:
        EngineError: no engine has that name, or the folder holds no weights.
        MissingExtraError: it needs packages that are not installed.
        CheckpointError: its weights cannot be used.
    """
    from foleydesigner.generator import learned

    check_engine(name)
    if name in _ENGINES:
        return _ENGINES[name]()
    return learned.load(name, learned.EngineOptions.of(settings))
