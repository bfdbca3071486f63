"""Makes the hand-written films of `film_cases` importable by the tests of this folder (importlib mode adds no path)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
