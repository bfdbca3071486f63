"""Who may use the app, and from where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from foleydesigner.errors import ConfigurationError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def parse_users(entries: Sequence[str]) -> dict[str, str]:
    """User names and passwords out of "NAME:PASSWORD" entries; none = the app asks nobody.

    Raises:
        ConfigurationError: an entry has no name or no password, or a name comes twice.
    """
    users: dict[str, str] = {}
    for entry in entries:
        name, colon, password = entry.partition(":")
        name = name.strip()
        if not colon or not name or not password:
            raise ConfigurationError(
                f"--auth got {name or 'nothing'!r} without a password" if name else "--auth got no name",
                "NAME:PASSWORD",
                "pass --auth once for each person",
            )
        if name in users:
            raise ConfigurationError(f"--auth names {name!r} twice", "each person once", "leave one out")
        users[name] = password
    return users


def check_binding(host: str, users: dict[str, str]) -> None:
    """Refuse to be reached from other machines without asking who is there.

    Raises:
        ConfigurationError: `host` is not this machine's own and there are no users.
    """
    if host not in LOOPBACK and not users:
        raise ConfigurationError(
            f"the app would listen on {host} and ask nobody who they are",
            "127.0.0.1, or people with passwords",
            "pass --auth NAME:PASSWORD, or leave --host out",
        )


def user_of(request: Any) -> str:
    """The person behind a handler's `gradio.Request`; "" where the app asks nobody."""
    return str(getattr(request, "username", None) or "")


def user_of_http(request: Any) -> str | None:
    """The person behind a plain request to a server of Gradio's: "" where it asks nobody, None where nobody is known.

    Gradio keeps who is logged in under a cookie of its own; its routes read it in the same way.
    """
    app = request.app
    if app.auth is None:
        return ""
    cookies = request.cookies
    token = cookies.get(f"access-token-{app.cookie_id}") or cookies.get(f"access-token-unsecure-{app.cookie_id}")
    return app.tokens.get(token) if token else None
