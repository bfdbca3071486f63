"""Files of a hub repository: from its cache, or from the hub."""

from __future__ import annotations

from pathlib import Path

from foleydesigner.errors import CheckpointError

LICENCE = "Stability AI Community Licence"
"""Of all weights that engines have names for."""


def fetched(name: str, *files: str) -> Path:
    """A file of a hub repository, the first of `files` that it has, from the cache or the hub.

    Raises:
        CheckpointError: it is gated, absent, or the hub cannot be reached.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, GatedRepoError, HFValidationError, RepositoryNotFoundError

    why = "has none of " + ", ".join(files)
    for file in files:
        try:
            return Path(hf_hub_download(name, filename=file))
        except GatedRepoError as error:
            raise unreachable(name, "is gated, and its licence is yours to accept") from error
        except RepositoryNotFoundError as error:
            raise unreachable(name, "is not on the hub, or not for you") from error
        except HFValidationError as error:
            raise unreachable(name, "is neither a folder nor a name of the hub") from error
        except EntryNotFoundError as error:
            # Not in the cache, and the hub out of reach: another name of the file would fare no better.
            if type(error).__name__ == "LocalEntryNotFoundError":
                raise unreachable(name, "is not in the cache, and the hub cannot be reached") from error
        except (OSError, ValueError) as error:
            raise unreachable(name, (str(error).splitlines() or ["cannot be read"])[0][:120]) from error
    raise unreachable(name, why)


def unreachable(name: str, why: str) -> CheckpointError:
    """The error for weights that are not here; says whose licence it is and how to get them."""
    return CheckpointError(
        f"{name} {why}",
        "a folder with model_config.json and model.safetensors, or weights that you may download",
        f"accept the licence at https://huggingface.co/{name} and run `hf auth login`, or pass --engine FOLDER",
    )
