"""Opening an ONNX network on the CPU, silently."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

Level = Literal["ORT_DISABLE_ALL", "ORT_ENABLE_BASIC"]


def open_session(model: Path, level: Level, threads: int = 0) -> Any:
    """An `onnxruntime.InferenceSession` of a file.

    Args:
        model: the file.
        level: how far the graph is optimised, by onnxruntime's name; none is the network as it is written.
        threads: of one run; 0 = as many as cores.

    Raises:
        Exception: the file cannot be loaded; onnxruntime's own classes have no public base.
    """
    # Since 1.29 its Linux builds report every session to their maker, by default; a film is nobody's business.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
