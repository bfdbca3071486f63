"""One measured figure, never alone: beside it the floor (a trivial answer's) and the ceiling (the reference's own)."""

from __future__ import annotations

from foleydesigner.model import Line, Model


class Figure(Model):
    """What a metric gave on one thing."""

    metric: Line
    """Name and version of the definition: "onset_f1/1"."""
    value: float | None
    """None where nothing could be measured; `note` says why."""
    unit: str = ""
    floor: float | None = None
    """What a trivial answer scores; `floor_is` names it."""
    floor_is: str = ""
    ceiling: float | None = None
    """What the reference itself scores."""
    ceiling_is: str = ""
    interval: tuple[float, float] | None = None
    """Between these it lies with 95 % confidence, by resampling the clips (bootstrap)."""
    count: int | None = None
    """How many things the figure rests on (onsets, frames, tracks)."""
    note: str = ""

    @property
    def skill(self) -> float | None:
        """1 - error / floor's error, for a metric whose ceiling is no error; None without both."""
        if self.value is None or not self.floor or self.ceiling != 0.0:
            return None
        return 1.0 - self.value / self.floor
