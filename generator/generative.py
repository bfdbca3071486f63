"""An engine around a learned sound model: events in batches, the best of several takes, everything on its cue.

A model that follows positions is asked for each window of an event with its positions; what it makes is realigned by at
most 60 ms a hit, and its own stereo is kept. One that only reads prompts is asked for a sound as one would look for a
recording: its hits are put on the cue, and the spatial renderer alone says where it stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from foleydesigner.errors import EngineError
from foleydesigner.generator.assembly import Assembled, Piece, assembled, kept_piece
from foleydesigner.generator.choice import Keeping, best
from foleydesigner.generator.dit.positions import FramePositions
from foleydesigner.generator.engine import RenderRequest, Take
from foleydesigner.generator.point_source import point_source
from foleydesigner.generator.procedural.engine import finish
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.recording import Recording, conformed, recording_of
from foleydesigner.generator.sound_model import SoundModel, SoundOrder
from foleydesigner.generator.windows import STEP_S, Window, windows_of
from foleydesigner.tools.audio_source import whole
from foleydesigner.tools.resampling import at_rate

Audio = NDArray[np.float32]

SHORTEST_S = 4.0
"""Asked of a model that only reads prompts: shorter sounds tend to be cut off."""
_ENOUGH_HITS = 3


class _Place(NamedTuple):
    """Which sound an order is for."""

    request: int
    window: int
    candidate: int


class GenerativeEngine:
    """Takes from a `SoundModel`.

    Args:
        name: what the engine is called.
        model: makes the sounds.
        candidates: takes made of each event, of which the best is kept.
        batch: sounds made at once.
    """

    version = "1"
    batched = True

    def __init__(self, name: str, model: SoundModel, *, candidates: int = 2, batch: int = 4) -> None:
        self.name = name
        self._model, self._candidates, self._batch = model, max(1, candidates), max(1, batch)

    def render(self, requests: Sequence[RenderRequest]) -> list[Take]:
        """One take a request, in order; all their sounds are made in common batches.

        Raises:
            EngineError: a cue without onsets or spans, nothing but silence was made, or memory has run out.
        """
        plans = [self._windows(request) for request in requests]
        orders: dict[_Place, tuple[SoundOrder, float]] = {}
        for number, (request, windows) in enumerate(zip(requests, plans, strict=True)):
            for index, window in enumerate(windows):
                if window.source == index:
                    for candidate in range(self._candidates):
                        place = _Place(number, index, candidate)
                        orders[place] = self._order(request, window, place), window.made_s
        sounds = self._made(orders)
        return [self._take(n, request, plans[n], sounds) for n, request in enumerate(requests)]

    def _windows(self, request: RenderRequest) -> tuple[Window, ...]:
        longest_s = self._model.longest_s
        windows = windows_of(request.cue, longest_s)
        if self._model.follows_positions:
            return windows
        heard_s = sum(w.heard_s for w in windows) if request.cue.kind == "steady" else SHORTEST_S
        made_s = min(longest_s, max(SHORTEST_S, STEP_S * float(np.ceil(heard_s / STEP_S))))
        return (replace(windows[0], made_s=made_s),)

    def _order(self, request: RenderRequest, window: Window, place: _Place) -> SoundOrder:
        mixed = np.random.SeedSequence([request.seed, place.window, place.candidate])
        positions = None
        if self._model.follows_positions and request.cue.placement != "diffuse":
            positions = FramePositions.from_cue(request.cue, window.start_s, window.made_s)
        return SoundOrder(
            prompt=request.event.prompt or request.event.label,
            seed=int(mixed.generate_state(1, np.uint32)[0]),
            length_s=min(window.heard_s, window.made_s) if self._model.follows_positions else window.made_s,
            positions=positions,
        )

    def _made(self, orders: dict[_Place, tuple[SoundOrder, float]]) -> dict[_Place, Audio]:
        """All sounds, those of one length and kind together: who else is made alongside changes nothing."""
        groups: dict[tuple[float, bool], list[_Place]] = defaultdict(list)
        for place, (order, made_s) in orders.items():
            groups[made_s, order.positions is None].append(place)
        sounds: dict[_Place, Audio] = {}
        for (made_s, _), places in sorted(groups.items()):
            for first in range(0, len(places), self._batch):
                chunk = places[first : first + self._batch]
                made = self._model.make([orders[place][0] for place in chunk], made_s)
                sounds |= dict(zip(chunk, made, strict=True))
        return sounds

    def _take(
        self, number: int, request: RenderRequest, windows: tuple[Window, ...], sounds: dict[_Place, Audio]
    ) -> Take:
        made = {
            index: [
                at_rate(sounds[_Place(number, index, c)], self._model.sample_rate_hz, request.sample_rate_hz)
                for c in range(self._candidates)
            ]
            for index, window in enumerate(windows)
            if window.source == index
        }
        if not self._model.follows_positions:
            return self._conformed(request, made[0])
        kept: dict[int, Piece] = {
            index: kept_piece(audio, windows[index], request.cue, request.sample_rate_hz)
            for index, audio in made.items()
        }
        if all(piece.keeping.silent for piece in kept.values()):
            raise _silent(request, self.name)
        whole_take = assembled([kept[window.source] for window in windows], windows, request)
        own = finish(Sound(audio=whole_take.own, start_s=whole_take.start_s), request)
        take = self._finished(request, Sound(audio=whole_take.dry, start_s=whole_take.start_s), _measured(whole_take))
        return replace(take, own_stereo=whole(own))

    def _conformed(self, request: RenderRequest, candidates: list[Audio]) -> Take:
        """The best of the candidates, used like a recording."""
        rate = request.sample_rate_hz
        recordings: list[Recording | None] = []
        for audio in candidates:
            try:
                recordings.append(recording_of(point_source(audio, rate)[0], rate, rate))
            except EngineError:  # silent
                recordings.append(None)
        asked = min(_ENOUGH_HITS, len(request.cue.onsets_s))
        chosen = recordings[
            best(
                [
                    Keeping(
                        asked=asked,
                        missing=max(0, asked - len(r.attacks)) if r else asked,
                        shift_s=0.0,
                        position_error_us=None,
                        silent=r is None,
                    )
                    for r in recordings
                ]
            )
        ]
        if chosen is None:
            raise _silent(request, self.name)
        sound, start_s = conformed(chosen, request)
        return self._finished(request, Sound(audio=sound, start_s=start_s), {"hits_in_sound": len(chosen.attacks)})

    def _finished(self, request: RenderRequest, sound: Sound, measured: dict[str, str | float | int]) -> Take:
        return Take(
            event_id=request.event.id,
            start_s=sound.start_s,
            sample_rate_hz=request.sample_rate_hz,
            dry=finish(sound, request),
            engine=f"{self.name} {self.version}",
            licence=f"generated; weights: {self._model.licence}",
            parameters={
                "prompt": request.event.prompt or request.event.label,
                "model": self._model.name,
                **self._model.parameters,
                "candidates": self._candidates,
                "seed": request.seed,
                **measured,
            },
        )


def _measured(take: Assembled) -> dict[str, str | float | int]:
    """How the windows of a take kept the cue, before realignment, together."""
    shifts = [k.shift_s for k in take.keepings if k.shift_s is not None]
    errors = [k.position_error_us for k in take.keepings if k.position_error_us is not None]
    measured: dict[str, str | float | int] = {}
    if any(k.asked for k in take.keepings):
        measured["missing_hits"] = sum(k.missing for k in take.keepings)
    if shifts:
        measured["moved_ms"] = round(1000.0 * float(np.median(shifts)), 2)
    if errors:
        measured["position_error_us"] = round(float(np.mean(errors)), 1)
    return measured


def _silent(request: RenderRequest, name: str) -> EngineError:
    return EngineError(
        f"{name} made nothing but silence for event {request.event.id} ({request.event.prompt!r})",
        "a sound",
        "change the event's prompt, or pass --engine procedural",
    )
