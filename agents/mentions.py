"""Mentions of one scene gathered into the sounding things they speak of.

"tries out a big bass drum, beating it steadily" is one drum; "the hammer falls ... the ring of iron" is one metal. A
group has one sound, one place and one claim on the picture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from foleydesigner.agents.craft import SoundFacts, mention_facts
from foleydesigner.screenplay import Scene, SoundMention

_LOW = re.compile(r"bass.?drum|kick|pedal|foot|feet|step|floor|ground|hoof|wheel", re.I)
_HIGH = re.compile(r"cymbal|hi.?hat|crash|sky|cloud|bird|lightning|bell|roof|ceiling|lamp", re.I)
_CONTRASTS = ({"small", "large"}, {"small", "very_large"})
"""Sizes of two things, not of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionGroup:
    """One sounding thing of a scene, with what all its mentions say together."""

    mentions: tuple[SoundMention, ...]
    facts: SoundFacts

    @property
    def lead(self) -> SoundMention:
        """The mention that says most: repeated before single, then the surer match, then the earlier."""
        return max(
            self.mentions,
            key=lambda m: (m.later_s is not None, m.repeated, m.count is not None, m.confidence, -m.sequence),
        )

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all its mentions."""
        return tuple(m.id for m in self.mentions)

    @property
    def repeated(self) -> bool:
        """The words say that it goes on."""
        return any(m.repeated for m in self.mentions)

    @property
    def count(self) -> int | None:
        """Hits asked for in so many words, or None. A single action that comes up n times is n hits."""
        if self.repeated:
            return None
        stated = [m.count for m in self.mentions if m.count is not None]
        return sum(stated) if stated else None

    @property
    def later_s(self) -> float | None:
        """How long after the light that goes with it, where the words say."""
        return next((m.later_s for m in self.mentions if m.later_s is not None), None)

    @property
    def sequence(self) -> int:
        """Place in the order of the scene's actions."""
        return min(m.sequence for m in self.mentions)

    @property
    def after(self) -> bool:
        """All of it comes after something else."""
        return all(m.after for m in self.mentions)

    @property
    def offscreen(self) -> bool:
        """The words put all of it outside the picture."""
        return all(m.offscreen for m in self.mentions)

    @property
    def distant(self) -> bool:
        """The words put it far away."""
        return any(m.distant for m in self.mentions)

    @property
    def words(self) -> str:
        """Everything that was read, lower case."""
        return " ".join(f"{m.subject} {m.concept} {m.variant} {m.clause}" for m in self.mentions).lower()

    @property
    def height(self) -> float:
        """Where in the picture it is expected, 0 = top, 1 = bottom: kick drums below, cymbals above."""
        named = " ".join(f"{m.subject} {m.concept} {m.variant}" for m in self.mentions).replace("_", " ")
        if _LOW.search(named):
            return 0.85
        return 0.15 if _HIGH.search(named) else 0.4


def group_mentions(scene: Scene) -> tuple[MentionGroup, ...]:
    """The scene's mentions as groups, in reading order."""
    groups: list[list[SoundMention]] = []
    facts: dict[str, SoundFacts] = {m.id: mention_facts(m) for m in scene.mentions}
    for mention in scene.mentions:
        home = next((g for g in groups if _same_source(g, mention, facts)), None)
        if home is None:
            groups.append([mention])
        else:
            home.append(mention)
    built = []
    for members in groups:
        group = MentionGroup(mentions=tuple(members), facts=facts[members[0].id])
        built.append(MentionGroup(mentions=tuple(members), facts=facts[group.lead.id]))
    return tuple(built)


def _same_source(group: Sequence[SoundMention], mention: SoundMention, facts: dict[str, SoundFacts]) -> bool:
    first = group[0]
    if first.family != mention.family or first.kind != mention.kind:
        return False
    if mention.family == "thunder" and mention.later_s is not None and group[-1].variant == "strike":
        return True  # lightning and the thunder that is said to follow it: light makes no sound of its own
    same_walk = mention.family == "footsteps" and first.concept == mention.concept  # told twice, once without picture
    if any((m.offscreen != mention.offscreen and not same_walk) or m.distant != mention.distant for m in group):
        return False
    turned = mention.direction and any(m.direction and m.direction != mention.direction for m in group)
    if turned or {first.size, mention.size} in _CONTRASTS:
        return False
    same_concept = first.concept == mention.concept and first.variant == mention.variant
    # "Footsteps on stone" names no walker.
    named = [m.subject for m in (*group, mention) if m.subject and m.subject not in m.concept]
    same_subject = len(set(named)) <= 1
    if same_concept:
        return same_subject or mention.kind == "steady" or first.clause == mention.clause
    # One metal under one hammer: the cause and its ring are one sound.
    same_stuff = bool(facts[first.id].material) and facts[first.id].material == facts[mention.id].material
    goes_on = any(m.repeated for m in group)
    return mention.family in ("impact", "bell") and same_stuff and goes_on and not mention.after and not mention.count
