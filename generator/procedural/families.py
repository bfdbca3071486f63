"""Which module makes which family; modules are imported when first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from foleydesigner.errors import EngineError
from foleydesigner.generator.procedural.sound import Family
from foleydesigner.script import FAMILIES
from foleydesigner.script import Family as FamilyName

_RENAMED: dict[FamilyName, str] = {"engine": "vehicle"}
"""`engine.py` is the rendering engine itself, so the family of motors lives elsewhere."""

MODULES: dict[FamilyName, str] = {family: _RENAMED.get(family, family) for family in FAMILIES}


def load(family: str) -> Family:
    """The `render` of a family.

    Raises:
        EngineError: no family has that name.
    """
    module = MODULES.get(cast(FamilyName, family))
    if module is None:
        raise EngineError(
            f"no procedural family is called {family!r}",
            f"one of {', '.join(sorted(MODULES))}",
            "correct the event's family in the script",
        )
    return cast(Family, import_module(f"foleydesigner.generator.procedural.{module}").render)
