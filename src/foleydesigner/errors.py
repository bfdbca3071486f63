"""Every error that FoleyDesigner raises on purpose.

    FoleyError
    ├── ClipError              the picture cannot be used (no video stream, no frame, not a film, unreadable)
    ├── ScreenplayError        the screenplay cannot be used (encoding, empty, too large)
    ├── JobError               the job folder cannot be used
    │   ├── JobMismatchError   … because it belongs to another clip, screenplay or seed
    │   ├── JobBusyError       … because another process works in it
    │   ├── JobStoppedError    … any further, because somebody stopped the job
    │   └── OutputError        … because it cannot be written
    ├── ConfigurationError     a setting is out of range or contradicts another
    ├── MissingExtraError      an optional package or model is needed and absent
    ├── CheckpointError        model weights cannot be used
    ├── EngineError            a sound cannot be made as asked
    ├── DatasetError           a dataset cannot be built as asked, or read
    ├── AgentError             an agent's reply failed its checks and there is no fall-back
    ├── AccessError            a person asks for a job that is not theirs, or that is not there
    ├── UploadError            an uploaded file is too large, too long, or not what it has to be
    ├── ReviewError            a reviewer's answer is not one that the interrupt accepts
    ├── DeliveryError          a deliverable cannot be written as asked
    └── ServingError           a model server cannot be started, or does not stay up

Each says what was got, what was expected and what to do next; the command line prints that one line and exits non-zero.
"""

from __future__ import annotations

from foleydesigner.plain import visible

__all__ = [
    "AccessError",
    "AgentError",
    "CheckpointError",
    "ClipError",
    "ConfigurationError",
    "DatasetError",
    "DeliveryError",
    "EngineError",
    "FoleyError",
    "JobBusyError",
    "JobError",
    "JobMismatchError",
    "JobStoppedError",
    "MissingExtraError",
    "OutputError",
    "ReviewError",
    "ScreenplayError",
    "ServingError",
    "UploadError",
]


class FoleyError(Exception):
    """Base of all errors raised on purpose.

    Args:
        got: what was found, as a short clause ("clip.mp4 holds no video stream").
        expected: what would have been right ("a film with at least one decodable picture").
        next_step: what the person can do ("check the file with a player, or pass another clip").
    """

    exit_code = 1

    def __init__(self, got: str, expected: str, next_step: str) -> None:
        # Names of files and fields are other people's text; the line may be printed on a terminal.
        self.got, self.expected, self.next_step = visible(got), visible(expected), visible(next_step)
        super().__init__(f"{self.got}; expected {self.expected}; {self.next_step}")

    def __reduce__(self) -> tuple[type[FoleyError], tuple[str, str, str]]:
        """Pickle by the three clauses, so that the error survives a process boundary."""
        return type(self), (self.got, self.expected, self.next_step)


class ClipError(FoleyError):
    """The picture cannot be used."""

    exit_code = 3


class ScreenplayError(FoleyError):
    """The screenplay cannot be used."""

    exit_code = 4


class JobError(FoleyError):
    """The job folder cannot be used."""

    exit_code = 5


class JobMismatchError(JobError):
    """The job folder belongs to another clip, screenplay or seed."""


class JobBusyError(JobError):
    """Another process works in the job folder."""


class JobStoppedError(JobError):
    """Somebody stopped the job; what was finished is kept."""


class OutputError(JobError):
    """The job folder cannot be written."""


class ConfigurationError(FoleyError):
    """A setting is out of range or contradicts another."""

    exit_code = 2


class MissingExtraError(FoleyError):
    """An optional package or model is needed and absent."""

    exit_code = 6


class CheckpointError(FoleyError):
    """Model weights cannot be used."""

    exit_code = 6


class DatasetError(FoleyError):
    """A dataset cannot be built as asked, or read."""

    exit_code = 14


class EngineError(FoleyError):
    """A sound cannot be made as asked."""

    exit_code = 7


class AgentError(FoleyError):
    """An agent's reply failed its checks and there is no fall-back."""

    exit_code = 8


class AccessError(FoleyError):
    """A person asks for a job that is not theirs, or that is not there: which of the two is not told."""

    exit_code = 12


class UploadError(FoleyError):
    """An uploaded file is too large, too long, or not what it has to be."""

    exit_code = 13


class ReviewError(FoleyError):
    """A reviewer's answer is not one that the interrupt accepts."""

    exit_code = 9


class DeliveryError(FoleyError):
    """A deliverable cannot be written as asked."""

    exit_code = 10


class ServingError(FoleyError):
    """A model server cannot be started, or does not stay up."""

    exit_code = 11
