"""Freed memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from foleydesigner import memory


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc alone keeps it")
def test_what_a_thread_has_freed_is_given_back() -> None:
    psutil = pytest.importorskip("psutil")
    if memory._of_malloc("malloc_trim") is None:
        pytest.skip("this C library has no malloc_trim")

    def litter() -> None:
        # Small blocks between two that stay: freed, they are holes that the arena keeps.
        blocks = [bytes([65]) * 20_000 for _ in range(8_000)]
        kept.extend(blocks[::400])
        del blocks

    kept: list[bytes] = []
    thread = threading.Thread(target=litter)
    thread.start()
    thread.join()
    process = psutil.Process()
    before_mb = process.memory_info().rss / 2**20
    assert memory.give_back()
    assert process.memory_info().rss / 2**20 < before_mb - 100.0


TOP_OF_A_THREAD = """
import threading, psutil
from foleydesigner import memory

{settled}
blocks = []
here, there = threading.Event(), threading.Event()


def work():
    # After a large block has been freed, ones up to its size come from the heap, which keeps twice as much.
    large = bytes([65]) * 32_000_000
    del large
    blocks.extend(bytes([65]) * 10_000_000 for _ in range(5))
    blocks.clear()
    here.set()
    there.wait()


thread = threading.Thread(target=work)
thread.start()
here.wait()
memory.give_back()
print(psutil.Process().memory_info().rss / 2**20)
there.set()
thread.join()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc alone has arenas")
def test_with_one_heap_what_a_living_thread_has_freed_is_given_back() -> None:
    pytest.importorskip("psutil")
    if memory._of_malloc("malloc_trim") is None:
        pytest.skip("this C library is another")
    held_mb = [
        float(subprocess.run([sys.executable, "-c", TOP_OF_A_THREAD.format(settled=settled)], capture_output=True,
                             text=True, check=True).stdout)
        for settled in ("", "assert memory.share_one_heap()")
    ]  # fmt: skip
    assert held_mb[1] < held_mb[0] - 30.0


def test_without_it_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_of_malloc", lambda name: None)
    assert not memory.give_back()
    assert not memory.share_one_heap()
