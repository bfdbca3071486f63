"""Things under gravity: a ball that bounces, a glass that falls and breaks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from foleydesigner.evals.scenes.painting import Picture, Points, Pose, Stuff, disc, paint, shadow
from foleydesigner.evals.scenes.places import View, rectangle

GRAVITY_M_S2 = 9.81
_DEAD_FLIGHT_S = 0.18
"""A ball whose next flight would be shorter stays on the ground: the last contact takes what is left."""

_SLOWING_S = 2.5
"""Time in which its speed across falls to 1/e."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ball:
    """A ball let go at `drop_s` from `height_m` (of its lowest point) with `speed_m_s` across, which friction eats."""

    view: View
    stuff: Stuff = field(repr=False)
    radius_m: float
    depth_m: float
    x_m: float
    speed_m_s: float
    height_m: float
    drop_s: float
    restitution: float

    def contacts_s(self) -> tuple[float, ...]:
        """Times at which it hits the ground."""
        fall_s = float(np.sqrt(2.0 * self.height_m / GRAVITY_M_S2))
        times, flight_s = [self.drop_s + fall_s], 2.0 * self.restitution * fall_s
        while flight_s >= _DEAD_FLIGHT_S:
            times.append(times[-1] + flight_s)
            flight_s *= self.restitution
        return tuple(times)

    def strengths(self) -> tuple[float, ...]:
        """Speed of each hit, relative to the first."""
        return tuple(self.restitution**n for n in range(len(self.contacts_s())))

    def up_m(self, time_s: float) -> float:
        """Height of its lowest point over the ground."""
        contacts = self.contacts_s()
        hits = int(np.searchsorted(contacts, time_s, side="right"))
        if hits == 0:
            fallen = 0.5 * GRAVITY_M_S2 * max(time_s - self.drop_s, 0.0) ** 2
            return self.height_m - fallen
        if hits == len(contacts):
            return 0.0
        since = time_s - contacts[hits - 1]
        return 0.5 * GRAVITY_M_S2 * since * (contacts[hits] - contacts[hits - 1] - since)

    def outline(self, time_s: float) -> Points:
        """Its disc in the picture."""
        x, y = self._centre(time_s)
        return disc(x, y, self.radius_m * self.view.scale(self.depth_m))

    def draw(self, picture: Picture, time_s: float) -> None:
        """Paint it and its shadow."""
        scale = self.view.scale(self.depth_m)
        x, y = self._centre(time_s)
        ground = self.view.place(0.0, 0.0, self.depth_m)[1]
        lift = self.up_m(time_s) / max(self.height_m, 0.1)
        wide = self.radius_m * scale * (1.0 + 0.6 * lift)
        shadow(picture, x + 0.2 * wide, float(ground), (wide, 0.3 * wide), 0.55 * (1.0 - 0.7 * min(lift, 1.0)))
        rolled = (self.across_m(time_s) - self.x_m) / self.radius_m
        pose = Pose(x_px=x, y_px=y, unit_px=self.radius_m * scale, turn_rad=rolled)
        paint(picture, self.outline(time_s), self.stuff, pose)

    def across_m(self, time_s: float) -> float:
        """Metres to the right of the camera's axis."""
        since_s = max(time_s - self.drop_s, 0.0)
        return self.x_m + self.speed_m_s * _SLOWING_S * (1.0 - float(np.exp(-since_s / _SLOWING_S)))

    def _centre(self, time_s: float) -> tuple[float, float]:
        place = self.view.place(self.across_m(time_s), self.up_m(time_s) + self.radius_m, self.depth_m)
        return float(place[0]), float(place[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """A glass on a table that slides over its edge, falls and breaks; the table stands on the ground."""

    view: View
    stuff: Stuff = field(repr=False)
    table: Stuff = field(repr=False)
    depth_m: float
    edge_x_m: float
    to_right: bool
    table_m: float
    """Height of the table."""
    push_s: float
    """When it begins to slide."""
    slide_s: float = 0.5
    table_wide_m: float = 0.9
    shards: int = 14
    seed: int = 0

    @property
    def _speed_m_s(self) -> float:
        return 0.9

    @property
    def falls_s(self) -> float:
        """When it leaves the table."""
        return self.push_s + self.slide_s

    def breaks_s(self) -> float:
        """When it hits the ground."""
        return self.falls_s + float(np.sqrt(2.0 * self.table_m / GRAVITY_M_S2))

    def outline(self, time_s: float) -> Points:
        """The glass, or its shards."""
        if time_s < self.breaks_s():
            return self._body(time_s)
        return np.concatenate(self._shards(time_s))

    def draw_table(self, picture: Picture) -> None:
        """Paint the table, which does not move."""
        way = 1.0 if self.to_right else -1.0
        far = self.edge_x_m - way * self.table_wide_m
        left, right = min(far, self.edge_x_m), max(far, self.edge_x_m)
        place = self.view.place
        top, low = place(left, self.table_m, self.depth_m), place(right, self.table_m - 0.06, self.depth_m)
        pose = Pose(x_px=float(top[0]), y_px=float(top[1]), unit_px=self.view.scale(self.depth_m))
        for leg in (left + 0.05, right - 0.12):
            upper, foot = place(leg, self.table_m - 0.05, self.depth_m), place(leg + 0.07, 0.0, self.depth_m)
            paint(picture, rectangle(*upper, *foot), self.table, pose)
        paint(picture, rectangle(*top, *low), self.table, pose)

    def draw(self, picture: Picture, time_s: float) -> None:
        """Paint the glass or what is left of it."""
        scale = self.view.scale(self.depth_m)
        if time_s < self.breaks_s():
            body = self._body(time_s)
            centre = body.mean(axis=0)
            pose = Pose(x_px=float(centre[0]), y_px=float(centre[1]), unit_px=0.06 * scale)
            paint(picture, body, self.stuff, pose, 0.85)
            return
        for piece in self._shards(time_s):
            centre = piece.mean(axis=0)
            paint(picture, piece, self.stuff, Pose(x_px=float(centre[0]), y_px=float(centre[1]), unit_px=0.05 * scale))

    def _body(self, time_s: float) -> Points:
        way = 1.0 if self.to_right else -1.0
        slid = np.clip((time_s - self.push_s) / self.slide_s, 0.0, 1.0)
        x = self.edge_x_m - way * 0.5 * self._speed_m_s * self.slide_s * (1.0 - slid**2)
        fallen = max(time_s - self.falls_s, 0.0)
        x += way * self._speed_m_s * fallen * 0.6
        up = self.table_m - 0.5 * GRAVITY_M_S2 * fallen**2
        turn = way * 4.0 * fallen
        shape = np.array([[-0.05, 0.0], [0.05, 0.0], [0.065, 0.17], [-0.065, 0.17]]) - (0.0, 0.085)
        spun = shape @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        base = np.array([x, max(up, 0.0) + 0.085])
        return np.array([self.view.place(px, pu, self.depth_m) for px, pu in spun + base])

    def _shards(self, time_s: float) -> list[Points]:
        rng = np.random.default_rng([self.seed, 9])
        since = time_s - self.breaks_s()
        way = 1.0 if self.to_right else -1.0
        fallen = self.breaks_s() - self.falls_s
        x0 = self.edge_x_m + way * self._speed_m_s * 0.6 * fallen
        pieces = []
        for _ in range(self.shards):
            out, up = rng.normal(0.0, 0.8), rng.uniform(0.4, 1.8)
            size, spin = rng.uniform(0.015, 0.045), rng.uniform(-12, 12)
            lands = 2.0 * up / GRAVITY_M_S2
            flown = min(since, lands) + 0.25 * (1.0 - np.exp(-4.0 * max(since - lands, 0.0)))
            height = max(up * since - 0.5 * GRAVITY_M_S2 * since**2, 0.0)
            turn = spin * min(since, lands)
            corners = size * np.array([[np.cos(turn + a), 0.8 * np.sin(turn + a)] for a in (0.0, 2.2, 4.0)])
            base = np.array([x0 + out * flown, height + size])
            pieces.append(np.array([self.view.place(px, pu, self.depth_m) for px, pu in corners + base]))
        return pieces
