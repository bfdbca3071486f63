"""Where the state machine keeps its checkpoints: SQLite in the job folder."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from foleydesigner.errors import JobError

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.types import StateSnapshot


def state_of(graph: CompiledStateGraph[Any, Any, Any, Any], config: Any, path: Path) -> StateSnapshot:
    """Where the job stands by its last checkpoint.

    Raises:
        JobError: the checkpoint holds what nobody wrote.
    """
    try:
        return graph.get_state(config)
    except sqlite3.Error:
        raise
    except Exception as error:  # whatever a decoder makes of damaged bytes
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> JobError:
    said = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return JobError(
        f"the checkpoints {path} are damaged ({said})",
        "the SQLite database that the job wrote",
        "remove the file; `foley resume` then starts the stages anew",
    )


@contextlib.contextmanager
def sqlite_checkpoints(path: Path) -> Iterator[SqliteSaver]:
    """A saver on the database at `path`, made when it is missing.

    Raises:
        JobError: the file is no SQLite database, or cannot be opened.
    """
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver

    try:
        # Nodes run in worker threads; the saver guards the connection with its own lock.
        # Absolute: SQLite may take a name that begins with "file:" for an address, and would open another file.
        connection = sqlite3.connect(path.absolute(), check_same_thread=False)
        # With a write-ahead log and synchronous=FULL a checkpoint that was acknowledged survives a power cut.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error as error:
        raise _damaged(path, error) from error
    try:
        # State holds plain data only: nothing but msgpack's own types may come back out of a checkpoint.
        saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=[]))
        saver.setup()
        yield saver
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error
    finally:
        connection.close()
