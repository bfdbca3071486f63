"""Makes the hand-written films of `tests/agents/film_cases.py` importable (importlib mode adds no path)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "agents"))
