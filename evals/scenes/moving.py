"""Things that move by themselves: a walker whose feet are planted, a car, a door, a hammer at an anvil."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from foleydesigner.evals.scenes.painting import Picture, Points, Pose, Stuff, disc, limb, paint, shadow
from foleydesigner.evals.scenes.places import View, rectangle

_DOUBLE_SUPPORT = 0.2
"""Share of a step in which both feet are on the ground (Whittle, "Gait Analysis": 10 % of the cycle, twice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """A figure that walks straight across; each foot stays where its heel came down until it leaves the ground.

    The hip is at `x_m` at `start_s` and goes `speed_m_s` (negative: to the left); a heel strikes every `step_s` from
    `start_s` on.
    """

    view: View
    coat: Stuff = field(repr=False)
    legs: Stuff = field(repr=False)
    skin: Stuff = field(repr=False)
    tall_m: float
    depth_m: float
    x_m: float
    speed_m_s: float
    step_s: float
    start_s: float
    end_s: float
    """When it has gone (out of the picture)."""

    def strikes_s(self) -> tuple[float, ...]:
        """Heel strikes of feet that are inside the picture."""
        count = int((self.end_s - self.start_s) / self.step_s) + 1
        edge_m = abs(self.view.x_at(0.0, self.depth_m))
        times = (self.start_s + n * self.step_s for n in range(count))
        return tuple(t for n, t in enumerate(times) if abs(self._planted_x(n)) < edge_m)

    def outline(self, time_s: float) -> Points:
        """All of the figure in the picture."""
        if not self.start_s - self.step_s <= time_s <= self.end_s:
            return np.zeros((0, 2))
        return np.concatenate([outline for outline, _ in self._parts(time_s)])

    def draw(self, picture: Picture, time_s: float) -> None:
        """Paint the figure and its shadow."""
        if not self.start_s - self.step_s <= time_s <= self.end_s:
            return
        scale = self.view.scale(self.depth_m)
        ground = self.view.place(self._hip_x(time_s), 0.0, self.depth_m)
        shadow(picture, float(ground[0]), float(ground[1]), (0.45 * scale, 0.09 * scale), 0.45)
        for outline, stuff in self._parts(time_s):
            middle = outline.mean(axis=0)
            pose = Pose(x_px=float(middle[0]), y_px=float(middle[1]), unit_px=0.25 * scale)
            paint(picture, outline, stuff, pose)

    def _hip_x(self, time_s: float) -> float:
        return self.x_m + self.speed_m_s * (time_s - self.start_s)

    def _planted_x(self, step: int) -> float:
        """Where step number `step` comes down: half a step in front of the hip."""
        return self._hip_x(self.start_s + (step + 0.5) * self.step_s)

    def _foot(self, parity: int, time_s: float) -> tuple[float, float]:
        """(x, height) of a foot, metres."""
        phase = (time_s - self.start_s) / self.step_s
        last = int(np.floor(phase))
        last -= (last - parity) % 2
        since = phase - last  # in steps since this foot came down, in [0, 2)
        here, there = self._planted_x(last), self._planted_x(last + 2)
        leaves = 1.0 + _DOUBLE_SUPPORT
        if since <= leaves:
            return here, 0.0
        share = (since - leaves) / (2.0 - leaves)
        forward = share * share * (3.0 - 2.0 * share)
        return here + (there - here) * forward, 0.13 * self.tall_m / 1.75 * float(np.sin(np.pi * share))

    def _parts(self, time_s: float) -> list[tuple[Points, Stuff]]:
        """Outlines from the far side to the near one."""
        unit, way = self.tall_m, 1.0 if self.speed_m_s > 0 else -1.0
        scale = self.view.scale(self.depth_m)
        phase = (time_s - self.start_s) / self.step_s
        hip = np.array([self._hip_x(time_s), 0.5 * unit - 0.012 * unit * np.cos(2 * np.pi * phase)])
        neck = hip + np.array([0.02 * way * unit, 0.32 * unit])
        swing = 0.5 * np.cos(np.pi * phase)
        parts: list[tuple[Points, Stuff]] = []
        for parity in (1, 0):
            arm = swing if parity == 0 else -swing
            elbow = neck + 0.17 * unit * np.array([way * np.sin(arm), -np.cos(arm)])
            hand = elbow + 0.16 * unit * np.array([way * np.sin(arm + 0.35), -np.cos(arm + 0.35)])
            sleeve = [
                (self._limb(neck - (0, 0.03 * unit), elbow, 0.035, 0.028), self.coat),
                (self._limb(elbow, hand, 0.026, 0.022), self.coat),
                (disc(*self._seen(hand), 0.024 * unit * scale), self.skin),
            ]
            foot_x, lift = self._foot(parity, time_s)
            ankle = np.array([foot_x - 0.03 * way * unit, lift + 0.05 * unit])
            toe = np.array([foot_x + 0.07 * way * unit, max(lift - 0.01 * unit, 0.0) + 0.022 * unit])
            knee = _knee(hip, ankle, 0.25 * unit, way)
            leg = [
                (self._limb(hip, knee, 0.05, 0.038), self.legs),
                (self._limb(knee, ankle, 0.036, 0.024), self.legs),
                (self._limb(ankle - (0, 0.02 * unit), toe, 0.026, 0.02), self.coat),
            ]
            if parity == 1:
                parts += sleeve + leg
                continue
            parts += leg
            parts.append((self._limb(hip - (0, 0.04 * unit), neck - (0, 0.02 * unit), 0.075, 0.085), self.coat))
            head = neck + np.array([0.015 * way * unit, 0.1 * unit])
            parts.append((disc(*self._seen(head), 0.055 * unit * scale), self.skin))
            parts += sleeve
        return parts

    def _seen(self, point: Points) -> tuple[float, float]:
        x, y = self.view.place(float(point[0]), float(point[1]), self.depth_m)
        return float(x), float(y)

    def _limb(self, start: Points, end: Points, start_share: float, end_share: float) -> Points:
        scale = self.view.scale(self.depth_m) * self.tall_m
        first, last = np.array(self._seen(start)), np.array(self._seen(end))
        return limb(first, last, start_share * scale, end_share * scale)


def _knee(hip: Points, ankle: Points, bone_m: float, way: float) -> Points:
    """The knee between hip and ankle with two bones of one length, bent forward."""
    span = ankle - hip
    length = float(np.hypot(*span))
    bend = np.sqrt(max(bone_m**2 - (min(length, 2 * bone_m) / 2) ** 2, 0.0))
    side = np.array([-span[1], span[0]]) / max(length, 1e-6)
    if side[0] * way < 0.0:
        side = -side
    return np.asarray((hip + ankle) / 2 + bend * side, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Car:
    """A car that drives straight through the picture: its middle is at `x_m` at time 0."""

    view: View
    body: Stuff = field(repr=False)
    glass: Stuff = field(repr=False)
    tyre: Stuff = field(repr=False)
    depth_m: float
    x_m: float
    speed_m_s: float
    long_m: float = 4.2
    high_m: float = 1.5

    def outline(self, time_s: float) -> Points:
        """The car from bumper to bumper."""
        return np.concatenate([self._shell(time_s), self._cabin(time_s), *self._wheels(time_s)])

    def draw(self, picture: Picture, time_s: float) -> None:
        """Paint it and its shadow."""
        scale = self.view.scale(self.depth_m)
        middle = self._at(time_s, 0.0, 0.0)
        shadow(picture, float(middle[0]), float(middle[1]), (0.5 * self.long_m * scale, 0.12 * scale), 0.6)
        pose = Pose(x_px=float(middle[0]), y_px=float(middle[1]), unit_px=scale)
        paint(picture, self._cabin(time_s), self.glass, pose)
        paint(picture, self._shell(time_s), self.body, pose)
        rolled = self.speed_m_s * time_s / 0.32
        for wheel in self._wheels(time_s):
            centre = wheel.mean(axis=0)
            turned = Pose(x_px=float(centre[0]), y_px=float(centre[1]), unit_px=0.32 * scale, turn_rad=rolled)
            paint(picture, wheel, self.tyre, turned)

    def _at(self, time_s: float, along_m: float, up_m: float) -> Points:
        way = 1.0 if self.speed_m_s > 0 else -1.0
        return self.view.place(self.x_m + self.speed_m_s * time_s + way * along_m, up_m, self.depth_m)

    def _shell(self, time_s: float) -> Points:
        half, high = self.long_m / 2, self.high_m
        corners = [
            (-half, 0.3),
            (-half, 0.6 * high),
            (0.5 * half, 0.62 * high),
            (0.97 * half, 0.48 * high),
            (half, 0.3),
        ]
        return np.array([self._at(time_s, x, up) for x, up in corners])

    def _cabin(self, time_s: float) -> Points:
        half, high = self.long_m / 2, self.high_m
        corners = [(-0.85 * half, 0.58 * high), (-0.65 * half, high), (0.12 * half, high), (0.55 * half, 0.58 * high)]
        return np.array([self._at(time_s, x, up) for x, up in corners])

    def _wheels(self, time_s: float) -> list[Points]:
        scale = self.view.scale(self.depth_m)
        places = (self._at(time_s, share * self.long_m / 2, 0.32) for share in (-0.62, 0.62))
        return [disc(float(p[0]), float(p[1]), 0.32 * scale) for p in places]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A door in the back wall that stands open, swings to from `swing_s` on and slams at `slam_s`, ever faster."""

    view: View
    leaf: Stuff = field(repr=False)
    dark: Stuff = field(repr=False)
    depth_m: float
    hinge_x_m: float
    to_right: bool
    """The leaf lies to the right of its hinge."""
    swing_s: float
    slam_s: float
    open_rad: float = 1.25
    wide_m: float = 0.95
    high_m: float = 2.05

    def outline(self, time_s: float) -> Points:
        """The leaf."""
        turn = self._turn_rad(time_s)
        way = 1.0 if self.to_right else -1.0
        x, z = self.hinge_x_m + way * self.wide_m * np.cos(turn), self.depth_m - self.wide_m * np.sin(turn)
        place = self.view.place
        hinge, deep = self.hinge_x_m, self.depth_m
        corners = [place(hinge, self.high_m, deep), place(x, self.high_m, z), place(x, 0.0, z), place(hinge, 0.0, deep)]
        return np.array(corners)

    def draw(self, picture: Picture, time_s: float) -> None:
        """Paint the doorway and the leaf in it."""
        way = 1.0 if self.to_right else -1.0
        first = self.view.place(self.hinge_x_m, self.high_m, self.depth_m)
        last = self.view.place(self.hinge_x_m + way * self.wide_m, 0.0, self.depth_m)
        pose = Pose(x_px=float(first[0]), y_px=float(first[1]), unit_px=self.view.scale(self.depth_m))
        paint(picture, rectangle(first[0], first[1], last[0], last[1]), self.dark, pose)
        leaf = self.outline(time_s)
        paint(picture, leaf, self.leaf, pose)
        panel = leaf.mean(axis=0) + 0.7 * (leaf - leaf.mean(axis=0))
        paint(picture, panel, self.dark, pose, 0.25)

    def _turn_rad(self, time_s: float) -> float:
        share = float(np.clip((time_s - self.swing_s) / (self.slam_s - self.swing_s), 0.0, 1.0))
        return self.open_rad * (1.0 - float(share**2.2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hammer:
    """A hammer that an arm brings down on an anvil at each of `blows_s`; it swings about the elbow."""

    view: View
    arm: Stuff = field(repr=False)
    iron: Stuff = field(repr=False)
    block: Stuff = field(repr=False)
    depth_m: float
    anvil_x_m: float
    from_right: bool
    blows_s: tuple[float, ...]
    lift_rad: float = 1.3
    anvil_m: float = 0.75

    def outline(self, time_s: float) -> Points:
        """Arm and hammer."""
        return np.concatenate([outline for outline, _ in self._parts(time_s)])

    def draw_anvil(self, picture: Picture) -> None:
        """Paint what does not move."""
        place, x = self.view.place, self.anvil_x_m
        top, low = place(x - 0.3, self.anvil_m, self.depth_m), place(x + 0.3, self.anvil_m - 0.22, self.depth_m)
        foot, floor = place(x - 0.2, self.anvil_m - 0.2, self.depth_m), place(x + 0.2, 0.0, self.depth_m)
        pose = Pose(x_px=float(top[0]), y_px=float(top[1]), unit_px=self.view.scale(self.depth_m))
        paint(picture, rectangle(*foot, *floor), self.block, pose)
        paint(picture, rectangle(*top, *low), self.iron, pose)
        self._draw_smith(picture)

    def _draw_smith(self, picture: Picture) -> None:
        """Paint who stands there: all but the arm is still."""
        scale, side = self.view.scale(self.depth_m), 1.0 if self.from_right else -1.0
        x, chest = self.anvil_x_m + side * 1.05, self.anvil_m + 0.55

        def at(up_m: float) -> Points:
            return self.view.place(x, up_m, self.depth_m)

        head = at(chest + 0.33)
        body = [
            (limb(at(0.75), at(0.05), 0.15 * scale, 0.11 * scale), self.block),
            (limb(at(0.8), at(chest), 0.17 * scale, 0.2 * scale), self.arm),
            (disc(float(head[0]), float(head[1]), 0.11 * scale), self.iron),
        ]
        for outline, stuff in body:
            middle = outline.mean(axis=0)
            paint(picture, outline, stuff, Pose(x_px=float(middle[0]), y_px=float(middle[1]), unit_px=0.2 * scale))

    def draw(self, picture: Picture, time_s: float) -> None:
        """Paint arm and hammer."""
        for outline, stuff in self._parts(time_s):
            middle = outline.mean(axis=0)
            scale = self.view.scale(self.depth_m)
            paint(picture, outline, stuff, Pose(x_px=float(middle[0]), y_px=float(middle[1]), unit_px=0.15 * scale))

    def _turn_rad(self, time_s: float) -> float:
        """Lift over the blow's position: down fast, up slowly, at rest before the first and after the last blow."""
        blows = self.blows_s
        after = int(np.searchsorted(blows, time_s, side="right"))
        if after == len(blows):
            since = time_s - blows[-1]
            return 0.35 * self.lift_rad * float(1.0 - np.exp(-since / 0.4))
        before = blows[after - 1] if after else blows[0] - 0.9
        share = float(np.clip((time_s - before) / (blows[after] - before), 0.0, 1.0))
        top = 0.68
        if share < top:
            return self.lift_rad * float(np.sin(np.pi / 2 * share / top))
        return self.lift_rad * (1.0 - ((share - top) / (1.0 - top)) ** 2)

    def _parts(self, time_s: float) -> list[tuple[Points, Stuff]]:
        way = 1.0 if self.from_right else -1.0
        turn = self._turn_rad(time_s)
        elbow = np.array([self.anvil_x_m + way * 0.75, self.anvil_m + 0.1])
        reach = np.array([-way * np.cos(turn), np.sin(turn)])
        hand, head = elbow + 0.38 * reach, elbow + 0.75 * reach
        shoulder = elbow + np.array([way * 0.25, 0.45])
        across = np.array([-reach[1], reach[0]])
        scale = self.view.scale(self.depth_m)

        def seen(point: Points) -> Points:
            return self.view.place(float(point[0]), float(point[1]), self.depth_m)

        return [
            (limb(seen(shoulder), seen(elbow), 0.09 * scale, 0.07 * scale), self.arm),
            (limb(seen(elbow), seen(hand), 0.065 * scale, 0.05 * scale), self.arm),
            (limb(seen(hand), seen(head), 0.022 * scale, 0.022 * scale), self.block),
            (limb(seen(head - 0.1 * across), seen(head + 0.1 * across), 0.055 * scale, 0.055 * scale), self.iron),
        ]
