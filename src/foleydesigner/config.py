"""Settings of a job.

Precedence: what is passed explicitly, then FOLEY_* variables, then the settings file, then the defaults here. The
settings file is TOML with the same names (`vision_url = "http://127.0.0.1:8000/v1"`): the one that
FOLEY_SETTINGS_FILE names, else `settings.toml` in the user's configuration folder for `foleydesigner`.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from foleydesigner.errors import ConfigurationError

ReviewPoint = Literal["script", "takes", "mix"]
MindChoice = Literal["auto", "house", "served"]
_SECRETS = frozenset({"api_key"})


def settings_file() -> Path:
    """Where the settings file is, whether it exists or not."""
    named = os.environ.get("FOLEY_SETTINGS_FILE")
    if named:
        return Path(named)
    import click

    return Path(click.get_app_dir("foleydesigner")) / "settings.toml"


def _out_of_reach(path: Path) -> bool:
    """Whether nobody named the file and its folder is closed: a container run as somebody else has root's home."""
    return "FOLEY_SETTINGS_FILE" not in os.environ and not os.access(path.parent, os.X_OK)


def _from_file(settings_cls: type[BaseSettings], *, secrets: bool) -> InitSettingsSource:
    """The settings file as a source: without what `Secrets` reads from it, or with nothing else.

    Raises:
        ConfigurationError: it is no TOML, or cannot be read.
    """
    path = settings_file()
    try:
        read = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        read = {}
    except (OSError, ValueError) as error:
        if not (isinstance(error, PermissionError) and _out_of_reach(path)):
            raise ConfigurationError(
                f"the settings file {path} cannot be read ({error})",
                'TOML like vision_url = "http://127.0.0.1:8000/v1"',
                "mend it, or name another one in FOLEY_SETTINGS_FILE",
            ) from error
        read = {}
    return InitSettingsSource(settings_cls, {n: v for n, v in read.items() if (n in _SECRETS) == secrets})


