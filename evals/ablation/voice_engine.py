"""An engine that speaks with the reference's own voices, so that a mix is judged by its mixing and not by its timbre.

Each event is performed at its own onsets and spans, right or wrong, dry and at a level drawn at random: takes come at
any level.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foleydesigner.evals.bench.label_groups import group_of
from foleydesigner.evals.scenes.sound import SAMPLE_RATE_HZ, performed
from foleydesigner.evals.scenes.truth import TrueEvent, Truth, Voice
from foleydesigner.generator.engine import RenderRequest, Take
from foleydesigner.tools.audio_source import ArraySource

LEVEL_DB = (-18.0, 6.0)
_NEAR_S = 0.1
_TAIL_S = 1.5
_DEFAULT: dict[str, Voice] = {
    "impact": "knock", "footsteps": "step", "door": "slam", "glass": "shatter", "thunder": "thunder",
    "vehicle": "motor", "water": "rain", "hum": "hum", "air": "air",
}  # fmt: skip
_PEAK = 10.0 ** (-1.0 / 20.0)


class VoiceEngine:
    """Takes in the voices of one scene's truth."""

    name = "reference voices"
    batched = False

    def __init__(self, truth: Truth, seed: int) -> None:
        self._truth, self._seed = truth, seed

    def render(self, requests: Sequence[RenderRequest]) -> list[Take]:
        """One take a request."""
        return [self._take(request) for request in requests]

    def _take(self, request: RenderRequest) -> Take:
        event, cue = request.event, request.cue
        rng = np.random.default_rng([self._seed, 91, request.seed % 2**32])
        true = self.partner(group_of(event), cue.onsets_s)
        voice = true.voice if true is not None else _DEFAULT.get(group_of(event), "rain")
        spans = [(span.start_s, span.end_s) for span in cue.spans]
        length_s = max([*cue.onsets_s, *(end for _, end in spans)]) + _TAIL_S
        samples = round(length_s * SAMPLE_RATE_HZ)
        channels = 2 if cue.placement == "diffuse" else 1
        rows = [performed(voice, cue.onsets_s, cue.strengths, spans, rng, samples) for _ in range(channels)]
        audio = np.stack(rows) * 10.0 ** (float(rng.uniform(*LEVEL_DB)) / 20.0)
        audio *= min(1.0, _PEAK / max(float(np.abs(audio).max()), 1e-9))
        return Take(
            event_id=event.id,
            start_s=0.0,
            sample_rate_hz=SAMPLE_RATE_HZ,
            dry=ArraySource(audio.astype(np.float32)),
            engine=self.name,
        )

    def partner(self, group: str, onsets_s: Sequence[float]) -> TrueEvent | None:
        """The true event of a group that shares most hits with these; None where there is none of the group."""
        own = [event for event in self._truth.events if event.group == group]
        if not own:
            return None
        found = np.asarray(onsets_s, dtype=np.float64)

        def shared(event: TrueEvent) -> int:
            if not event.onsets_s or not found.size:
                return 0
            apart = np.abs(np.subtract.outer(np.asarray(event.onsets_s), found)).min(axis=1)
            return int(np.sum(apart <= _NEAR_S))

        return max(own, key=shared)
