"""Lets torchvision from the package index be imported beside a CPU build of torch.

That torchvision is built for CUDA: beside a CPU build of torch its compiled operators do not load, and its import
then stops at two of them that were never declared. They are declared here, without a body (no model of ours calls
them), just before torchvision is imported. vLLM starts further interpreters of its own, so the environment's builder
copies this file into site-packages with a `.pth` line that imports it at every start; before torchvision is imported
it costs nothing.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

OPERATORS = ("nms", "qnms")
SHAPE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


class DeclareFirst(MetaPathFinder):
    """Finds nothing; on the first request for torchvision it declares what may be missing."""

    def __init__(self) -> None:
        self.kept: list[Any] = []  # a declaration lasts as long as its library object

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Declare, then let the ordinary finders go on."""
        if name == "torchvision" and not self.kept:
            self.kept.append(None)  # importing torch may ask for torchvision again
            import torch

            for operator in OPERATORS:
                with contextlib.suppress(RuntimeError):  # declared already: this torchvision fits this torch
                    library = torch.library.Library("torchvision", "FRAGMENT")
                    library.define(operator + SHAPE)
                    self.kept.append(library)
        return None


sys.meta_path.insert(0, DeclareFirst())
