"""Which server answers for what, and what models are known to expect."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from foleydesigner.agents.cast import ROLES, cast_of
from foleydesigner.agents.served.endpoints import endpoints_of, traits_of
from foleydesigner.config import Secrets, Settings
from foleydesigner.errors import ConfigurationError
from foleydesigner.job import JobFolder

URL = "http://127.0.0.1:8000/v1"


def test_one_omni_server_takes_everything_that_has_no_server_of_its_own() -> None:
    found = endpoints_of(Settings(omni_url=URL, omni_model="omni", text_url=URL + "2", text_model="writer"))
    assert {c: e.model for c, e in found.items()} == {"vision": "omni", "text": "writer", "audio": "omni"}
    assert found["text"].url == URL + "2"


def test_a_vision_model_writes_too_where_nobody_else_does() -> None:
    found = endpoints_of(Settings(vision_url=URL))
    assert {c: e.model for c, e in found.items()} == dict.fromkeys(("vision", "text"), "Qwen/Qwen2.5-VL-7B-Instruct")


@pytest.mark.parametrize(
    ("model", "boxes", "hears", "step"),
    [
        ("Qwen/Qwen2.5-VL-7B-Instruct", "image_pixels", False, 28),
        ("Qwen/Qwen2.5-Omni-7B", "image_pixels", True, 28),
        ("Qwen/Qwen3-VL-8B-Instruct", "thousandths", False, 32),
        ("Qwen/Qwen2-Audio-7B-Instruct", "thousandths", True, 1),
        ("nobody/knows-this", "thousandths", False, 1),
    ],
)
def test_traits_by_name(model: str, boxes: str, hears: bool, step: int) -> None:
    traits = traits_of(model)
    assert (traits.boxes, traits.hears, traits.side_multiple_px) == (boxes, hears, step)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "127.0.0.1:8000", "http://user:secret@host/v1", "ftp://host"])
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="FOLEY_API_KEY"):
        Settings(vision_url=url)


def test_who_plays_what(tmp_path: Path) -> None:
    job = JobFolder(tmp_path / "job")
    house = cast_of(Settings(), job)
    assert set(house.played_by) == set(ROLES)
    assert set(house.played_by.values()) == {"house"}
    assert house.desk is None
    assert cast_of(Settings(minds="house", omni_url=URL), job).desk is None
    text = cast_of(Settings(text_url=URL, text_model="t"), job)
    served = {role for role, who in text.played_by.items() if who == "t"}
    assert served == {"script_expander", "script_scorer", "mixing_planner", "reverberation", "equalisation", "dynamics"}
    eyes = cast_of(Settings(vision_url=URL, vision_model="v", audio_url=URL, audio_model="a"), job)
    assert eyes.played_by["track_listener"] == "a + v"
    with pytest.raises(ConfigurationError, match="FOLEY_VISION_URL"):
        cast_of(Settings(minds="served"), job)


def test_the_settings_file_is_read_after_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f'vision_url = "{URL}/"\nseed = 5\napi_key = "secret"\n')
    monkeypatch.setenv("FOLEY_SETTINGS_FILE", str(path))
    assert (Settings().vision_url, Settings().seed) == (URL, 5)
    key = Secrets().api_key
    assert key is not None
    assert key.get_secret_value() == "secret"
    assert "secret" not in Settings().model_dump_json()
    monkeypatch.setenv("FOLEY_SEED", "9")
    assert (Settings().seed, Settings(seed=1).seed) == (9, 1)


def test_a_settings_file_in_a_closed_home_is_none_unless_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path, *_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    path = tmp_path / "settings.toml"
    monkeypatch.setattr(Path, "read_text", closed)
    monkeypatch.setattr("foleydesigner.config.os.access", lambda *_: False)
    monkeypatch.setenv("FOLEY_SETTINGS_FILE", str(path))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Settings()
    monkeypatch.delenv("FOLEY_SETTINGS_FILE")
    assert Settings().vision_url is None
    monkeypatch.setattr("foleydesigner.config.os.access", lambda *_: True)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Settings()


@pytest.mark.parametrize(("text", "error"), [("x = [", ConfigurationError), ("bogus = 3", ValidationError)])
def test_a_bad_settings_file_is_named(
    text: str, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    monkeypatch.setenv("FOLEY_SETTINGS_FILE", str(path))
    with pytest.raises(error):
        Settings()
