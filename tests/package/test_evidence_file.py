"""Evidence on disk: the bytes of plain JSON, read back alike track by track, and in any other layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from foleydesigner.evidence import ClipInfo, Curve, Impact, PictureEvidence, Shot, Track, TrackPath
from foleydesigner.evidence_file import read_evidence_file, write_evidence
from foleydesigner.files import write_json

CLIP = ClipInfo(
    name='a "tracks": [] film.mp4', sha256="0" * 64, width_px=640, height_px=360, rate_num=25, rate_den=1,
    frame_count=50, duration_s=2.0,
)  # fmt: skip


def seen(tracks: int, points: int = 3) -> PictureEvidence:
    rng = np.random.default_rng(1)
    rows = np.arange(points)
    corners = np.sort(rng.random((points, 2, 2)), axis=1).reshape(points, 4)
    columns = np.column_stack([rows / 25.0, corners, rng.random(points), 1.0 + rng.random(points), rows])
    columns[0, 6] = np.nan
    return PictureEvidence(
        clip=CLIP,
        shots=(Shot(id="shot_1", start_frame=0, end_frame=50, start_s=0.0, end_s=2.0),),
        tracks=tuple(
            Track(id=f"track_{k}", shot_id="shot_1", start_s=0.0, end_s=2.0, points=TrackPath.of_columns(columns))
            for k in range(tracks)
        ),
        impacts=(Impact(id="impact_1", time_s=1.0, strength=0.5, x=0.5, y=0.5),),
        activity=Curve(values=(0.25, 1.0)),
    )


@pytest.mark.parametrize("tracks", [0, 1, 3])
def test_the_bytes_are_plain_json_and_are_read_back_alike(tmp_path: Path, tracks: int) -> None:
    evidence = seen(tracks)
    plain = write_json(tmp_path / "plain.json", evidence).read_bytes()
    path = write_evidence(tmp_path / "evidence.json", evidence)
    assert path.read_bytes() == plain
    assert read_evidence_file(path) == evidence


def test_any_layout_is_read(tmp_path: Path) -> None:
    evidence = seen(2)
    data = json.loads(evidence.model_dump_json())
    path = tmp_path / "evidence.json"
    for text in (
        json.dumps(data),
        json.dumps(data, indent=4),
        json.dumps(data, indent=2).replace("    },\n", "    }  ,\n"),
    ):
        path.write_text(text)
        assert read_evidence_file(path) == evidence


def test_damage_is_no_evidence(tmp_path: Path) -> None:
    path = write_evidence(tmp_path / "evidence.json", seen(2))
    whole = path.read_bytes()
    middle, late = whole.index(b'"track_1"'), whole.index(b'"impacts"')
    for broken in (
        whole[:middle],
        whole[:late],
        whole.replace(b'"track_1"', b'"../x"'),
        whole.replace(b"    }", b"", 1),
    ):
        path.write_bytes(broken)
        with pytest.raises(ValidationError):
            read_evidence_file(path)


def test_never_more_than_a_track_is_parsed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = seen(20, 30)
    path = write_evidence(tmp_path / "evidence.json", evidence)
    parsed: list[int] = []
    for model in (Track, PictureEvidence):
        validate = model.model_validate_json

        def spied(text: bytes, validate: Callable[[bytes], Any] = validate) -> Any:
            parsed.append(len(text))
            return validate(text)

        monkeypatch.setattr(model, "model_validate_json", spied)
    assert read_evidence_file(path) == evidence
    assert len(parsed) == 21
    assert max(parsed) < 1.1 * path.stat().st_size / 20
