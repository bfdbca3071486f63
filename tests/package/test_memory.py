"""Freed memory goes back to the system."""

from __future__ import annotations

import sys
import threading

import pytest

from foleydesigner import memory


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc alone keeps it")
def test_what_a_thread_has_freed_is_given_back() -> None:
    psutil = pytest.importorskip("psutil")
    if memory._trim() is None:
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


def test_without_it_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_trim", lambda: None)
    assert not memory.give_back()
