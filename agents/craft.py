"""What every sound family is by craft: its layers, how the picture shows it, its usual words.

A screenplay's mention is matched to a taxonomy concept, which knows more; the family is what is left when the picture
alone speaks, or when a concept is unknown. Layers are those that sound editors cut on (feet, moves, props, hard
effects, backgrounds).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from foleydesigner.screenplay import SoundMention
from foleydesigner.script import EventKind, Family, Layer, Prominence, Size

Showing = Literal["strikes", "gait", "vehicle", "flash", "voice", "gesture", "texture"]
"""How a sound shows in the picture: strikes (contacts), gait (steps), vehicle (a passage), flash (light), voice (jerks
of a head or body), gesture (a body moving), texture (nothing that can be timed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundFacts:
    """What is known of a kind of sound before a picture is looked at."""

    showing: Showing
    layer: Layer
    kind: EventKind
    ucs_id: str
    prompt: str
    material: str = ""
    surface: str = ""
    size: Size = "medium"
    needs_picture: bool = False
    prominence: Prominence = "foreground"
    """The most that it may claim where it is seen."""


def _facts(showing: Showing, layer: Layer, kind: EventKind, ucs_id: str, prompt: str) -> SoundFacts:
    return SoundFacts(showing=showing, layer=layer, kind=kind, ucs_id=ucs_id, prompt=prompt)


FAMILY_FACTS: dict[Family, SoundFacts] = {
    "wind": _facts("texture", "backgrounds", "steady", "WINDVege", "light wind, moving air"),
    "rain": _facts("texture", "backgrounds", "steady", "RAINVege", "steady rain"),
    "room_tone": _facts("texture", "backgrounds", "steady", "AMBRoom", "quiet room tone"),
    "animal": _facts("voice", "hard_fx", "impulsive", "ANMLMisc", "animal call"),
    "insect": _facts("texture", "backgrounds", "steady", "ANMLInsc", "insects"),
    "breath": _facts("voice", "hard_fx", "impulsive", "VOXBrth", "a breath"),
    "percussion": _facts("strikes", "hard_fx", "impulsive", "MUSCPerc", "a drum hit"),
    "bell": _facts("strikes", "hard_fx", "impulsive", "BELLMisc", "a bell stroke"),
    "footsteps": _facts("gait", "feet", "impulsive", "FEETHmn", "footsteps"),
    "cloth": _facts("gesture", "moves", "steady", "CLOTHMvmt", "clothing rustling with movement"),
    "handling": _facts("strikes", "props", "impulsive", "OBJMisc", "an object handled"),
    "door": _facts("strikes", "props", "impulsive", "DOORMisc", "a door"),
    "whoosh": _facts("gesture", "hard_fx", "impulsive", "WHSHMisc", "a whoosh of air"),
    "drone": _facts("texture", "hard_fx", "steady", "DSGNDron", "a low drone"),
    "water": _facts("texture", "hard_fx", "steady", "WATRFlow", "running water"),
    "fire": _facts("texture", "hard_fx", "steady", "FIREBurn", "a fire burning"),
    "thunder": _facts("flash", "hard_fx", "impulsive", "WEATThun", "a thunderclap"),
    "impact": _facts("strikes", "props", "impulsive", "OBJImpt", "a solid impact"),
    "glass": _facts("strikes", "hard_fx", "impulsive", "GLASBrk", "glass breaking"),
    "explosion": _facts("flash", "hard_fx", "impulsive", "EXPLReal", "an explosion"),
    "gunshot": _facts("flash", "hard_fx", "impulsive", "GUNMisc", "a gunshot"),
    "engine": _facts("vehicle", "hard_fx", "steady", "VEHMisc", "an engine running"),
    "mechanism": _facts("vehicle", "hard_fx", "steady", "MACHMisc", "a mechanism working"),
}

LEGAL_LAYERS: dict[Family, tuple[Layer, ...]] = {
    "wind": ("backgrounds", "hard_fx"),
    "rain": ("backgrounds", "hard_fx"),
    "room_tone": ("backgrounds",),
    "animal": ("hard_fx", "backgrounds"),
    "insect": ("backgrounds", "hard_fx"),
    "breath": ("hard_fx", "moves", "props", "backgrounds"),
    "percussion": ("hard_fx", "props"),
    "bell": ("hard_fx", "props", "backgrounds"),
    "footsteps": ("feet", "hard_fx"),
    "cloth": ("moves", "props"),
    "handling": ("props", "moves"),
    "door": ("props", "hard_fx"),
    "whoosh": ("hard_fx", "moves", "props"),
    "drone": ("hard_fx", "backgrounds"),
    "water": ("hard_fx", "backgrounds", "props"),
    "fire": ("hard_fx", "backgrounds", "props"),
    "thunder": ("hard_fx", "backgrounds"),
    "impact": ("props", "hard_fx"),
    "glass": ("hard_fx", "props"),
    "explosion": ("hard_fx", "backgrounds"),
    "gunshot": ("hard_fx", "backgrounds"),
    "engine": ("hard_fx", "backgrounds"),
    "mechanism": ("hard_fx", "props", "backgrounds"),
}
"""Layers on which an editor would look for the family, the usual one first."""


def mention_facts(mention: SoundMention) -> SoundFacts:
    """What is known of the sound that a mention asks for: its concept's craft (or its family's) and the words."""
    from foleydesigner.tools.taxonomy import taxonomy

    facts = FAMILY_FACTS[mention.family]
    try:
        concept = taxonomy().concept(mention.concept)
    except KeyError:  # a mind named a concept of its own: its family still says how it shows
        pass
    else:
        facts = SoundFacts(
            showing="strikes" if concept.trigger == "strike" else concept.trigger,
            layer=concept.layer,
            kind=concept.kind,
            ucs_id=concept.ucs_id,
            prompt=concept.prompt,
            material=concept.material,
            surface=concept.surface,
            size=concept.size,
            needs_picture=concept.needs_picture,
            prominence=concept.prominence,
        )
    return replace(
        facts,
        layer=mention.layer,
        kind=mention.kind,
        material=mention.material or facts.material,
        surface=mention.surface or facts.surface,
        size=mention.size if mention.size != "medium" else facts.size,
    )
