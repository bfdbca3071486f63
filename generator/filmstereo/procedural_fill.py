"""Takes of the procedural engine for families that no recording was found for, marked as what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from foleydesigner.errors import ConfigurationError
from foleydesigner.generator.filmstereo.found import FoundSound
from foleydesigner.generator.filmstereo.licences import GENERATED
from foleydesigner.generator.procedural.trial import is_hit, trial_request
from foleydesigner.script import FAMILIES, Family
from foleydesigner.tools.taxonomy import Concept, taxonomy

COLLECTION = "procedural"
TAKES = 24
"""Takes of a family, spread over its concepts."""
_HIT_S, _STEADY_S = 1.2, 10.0
_STRENGTHS = (1.0, 0.7, 0.85, 0.55)


class ProceduralFill:
    """Takes of families, all settings by number, the same bytes every time.

    Args:
        families: which; None leaves that to who asks: those that nothing else was found for.
        takes: how many of each.
    """

    collection = COLLECTION

    def __init__(self, families: Sequence[Family] | None = None, takes: int = TAKES) -> None:
        self.families, self._takes = families, takes

    @classmethod
    def named(cls, text: str) -> ProceduralFill:
        """From "rain,cloth"; "" for those that nothing else was found for.

        Raises:
            ConfigurationError: no family is called so.
        """
        names = [name.strip() for name in text.split(",") if name.strip()]
        if unknown := sorted(set(names) - set(FAMILIES)):
            raise ConfigurationError(f"no family is called {unknown[0]!r}", f"of {', '.join(FAMILIES)}", "correct it")
        return cls([family for family in FAMILIES if family in names] if names else None)

    def missing(self, found: frozenset[Family]) -> ProceduralFill:
        """The same for exactly the families that were not found; itself where families were named."""
        if self.families is not None:
            return self
        return ProceduralFill([family for family in FAMILIES if family not in found], self._takes)

    def find(self, cache: Path) -> Iterator[FoundSound]:
        """The takes; made where `cache` does not hold them yet."""
        for family in self.families or ():
            concepts = [
                c for c in taxonomy().concepts if c.family == family and (c.kind == "impulsive") == is_hit(family)
            ]
            for take in range(self._takes):
                concept = concepts[take % len(concepts)]
                yield self._take(concept, take, cache / COLLECTION)

    def _take(self, concept: Concept, number: int, cache: Path) -> FoundSound:
        from foleydesigner.generator.procedural.engine import ProceduralEngine

        strength = _STRENGTHS[number % len(_STRENGTHS)]
        settings = {"variant": concept.variant, "material": concept.material, "surface": concept.surface}
        settings |= {"size": concept.size, "strength" if is_hit(concept.family) else "level": str(strength)}
        seconds = _HIT_S if is_hit(concept.family) else _STEADY_S
        # One hit a take: it is a single sound.
        settings["interval_s"] = str(seconds)
        engine = ProceduralEngine(workers=1)
        recipe = f"{engine.name} {engine.version} {concept.name} {number} {seconds} {sorted(settings.items())}"
        path = cache / f"{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.wav"
        if not path.is_file():
            from foleydesigner.tools.audio_file import write_wav

            chosen = {name: value for name, value in settings.items() if value != ""}
            (take,) = engine.render([trial_request(concept.family, seconds, number, chosen)])
            mono = take.dry.read(0, take.dry.samples)[:1]
            write_wav(path, mono, take.sample_rate_hz)
        return FoundSound(
            collection=COLLECTION,
            name=f"{concept.family}/{concept.name}/{number:03d}.wav",
            title=concept.phrases[0],
            author=f"FoleyDesigner, {engine.name} engine {engine.version}",
            licence=GENERATED,
            url="",
            data=path,
            licence_from="made by the project's own engine; no recording",
            family=concept.family,
            words=concept.name.replace("_", " "),
        )
