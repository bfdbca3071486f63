"""Inside: a door and a glass, a cut in mid-motion, eight events at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foleydesigner.evals.scenes.actors import some_ball, some_door, some_glass, some_walker
from foleydesigner.evals.scenes.falling import Ball
from foleydesigner.evals.scenes.film import FilmScene
from foleydesigner.evals.scenes.moving import Hammer
from foleydesigner.evals.scenes.painting import Picture
from foleydesigner.evals.scenes.places import View, room
from foleydesigner.evals.scenes.stage import RT60_S, Stage, pick, stage
from foleydesigner.evals.scenes.truth import TrueEvent


def door_and_glass(seed: int) -> FilmScene:
    """A door swings to and slams; a glass slides off a table and breaks."""
    set_ = stage("door_and_glass", seed, (5.0, 6.0), inside=True)
    rng, door_left = set_.rng, bool(set_.rng.random() < 0.5)
    moments = rng.permutation([float(rng.uniform(1.3, 1.9)), float(rng.uniform(2.9, 3.8))])
    door = some_door(set_, x_px=float(rng.uniform(110, 180) if door_left else rng.uniform(460, 530)), slam_s=moments[0])
    glass = some_glass(
        set_,
        x_px=float(rng.uniform(430, 520) if door_left else rng.uniform(120, 210)),
        push_s=float(moments[1]) - 0.9,
        to_right=bool(rng.random() < 0.5),
    )
    events = (
        set_.hits("door", "door", "slam", (door.slam_s,), door.outline, door.depth_m),
        set_.hits("glass", "glass", "shatter", (glass.breaks_s(),), glass.outline, glass.depth_m),
    )
    slams = pick(
        rng,
        "The door slams shut.",
        "The door falls shut with a bang.",
        "A draught: the heavy door swings to and slams.",
    )
    breaks = pick(
        rng,
        "A glass slides off the table and shatters on the floor.",
        "A glass falls from the table and breaks.",
        "The glass tips over the edge, falls, smashes.",
    )
    told = f"{slams} {breaks}" if moments[0] < moments[1] else f"{breaks} {slams}"
    painters = [door.draw, lambda picture, _: glass.draw_table(picture), glass.draw]
    return set_.scene(painters, events, f"INT. KITCHEN - NIGHT\n\n{told}\n")


def cut_in_motion(seed: int) -> FilmScene:
    """A ball bounces on across a cut to a closer view; in every second seed the cut goes to a walker instead."""
    set_ = replace(stage("cut_in_motion", seed, (5.6, 6.6), inside=True), rt60_s=RT60_S["hall"])
    rng = set_.rng
    ball = some_ball(set_, big=bool(rng.random() < 0.5), x_px=float(rng.uniform(160, 480)), drop_s=0.2)
    contacts = ball.contacts_s()
    cut_frame = round((contacts[0] + float(rng.uniform(0.3, 0.7)) * (contacts[1] - contacts[0])) * set_.frame_rate)
    cut_s = float(cut_frame / set_.frame_rate)
    if rng.random() < 0.5:
        return _cut_to_walker(set_, ball, cut_s)
    closer = _closer(set_, ball, cut_s)
    behind = room(closer.view, set_.look, np.random.default_rng([seed, 5]))

    def outline(time_s: float) -> np.ndarray:
        return (ball if time_s < cut_s - 1e-6 else closer).outline(time_s)

    def draw(time_s: float) -> Picture:
        first = time_s < cut_s - 1e-6
        picture = (set_.backdrop if first else behind).copy()
        (ball if first else closer).draw(picture, time_s)
        return picture

    frames = np.arange(set_.frame_count)
    depth_m = np.where(frames < cut_frame, ball.depth_m, closer.depth_m)
    event = set_.hits("ball", "impact", "rubber", contacts, outline, ball.depth_m, ball.strengths())
    event = replace(event, depth_m=depth_m)
    words = pick(
        rng,
        "A ball drops and bounces on the wooden floor, lower and lower.",
        "A BASKETBALL bounces on the court, again and again.",
        "The ball falls. It bounces, and bounces on, until it lies still.",
    )
    return set_.film(draw, (event,), f"INT. GYM - DAY\n\n{words}\n", (cut_s,))


def _closer(set_: Stage, ball: Ball, cut_s: float) -> Ball:
    """The same ball from nearer and another side."""
    depth_m = 0.75 * ball.depth_m
    view = View(horizon_px=set_.view.horizon_px + 12.0, eye_m=set_.view.eye_m - 0.25)
    at_px = float(set_.rng.uniform(180, 460))
    travelled = ball.speed_m_s * (cut_s - ball.drop_s)
    return replace(
        ball, view=view, depth_m=depth_m, x_m=view.x_at(at_px, depth_m) + travelled, speed_m_s=-ball.speed_m_s
    )


def _cut_to_walker(set_: Stage, ball: Ball, cut_s: float) -> FilmScene:
    rng = set_.rng
    other = replace(stage("cut_in_motion", set_.seed + 1000, (5.0, 6.0), inside=True), rng=rng)
    to_right = bool(rng.random() < 0.5)
    walker = some_walker(
        other,
        depth_m=float(rng.uniform(3.0, 3.6)),
        to_right=to_right,
        start_s=cut_s - 0.3,
        from_px=float(rng.uniform(60, 140) if to_right else rng.uniform(500, 580)),
    )

    def draw(time_s: float) -> Picture:
        first = time_s < cut_s - 1e-6
        picture = (set_.backdrop if first else other.backdrop).copy()
        (ball.draw if first else walker.draw)(picture, time_s)
        return picture

    def before(time_s: float) -> np.ndarray:
        return ball.outline(time_s) if time_s < cut_s - 1e-6 else np.zeros((0, 2))

    def after(time_s: float) -> np.ndarray:
        return walker.outline(time_s) if time_s >= cut_s - 1e-6 else np.zeros((0, 2))

    landings = [t for t in ball.contacts_s() if t < cut_s]
    strikes = [t for t in walker.strikes_s() if t >= cut_s]
    events: tuple[TrueEvent, ...] = (
        set_.hits("ball", "impact", "rubber", landings, before, ball.depth_m),
        set_.hits("steps", "footsteps", "step", strikes, after, walker.depth_m),
    )
    who = pick(rng, "MAN", "WOMAN", "JANITOR")
    words = f"A ball drops and bounces on the floor.\n\nA {who} walks across the hall on the wooden floor."
    return set_.film(draw, events, f"INT. GYM - DAY\n\n{words}\n", (cut_s,))


def eight_at_once(seed: int) -> FilmScene:
    """A hammer, two balls, a walker, a door, a glass, and rain and a hum that only the words know."""
    set_ = replace(stage("eight_at_once", seed, (7.5, 8.0), inside=True), rt60_s=RT60_S["hall"])
    rng = set_.rng
    hammer = _hammer(set_, float(rng.uniform(75, 105)))
    big = some_ball(set_, big=True, x_px=float(rng.uniform(290, 320)), drop_s=float(rng.uniform(0.2, 1.0)), way=0.2)
    small = some_ball(set_, big=False, x_px=float(rng.uniform(390, 410)), drop_s=float(rng.uniform(3.8, 4.6)), way=-0.2)
    door = some_door(set_, x_px=float(rng.uniform(450, 490)), slam_s=float(rng.uniform(1.6, 3.0)))
    glass = some_glass(set_, x_px=float(rng.uniform(520, 560)), push_s=float(rng.uniform(2.2, 4.4)), to_right=True)
    walker = some_walker(
        set_,
        depth_m=float(rng.uniform(4.6, 5.2)),
        to_right=bool(rng.random() < 0.5),
        start_s=float(rng.uniform(0.2, 2.0)),
    )
    whole = (0.0, set_.duration_s)
    events = (
        set_.hits("hammer", "impact", "anvil", hammer.blows_s, hammer.outline, hammer.depth_m),
        set_.hits("large_ball", "impact", "rubber", big.contacts_s(), big.outline, big.depth_m, big.strengths()),
        set_.hits("small_ball", "impact", "steel", small.contacts_s(), small.outline, small.depth_m, small.strengths()),
        set_.hits("door", "door", "slam", (door.slam_s,), door.outline, door.depth_m),
        set_.hits("glass", "glass", "shatter", (glass.breaks_s(),), glass.outline, glass.depth_m),
        set_.hits("steps", "footsteps", "step", walker.strikes_s(), walker.outline, walker.depth_m),
        set_.goes_on("rain", "water", "rain", whole, None, 10.0, picture_driven=False),
        set_.goes_on("hum", "hum", "hum", whole, None, 6.0, picture_driven=False),
    )
    told = sorted(
        [
            (door.slam_s, "The door slams shut."),
            (glass.breaks_s(), "A glass falls off the table and shatters."),
            (small.contacts_s()[0], "A small steel ball drops and bounces on the floor."),
            (big.contacts_s()[0], "A big rubber ball bounces in the middle of the room."),
        ]
    )
    words = (
        "Rain drums on the roof. A neon light hums. On the left a SMITH hammers on his anvil, again and again. "
        f"A WOMAN walks through the room behind. {' '.join(sentence for _, sentence in told)}"
    )
    painters = [
        door.draw,
        walker.draw,
        lambda picture, _: hammer.draw_anvil(picture),
        hammer.draw,
        lambda picture, _: glass.draw_table(picture),
        big.draw,
        small.draw,
        glass.draw,
    ]
    return set_.scene(painters, events, f"INT. WORKSHOP - NIGHT\n\n{words}\n")


def _hammer(set_: Stage, x_px: float) -> Hammer:
    rng, depth_m = set_.rng, 2.6
    period_s = float(rng.uniform(0.75, 1.05))
    first_s = float(rng.uniform(0.9, 1.3))
    count = int((set_.duration_s - 0.5 - first_s) / period_s) + 1
    blows = first_s + period_s * np.arange(count) + rng.uniform(-0.03, 0.03, count)
    return Hammer(
        view=set_.view,
        arm=set_.standing_out(set_.look.wall, contrast=0.3, tile_per_unit=14.0),
        iron=set_.stuff(30, 60, contrast=0.4, tile_per_unit=14.0),
        block=set_.stuff(60, 110, contrast=0.3, tile_per_unit=14.0),
        depth_m=depth_m,
        anvil_x_m=set_.view.x_at(x_px, depth_m),
        from_right=True,
        blows_s=tuple(float(t) for t in blows),
    )
