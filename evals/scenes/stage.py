"""What every scene begins with: a seed's camera, look, frame rate and length; and events out of what moves in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from foleydesigner.evals.scenes.film import FRAME_RATES, FilmScene
from foleydesigner.evals.scenes.painting import Picture, Shading, Stuff, noise_tile
from foleydesigner.evals.scenes.places import Look, View, random_look, room, yard
from foleydesigner.evals.scenes.truth import Times, TrueEvent, Truth, Voice, followed

Painter = Callable[[Picture, float], None]

RT60_S = {"room": 0.5, "hall": 1.2, "yard": 0.25}
"""Reverberation times of the places: a furnished room, a gym or workshop, a yard between houses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A place to film in, before anything happens."""

    name: str
    seed: int
    rng: np.random.Generator
    view: View
    look: Look
    backdrop: Picture = field(repr=False)
    frame_rate: Fraction
    frame_count: int
    rt60_s: float

    @property
    def duration_s(self) -> float:
        """Length of the film, seconds."""
        return float(self.frame_count / self.frame_rate)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self.view.width_px, self.view.height_px

    def stuff(
        self,
        low: float,
        high: float,
        *,
        contrast: float = 0.3,
        tile_per_unit: float = 25.0,
        shading: Shading = "flat",
        gloss: float = 0.0,
    ) -> Stuff:
        """A material of a random colour between two levels of each channel."""
        red, green, blue = (float(v) for v in self.rng.uniform(low, high, 3))
        return Stuff(
            colour=(red, green, blue),
            tile=noise_tile(self.rng),
            contrast=contrast,
            tile_per_unit=tile_per_unit,
            shading=shading,
            gloss=gloss,
        )

    def standing_out(
        self,
        against: tuple[float, float, float],
        *,
        contrast: float,
        tile_per_unit: float,
        shading: Shading = "flat",
        gloss: float = 0.0,
    ) -> Stuff:
        """A material clearly lighter or darker than what it is seen against."""
        level = float(np.mean(against))
        light = level < 105.0 or (level < 135.0 and self.rng.random() < 0.5)
        low, high = (level + 55.0, min(level + 105.0, 245.0)) if light else (15.0, max(level - 60.0, 30.0))
        return self.stuff(low, high, contrast=contrast, tile_per_unit=tile_per_unit, shading=shading, gloss=gloss)

    def times(self, *moments_s: float) -> tuple[float, ...]:
        """Moments as plain floats inside the film, ascending."""
        return tuple(sorted(float(t) for t in moments_s if 0.0 <= t < self.duration_s - 0.02))

    def hits(
        self,
        name: str,
        group: str,
        voice: Voice,
        onsets_s: Sequence[float],
        outline_at: Callable[[float], NDArray[np.float64]] | None,
        depth_m: float,
        strengths: Sequence[float] | None = None,
        *,
        picture_driven: bool = True,
        direction_deg: float | None = None,
    ) -> TrueEvent:
        """An impulsive event; hits after the film's end are left out."""
        inside = [k for k, t in enumerate(onsets_s) if 0.0 <= t < self.duration_s - 0.02]
        return TrueEvent(
            id=name,
            group=group,
            kind="impulsive",
            voice=voice,
            onsets_s=tuple(float(onsets_s[k]) for k in inside),
            strengths=tuple(float(strengths[k]) if strengths else 1.0 for k in inside),
            boxes_px=self.boxes(outline_at),
            depth_m=np.full(self.frame_count, depth_m),
            picture_driven=picture_driven,
            direction_deg=direction_deg,
        )

    def goes_on(
        self,
        name: str,
        group: str,
        voice: Voice,
        span_s: tuple[float, float],
        outline_at: Callable[[float], NDArray[np.float64]] | None,
        depth_m: float,
        *,
        picture_driven: bool = True,
    ) -> TrueEvent:
        """A steady event over one span."""
        return TrueEvent(
            id=name,
            group=group,
            kind="steady",
            voice=voice,
            spans_s=((max(0.0, span_s[0]), min(span_s[1], self.duration_s)),),
            boxes_px=self.boxes(outline_at),
            depth_m=np.full(self.frame_count, depth_m),
            picture_driven=picture_driven,
        )

    def boxes(self, outline_at: Callable[[float], NDArray[np.float64]] | None) -> Times:
        """(frames, 4) of an outline; NaN throughout without one."""
        if outline_at is None:
            return np.full((self.frame_count, 4), np.nan)
        return followed(self.frame_count, self.frame_rate, self.size_px, outline_at)

    def truth(self, events: Sequence[TrueEvent], cuts_s: tuple[float, ...] = ()) -> Truth:
        """The truth of this stage with these events."""
        return Truth(
            width_px=self.view.width_px,
            height_px=self.view.height_px,
            frame_rate=self.frame_rate,
            frame_count=self.frame_count,
            events=tuple(events),
            rt60_s=self.rt60_s,
            cuts_s=cuts_s,
        )

    def scene(self, painters: Sequence[Painter], events: Sequence[TrueEvent], screenplay: str) -> FilmScene:
        """The finished scene: painters are called in order on a fresh backdrop."""

        def draw(time_s: float) -> Picture:
            picture = self.backdrop.copy()
            for painter in painters:
                painter(picture, time_s)
            return picture

        return self.film(draw, events, screenplay)

    def film(
        self,
        draw: Callable[[float], Picture],
        events: Sequence[TrueEvent],
        screenplay: str,
        cuts_s: tuple[float, ...] = (),
    ) -> FilmScene:
        """The finished scene from a drawing function of its own."""
        return FilmScene(
            name=self.name,
            seed=self.seed,
            draw=draw,
            truth=self.truth(events, cuts_s),
            screenplay=screenplay,
            grain_levels=self.look.grain_levels,
            shutter=self.look.shutter,
        )


def stage(name: str, seed: int, length_s: tuple[float, float], *, inside: bool, dark: bool = False) -> Stage:
    """A stage drawn from a seed."""
    rng = np.random.default_rng([seed, *name.encode()])
    view = View(horizon_px=float(rng.uniform(115, 150)), eye_m=float(rng.uniform(1.35, 1.6)))
    look = random_look(rng, dark=dark)
    rate = FRAME_RATES[(seed + int(rng.integers(0, 4))) % len(FRAME_RATES)]
    backdrop = room(view, look, rng) if inside else yard(view, look, rng)
    return Stage(
        name=name,
        seed=seed,
        rng=rng,
        view=view,
        look=look,
        backdrop=backdrop,
        frame_rate=rate,
        frame_count=round(rng.uniform(*length_s) * float(rate)),
        rt60_s=RT60_S["room"] if inside else RT60_S["yard"],
    )


def pick(rng: np.random.Generator, *words: str) -> str:
    """One of several wordings."""
    return words[int(rng.integers(0, len(words)))]
