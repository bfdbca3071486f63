"""The base of every model that is kept in a checkpoint or in the job folder."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from foleydesigner.plain import one_line

Unit = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
"""A share, strength or score in [0, 1]."""

Seconds = Annotated[float, Field(ge=0.0, le=360_000.0, allow_inf_nan=False)]
"""A time from the first frame of the clip, in seconds (at most 100 hours)."""

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
"""A name that is safe in a file name and in a prompt."""

Line = Annotated[str, Field(max_length=400), AfterValidator(one_line)]
"""One line of human text: whoever wrote it, no control character stays in it (`plain.one_line`)."""


class Model(BaseModel):
    """Frozen, strict about unknown fields: what is written is what is read back."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
