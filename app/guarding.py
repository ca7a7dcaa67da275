"""Who may talk to the server: checked before Streamlit sees a request or a websocket."""

import hashlib
import hmac
import ipaddress
import os
import re
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn, Self
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = "127.0.0.1"
HOSTS_VARIABLE, TOKEN_VARIABLE, NO_TOKEN = "CASELOAD_ALLOWED_HOSTS", "CASELOAD_TOKEN", "off"
SHORTEST_TOKEN = 16
_HERE = ("127.0.0.1", "localhost", "::1")
HEADERS = (
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
_POLICY_VIOLATION = 1008  # of RFC 6455; before the handshake it becomes a plain 403
_FOREIGN_HOST = (
    "This is not an address of this Caseload server. Open the link that it printed, or name the "
    f"host in {HOSTS_VARIABLE} and start the server again."
)
_FOREIGN_ORIGIN = "Caseload answers its own pages only; this request comes from another site."
_WRONG_START = (
    "Caseload was started without its settings, so other computers and sites could reach it. Start "
    "it with: python -m app (in Caseload's folder)."
)
_NO_TOKEN = "Caseload asks for its token here: open the link that it printed when it started."


class SettingError(ValueError):
    """A setting that cannot be used; the message says found, expected, remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the server answers to.

    Attributes:
      address: the address that it listens on.
      port: the port that it listens on.
      hosts: further names, "name" or "name:port", by which a container's host or a reverse proxy
        is reached.
      token: what everybody must show; empty when nobody has to.
    """

    address: str = LOOPBACK
    port: int = 8501
    hosts: tuple[str, ...] = ()
    token: str = ""

    @classmethod
    def of(cls, address: str, port: int, environment: Mapping[str, str]) -> Self:
        """The rules for an address; other computers need a token unless it was switched off.

        Raises:
          SettingError: an environment variable cannot be used.
        """
        hosts = _hosts(environment.get(HOSTS_VARIABLE, ""))
        token = environment.get(TOKEN_VARIABLE, "").strip()
        if token and token != NO_TOKEN and not re.fullmatch(r"[\w-]{16,}", token, re.ASCII):
            raise SettingError(
                f"{TOKEN_VARIABLE} has {len(token)} characters; expected at least "
                f"{SHORTEST_TOKEN} letters, digits, - or _, or '{NO_TOKEN}' behind a reverse proxy "
                "that asks people to sign in"
            )
        if token == NO_TOKEN or (is_loopback(address) and not hosts and not token):
            token = ""
        else:
            token = token or secrets.token_urlsafe(24)
        return cls(address=address, port=port, hosts=hosts, token=token)

    @property
    def everywhere(self) -> bool:
        """Whether it listens on every address of the computer."""
        return _is_wildcard(self.address)

    def knows_host(self, host: str) -> bool:
        """Whether a Host header names this server."""
        name, port = _split(host)
        if not name:
            return False
        for given in self.hosts:
            wanted, its_port = _split(given)
            if name == wanted and (its_port is None or its_port == port):
                return True
        if self.everywhere:
            # The port may be another outside of a container. A site that points its own name at
            # this computer (DNS rebinding) sends that name, never a number.
            return _is_number(name) or name in ("localhost", *_own_names())
        names = _HERE if is_loopback(self.address) else (*_HERE, self.address, *_own_names())
        return name in names and (80 if port is None else port) == self.port

    def streamlit_hosts(self) -> list[str]:
        """The names for Streamlit's own check, which knows neither ports nor "any number"."""
        if self.everywhere:
            return ["*"]
        names = [_split(host)[0] for host in self.hosts]
        return [*_HERE, self.address, *_own_names(), *names]

    def link(self) -> str:
        """The address to open, with the token where one is asked for."""
        name = LOOPBACK if self.everywhere else self.address
        name = f"[{name}]" if ":" in name else name
        return f"http://{name}:{self.port}" + (f"/?token={self.token}" if self.token else "")

    @property
    def cookie(self) -> str:
        """The cookie that holds the token; another server on the same host has another one."""
        return "caseload-" + hashlib.sha256(self.token.encode()).hexdigest()[:8]


_rules: Rules | None = None
_guards: list["Guard"] = []


def use(rules: Rules) -> None:
    """Sets the rules of this process's server."""
    global _rules
    _rules = rules


def rules() -> Rules:
    """The rules of this process's server: those set, or what Streamlit's settings amount to."""
    if _rules is None:
        from streamlit import config

        address = str(config.get_option("server.address") or "0.0.0.0")
        use(Rules.of(address, int(config.get_option("server.port")), os.environ))
    assert _rules is not None
    return _rules


def wrong_start() -> str:
    """Why a server that was started around `python -m app` must not go on; empty when it may.

    Without our settings Streamlit listens on every address, answers every site and reports its
    use; without the guard other sites reach the pages.
    """
    from streamlit import config
    from streamlit.runtime import Runtime, exists, get_instance

    # In a test of pages there is no server.
    if not exists() or type(get_instance()) is not Runtime:
        return ""
    ours = (
        _guards
        and (_rules is not None or _only_here(str(config.get_option("server.address") or "")))
        and config.get_option("server.enableXsrfProtection")
        and config.get_option("server.enableCORS")
        and not config.get_option("browser.gatherUsageStats")
    )
    return "" if ours else _WRONG_START


def refuse_to_start() -> NoReturn:
    """Says that this was the wrong start and ends the process, which has not begun anything."""
    print(f"Caseload: {_WRONG_START}", file=sys.stderr, flush=True)
    os._exit(2)  # an exception would be printed with its traceback


def end_server(why: str) -> None:
    """Says on the terminal why, and ends this process's server once the page has been sent."""
    print(f"Caseload: {why}", file=sys.stderr, flush=True)
    threading.Timer(1.0, signal.raise_signal, (signal.SIGTERM,)).start()


class Guard:
    """ASGI middleware: refuses other hosts and sites, asks for the token, forbids framing."""

    def __init__(self, app: ASGIApp):
        self._app = app
        _guards.append(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what may be answered."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        known = rules()
        said = _said(scope["headers"])
        hosts, origins = said.get("host", []), said.get("origin", [])
        if len(hosts) != 1 or not known.knows_host(hosts[0]):
            await _refuse(scope, receive, send, 403, _FOREIGN_HOST)
        elif any(not _same(origin, hosts[0]) for origin in origins):
            # Here, because Streamlit asks a server on the internet for its own address first.
            await _refuse(scope, receive, send, 403, _FOREIGN_ORIGIN)
        elif known.token and (asked := _token(scope)) is not None and _equal(asked, known.token):
            await _let_in(scope, send, known)
        elif known.token and not any(_equal(c, known.token) for c in _cookies(said, known.cookie)):
            await _refuse(scope, receive, send, 401, _NO_TOKEN)
        elif scope["type"] == "http":
            await self._app(scope, receive, _with_headers(send))
        else:
            await self._app(scope, receive, send)


def is_loopback(address: str) -> bool:
    """Whether only this computer reaches the address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _only_here(address: str) -> bool:
    return is_loopback(address) and not os.environ.get(HOSTS_VARIABLE, "").strip()


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(host for host in re.split(r"[\s,]+", text.casefold()) if host)
    for host in hosts:
        if not _split(host)[0]:
            raise SettingError(
                f"{HOSTS_VARIABLE} names {host!r}; expected host names as in the browser's address "
                "bar, without http:// and path, such as caseload.example.org"
            )
    return hosts


def _split(host: str) -> tuple[str, int | None]:
    """Name and port of a Host header; no name when it is none."""
    if not re.fullmatch(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?", host, re.ASCII):
        return "", None
    try:
        parts = urlsplit(f"//{host}")
        return (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "", None


def _same(origin: str, host: str) -> bool:
    """Whether a page of that origin comes from the host that it asks."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.casefold() == host.casefold()


def _is_wildcard(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_unspecified
    except ValueError:
        return not address


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)
def _own_names() -> tuple[str, ...]:
    name = socket.gethostname().casefold().removesuffix(".local")
    return (name, f"{name}.local")


def _said(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    for name, value in headers:
        said.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return said


def _token(scope: Scope) -> str | None:
    """The token in the address of a page."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    return dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token")


def _cookies(said: Mapping[str, list[str]], name: str) -> list[str]:
    pairs = [
        part.strip().partition("=") for line in said.get("cookie", []) for part in line.split(";")
    ]
    return [value for key, _, value in pairs if key == name]


def _equal(given: str, token: str) -> bool:
    """Whether they are alike, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), token.encode())


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            ours = {name for name, _ in HEADERS}
            others = [pair for pair in message.get("headers", []) if pair[0].lower() not in ours]
            message = {**message, "headers": [*others, *HEADERS]}
        await send(message)

    return sent


async def _let_in(scope: Scope, send: Send, known: Rules) -> None:
    """Exchanges the token in the address for a cookie, so that it stays in no history."""
    # No second slash or backslash at the start: it would lead to another site.
    path = "/" + quote(scope["path"].lstrip("/\\"))
    parts = scope["query_string"].decode("latin-1").split("&")
    query = "&".join(part for part in parts if part.partition("=")[0] != "token")
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    cookie = f"{known.cookie}={known.token}; Path=/; HttpOnly; SameSite=Lax{secure}"
    await _answer(
        send, 303, "", {"location": path + (f"?{query}" if query else ""), "set-cookie": cookie}
    )


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await receive()  # the handshake
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": ""})
    else:
        await _answer(send, status, text + "\n", {"content-type": "text/plain; charset=utf-8"})


async def _answer(send: Send, status: int, text: str, more: Mapping[str, str]) -> None:
    told: Mapping[str, Any] = {"cache-control": "no-store", **more}
    body = text.encode()
    headers = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
    headers.append((b"content-length", str(len(body)).encode()))
    sender = _with_headers(send)
    await sender({"type": "http.response.start", "status": status, "headers": headers})
    await sender({"type": "http.response.body", "body": body})
