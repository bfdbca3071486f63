"""Where sounds come from: the adapters, by the words of the command line."""

from __future__ import annotations

from collections.abc import Callable

from foleydesigner.errors import ConfigurationError
from foleydesigner.generator.filmstereo.audiocaps import AudioCaps
from foleydesigner.generator.filmstereo.csv_table import CsvTable
from foleydesigner.generator.filmstereo.debian import DebianPackage
from foleydesigner.generator.filmstereo.esc50 import Esc50
from foleydesigner.generator.filmstereo.folder import SoundFolder
from foleydesigner.generator.filmstereo.found import FoundSound, Source
from foleydesigner.generator.filmstereo.fsd50k import Fsd50k
from foleydesigner.generator.filmstereo.procedural_fill import ProceduralFill

__all__ = ["FORMS", "FoundSound", "Source", "parse_source"]

FORMS = "debian:PACKAGE, folder:DIR, csv:FILE, esc50:DIR, fsd50k:DIR, audiocaps:DIR, procedural[:FAMILIES]"
_ADAPTERS: dict[str, Callable[[str], Source]] = {
    "debian": DebianPackage,
    "folder": SoundFolder,
    "csv": CsvTable,
    "esc50": Esc50,
    "fsd50k": Fsd50k,
    "audiocaps": AudioCaps,
    "procedural": ProceduralFill.named,
}


def parse_source(text: str) -> Source:
    """The adapter that "debian:minetest-data" or "folder:/sounds" stands for.

    Raises:
        ConfigurationError: there is no such adapter, or its argument is missing or wrong.
        DatasetError: the folder is not there.
    """
    kind, _, argument = text.strip().partition(":")
    if kind not in _ADAPTERS or (kind != "procedural" and not argument):
        raise ConfigurationError(f"{text!r} is no source", f"one of {FORMS}", "correct it")
    return _ADAPTERS[kind](argument)