class Settings(BaseSettings):
    """Everything a job can be told, with units in the names."""

    model_config = SettingsConfigDict(env_prefix="FOLEY_", extra="forbid", frozen=True)

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    minds: MindChoice = "auto"
    """house: craft rules only; served: models behind the endpoints below; auto: served where an endpoint is set."""
    engine: str = "procedural"
    """A name, or a folder with weights (`foley design --help`)."""
    engine_steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Learned engines: passes of the denoiser; None = as the weights are published."""
    engine_text_scale: Annotated[float, Field(ge=0.0, le=30.0)] | None = None
    """Learned engines: guidance by the prompt; None = as the weights are published."""
    engine_position_scale: Annotated[float, Field(ge=0.0, le=30.0)] | None = None
    """Learned engines: guidance by the position; None = as by the prompt."""
    engine_candidates: Annotated[int, Field(ge=1, le=16)] = 2
    """Learned engines: takes made of each event, of which the best in onsets and position is kept."""
    engine_batch: Annotated[int, Field(ge=1, le=256)] | None = None
    """Learned engines: sounds made at once; None = 4 on a CPU, 16 on a GPU."""
    review: Annotated[tuple[ReviewPoint, ...], NoDecode] = ()
    """Where to stop for a person; as text, names separated by commas."""
    workers: Annotated[int, Field(ge=1, le=64)] = 2

    # the models behind served minds: OpenAI-compatible servers (vLLM), by what they can take
    omni_url: str | None = None
    """One server for all that has no server of its own."""
    omni_model: str = "Qwen/Qwen2.5-Omni-7B"
    vision_url: str | None = None
    vision_model: str = "Qwen/Qwen2.5-VL-7B-Instruct"
    text_url: str | None = None
    """None = the vision model writes too."""
    text_model: str = "Qwen/Qwen2.5-7B-Instruct"
    audio_url: str | None = None
    audio_model: str = "Qwen/Qwen2-Audio-7B-Instruct"
    calls_in_flight: Annotated[int, Field(ge=1, le=64)] = 12
    """Requests under way at once, all servers together."""
    call_timeout_s: Annotated[float, Field(gt=0.0, le=3600.0)] = 120.0
    """Longest that one request may take, from its first byte sent to its last received."""
    answer_timeout_s: Annotated[float, Field(gt=0.0, le=7200.0)] = 300.0
    """Longest that one question may take with its retries and corrections; afterwards the house mind answers."""
    call_budget: Annotated[int, Field(ge=0, le=100_000)] = 1000
    """Requests of one job, retries counted."""
    token_budget: Annotated[int, Field(ge=0, le=10**9)] = 4_000_000
    """Tokens of one job, read and written."""

    trace: Literal["auto", "off"] = "auto"
    """auto: traces go to MLflow where it is installed (extra `trace`), by a process of their own after each run."""
    tracking_uri: str | None = None
    """MLflow server or store; None = a SQLite file in the user's folder."""

    # perception
    working_width_px: Annotated[int, Field(ge=96, le=1280)] = 320
    """Width at which frames are analysed; the picture itself is never resized."""
    field_of_view_deg: Annotated[float, Field(gt=10.0, le=120.0)] = 90.0
    """Horizontal field of view of eq. 2."""
    shot_threshold: Annotated[float, Field(gt=0.0)] = 27.0
    """PySceneDetect's content threshold."""
    depth_model: str | None = None
    """Folder or hub name of a Depth Anything V2 metric checkpoint; None = ground contact and scale."""
    onset_model: str | None = None
    """Folder of a learned video-onset checkpoint; None = motion analysis."""

    # FilmScribe loop and Tree-of-Thought search
    filmscribe_rounds: Annotated[int, Field(ge=1, le=10)] = 3
    """K_max of eq. 1."""
    search_threshold: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9
    """tau: stop at once at this score."""
    search_children: Annotated[int, Field(ge=1, le=8)] = 3
    """n children an expansion."""
    search_keep: Annotated[int, Field(ge=1, le=8)] = 2
    """top k kept a level."""
    search_depth: Annotated[int, Field(ge=1, le=10)] = 3
    """D_max."""
    search_budget: Annotated[int, Field(ge=1, le=200)] = 24
    """Branch budget: candidates made in all."""
    fundamental_below: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """A criterion under this makes a candidate's failure fundamental (regenerate, not refine)."""

    # rendering and mixing
    sample_rate_hz: Literal[48000] = 48000
    pan_law: Literal["film", "spaced_pair"] = "film"
    pan_width: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
    microphone_spacing_m: Annotated[float, Field(ge=0.05, le=0.5)] = 0.17
    surround: Literal["objects", "upmix"] = "objects"
    profile: Literal["stem", "ebu_r128", "atsc_a85", "streaming"] = "stem"
    """Delivery profile of the printed mix; `stem` keeps the balance and guarantees true peak only."""
    surround_order: Literal["smpte", "film"] = "smpte"

    @field_validator("review", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """Names out of `script,mix`."""
        if isinstance(value, str):
            return tuple(point.strip() for point in value.split(",") if point.strip())
        return value

    @field_validator("omni_url", "vision_url", "text_url", "audio_url")
    @classmethod
    def _reachable(cls, value: str | None) -> str | None:
        """An address of a server, without a password in it (it would be kept with the job)."""
        if value is None or not value.strip():
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise ValueError("not an address like http://127.0.0.1:8000/v1; a key belongs into FOLEY_API_KEY")
        return value.rstrip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, settings file."""
        return init_settings, env_settings, _from_file(settings_cls, secrets=False)


class Secrets(BaseSettings):
    """What is never kept with a job: read anew, from the environment or the settings file, whenever it is needed."""

    model_config = SettingsConfigDict(env_prefix="FOLEY_", extra="ignore", frozen=True)

    api_key: SecretStr | None = None
    """Sent to the model servers; vLLM asks for it when it was started with --api-key."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment, settings file."""
        return init_settings, env_settings, _from_file(settings_cls, secrets=True)
