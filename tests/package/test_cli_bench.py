"""Where benchmarks work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from foleydesigner.cli_bench import workplace


def test_jobs_of_a_benchmark_send_no_traces_unless_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FOLEY_TRACE")
    with workplace(tmp_path / "new" / "place") as place:
        assert place.is_dir()
        assert os.environ["FOLEY_TRACE"] == "off"
    assert place.is_dir()
    monkeypatch.setenv("FOLEY_TRACE", "auto")
    with workplace(None) as place:
        assert os.environ["FOLEY_TRACE"] == "auto"
    assert not place.exists()
