"""Provenance: versions and licences of what is installed, nothing that changes from run to run."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest

from foleydesigner.files import write_json
from foleydesigner.tools.delivery.provenance import (
    Decision,
    ModelSource,
    Provenance,
    TakeSource,
    installed_versions,
    package_licence,
    provenance,
)


def record() -> Provenance:
    return provenance(
        job_id="job42",
        inputs={"clip.mp4": "ab" * 32},
        seed=7,
        engine="procedural",
        settings={"pan_law": "film"},
        takes=[
            TakeSource(
                event_id="steps", engine="procedural/1", licence="generated", seed=9, parameters={"surface": "gravel"}
            )
        ],
        models=[ModelSource(name="all-MiniLM-L6-v2", role="sound words", licence="Apache-2.0")],
        decisions=[Decision(point="script", decided_by="M. Muster", verdict="approved", at="2026-01-02T03:04:05Z")],
    )


def test_record_is_read_back_and_repeats_itself(tmp_path: Path) -> None:
    first = write_json(tmp_path / "a.json", record()).read_bytes()
    assert first == write_json(tmp_path / "b.json", record()).read_bytes()
    assert Provenance.model_validate(json.loads(first)) == record()
    assert json.loads(first)["takes"][0]["seed"] == 9


def test_versions_are_those_installed() -> None:
    versions = installed_versions(["numpy", "no-such-package-at-all"])
    assert versions == {"numpy": metadata.version("numpy")}


@pytest.mark.parametrize(
    ("package", "licence"),
    [("foleydesigner", "GPL-3.0-or-later"), ("pedalboard", "GPL"), ("numpy", "BSD"), ("scipy", "BSD")],
)
def test_licences_are_what_packages_declare(package: str, licence: str) -> None:
    assert licence in package_licence(package)
