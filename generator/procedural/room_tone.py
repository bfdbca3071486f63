"""Room tone: what a place sounds like when nothing happens in it.

Background noise in rooms falls by about 5 dB an octave (the NC and RC curves, ASHRAE Handbook: HVAC Applications, ch.
49), with the broad hump of air handling below 300 Hz and a trace of the mains; outdoors the air itself is brighter
and moves.
"""

from __future__ import annotations

import numpy as np

from foleydesigner.generator.engine import RenderRequest
from foleydesigner.generator.procedural.blocks import Block, Hit
from foleydesigner.generator.procedural.noise import Magnitude, Mono, Wander, band, resonances
from foleydesigner.generator.procedural.sound import Sound
from foleydesigner.generator.procedural.staging import stage

OUTDOORS = ("outside", "outdoor", "exterior", "forest", "street", "city", "desert", "field", "night", "beach", "park")
LARGE = ("hall", "church", "cathedral", "warehouse", "factory", "cave", "tunnel", "hangar", "station", "foundry")
TECHNICAL = ("lab", "office", "ship", "spaceship", "server", "hospital", "control", "cockpit", "bridge")


def render(request: RenderRequest, rng: np.random.Generator) -> Sound:
    """Steady: the tone of the place; impulsive: a short swell of it at each onset (an air handler starting)."""
    return stage(request, rng, _texture, _swell)


def place_of(request_variant: str) -> str:
    """Which kind of place the words of a variant tell: outdoors, large, technical or room."""
    for name, words in (("outdoors", OUTDOORS), ("technical", TECHNICAL), ("large", LARGE)):
        if any(word in request_variant for word in words):
            return name
    return "room"


def _colour(place: str) -> tuple[Magnitude, float]:
    """Main spectrum and the depth of its slow movement."""
    if place == "outdoors":
        return band(60.0, 5000.0, -4.0, 1), 0.22
    if place == "large":
        return band(35.0, 1600.0, -6.0, 1), 0.10
    return band(40.0, 2600.0, -5.5, 1), 0.06


def _texture(block: Block) -> list[Mono]:
    place = place_of(f"{block.event.variant} {block.event.label}".lower())
    colour, depth = _colour(place)
    t = block.control_s
    slow, other = (Wander.draw(block.character, 0.02, 0.25) for _ in range(2))
    layers = [block.bed(colour) * block.curve(1.0 + depth * np.clip(slow.at(t), -2.2, 2.2))]
    if place == "outdoors":
        layers.append(block.bed(band(900.0, 6000.0, -3.0, 1)) * block.curve(0.12 + 0.05 * np.clip(other.at(t), -2, 2)))
        return layers
    fan_hz = block.character.uniform(70.0, 130.0)
    strength = 0.9 if place == "technical" else 0.45
    duct = resonances(((fan_hz, 2.0, 1.0), (2.3 * fan_hz, 3.0, 0.5)))
    layers.append(block.bed(lambda f: duct(f) * band(40.0, 400.0)(f)) * block.curve(strength + 0.04 * other.at(t)))
    layers.append(block.coherent(_mains(block, 0.06 if place == "technical" else 0.025)))
    return layers


def _mains(block: Block, gain: float) -> Mono:
    """A trace of 60 Hz and its even harmonics, 50 Hz where the label asks for it."""
    base_hz = 50.0 if "50" in block.event.variant else 60.0
    t = block.start_s + np.arange(block.length) / block.sample_rate_hz
    hum = np.zeros(block.length)
    for harmonic, share in ((1, 0.5), (2, 1.0), (4, 0.3)):
        hum += share * np.sin(2.0 * np.pi * (harmonic * base_hz * t + float(block.turns(1)[0])))
    return np.asarray(gain * hum, dtype=np.float32)


def _swell(hit: Hit) -> Mono:
    shape = hit.envelope(0.08, 0.5, 2.0)
    colour, _ = _colour(place_of(f"{hit.event.variant} {hit.event.label}".lower()))
    return hit.noise(colour, shape.size) * shape
