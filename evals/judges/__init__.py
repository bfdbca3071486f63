"""What independent ears are asked of our sounds.

`audioset.json` was fixed before the sounds were tuned to anything: per family, the AudioSet classes that truly name it,
and three settings (the first three of its concepts in `tools/taxonomy.json`; where it has two, the first one large).
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any


def audioset_table() -> dict[str, Any]:
    """`accepted`: AudioSet display names by family; `settings`: three by family; `top`: among how many one must be."""
    table: dict[str, Any] = json.loads(
        resources.files("foleydesigner.evals.judges").joinpath("audioset.json").read_text("utf-8")
    )
    return table
