"""What a scene's events are written against."""

from __future__ import annotations

from dataclasses import dataclass

from foleydesigner.evidence import PictureEvidence
from foleydesigner.script import SceneSpace


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a scene's events are written against; `order` is the group's place in the scene, in [0, 1]."""

    evidence: PictureEvidence
    space: SceneSpace
    order: float = 0.5

    @property
    def window_s(self) -> tuple[float, float]:
        """Start and end of the scene inside the clip."""
        return self.space.start_s, min(self.space.end_s, self.evidence.clip.duration_s)
