"""What the scorer's criteria share: the case and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from foleydesigner.evidence import PictureEvidence
from foleydesigner.screenplay import Screenplay
from foleydesigner.script import SceneSpace, SoundEvent
from foleydesigner.search import Constraint
from foleydesigner.text import Finding, StructuredText


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a criterion looks at."""

    evidence: PictureEvidence
    text: StructuredText
    screenplay: Screenplay
    spaces: tuple[SceneSpace, ...]
    constraints: tuple[Constraint, ...]
    events: tuple[SoundEvent, ...]


@dataclass(slots=True)
class Verdict:
    """Parts of a criterion and the findings that explain them."""

    parts: list[float] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def value(self) -> float:
        """Mean of the parts."""
        return float(np.mean(self.parts)) if self.parts else 1.0

    def hold(
        self, kind: str, severity: Literal["correctable", "fundamental"], ids: Sequence[str], message: str
    ) -> None:
        """Add a finding."""
        self.findings.append(
            Finding.model_validate(
                {"kind": kind, "severity": severity, "target_ids": tuple(ids), "message": message[:400]}
            )
        )
