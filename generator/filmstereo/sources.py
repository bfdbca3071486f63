"""Where sounds come from: the adapters, by the words of the command line."""

from __future__ import annotations

from collections.abc import Callable

from foleydesigner.errors import ConfigurationError
from foleydesigner.generator.filmstereo.debian import DebianPackage
from foleydesigner.generator.filmstereo.found import FoundSound, Source
from foleydesigner.generator.filmstereo.procedural_fill import ProceduralFill

__all__ = ["FORMS", "FoundSound", "Source", "parse_source"]

FORMS = "debian:PACKAGE, procedural[:FAMILIES]"
_ADAPTERS: dict[str, Callable[[str], Source]] = {
    "debian": DebianPackage,
    "procedural": ProceduralFill.named,
}


def parse_source(text: str) -> Source:
    """The adapter that "debian:minetest-data" or "folder:/sounds" stands for.

    Raises:
        ConfigurationError: there is no such adapter, or its argument is missing or wrong.
    """
    kind, _, argument = text.strip().partition(":")
    if kind not in _ADAPTERS or (kind != "procedural" and not argument):
        raise ConfigurationError(f"{text!r} is no source", f"one of {FORMS}", "correct it")
    return _ADAPTERS[kind](argument)
