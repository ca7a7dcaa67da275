import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from app import guarding
from app.guarding import Guard, Rules, SettingError

PORT = 8501
TOKEN = "a-token-of-twenty-four-x"
FORGED = [
    "evil.example",
    "evil.example:8501",
    "127.0.0.1",
    "127.0.0.1:9999",
    "localhost.evil.example:8501",
    "127.0.0.1:8501@evil.example",
    "127.0.0.1:8501, evil.example",
    "",
    "127.0.0.1:99999",
]


def asked(
    rules: Rules,
    headers: Mapping[str, str],
    *,
    kind: str = "http",
    path: str = "/",
    query: str = "",
    method: str = "GET",
) -> tuple[Any, dict[str, str]]:
    """Status (None: a websocket was passed on) and headers of what the guard lets happen."""
    sent: list[dict[str, Any]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if kind == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
    }
    guarding.use(rules)
    asyncio.run(Guard(app)(scope, receive, send))  # type: ignore[arg-type]
    if not sent:
        return None, {}
    if sent[0]["type"] == "websocket.close":
        return sent[0]["code"], {}
    return sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}


@pytest.fixture(autouse=True)
def _own_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "_rules", None)
    monkeypatch.setattr(guarding, "_guards", [])


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8501", "localhost:8501", "[::1]:8501", "LOCALHOST:8501"]
)
def test_this_computer_is_answered(host: str) -> None:
    assert asked(Rules(port=PORT), {"host": host})[0] == 200
    assert asked(Rules(port=PORT), {"host": host}, kind="websocket")[0] is None


@pytest.mark.parametrize("host", FORGED)
def test_another_host_is_refused(host: str) -> None:
    assert asked(Rules(port=PORT), {"host": host})[0] == 403
    assert asked(Rules(port=PORT), {"host": host}, kind="websocket")[0] == 1008


def test_a_request_without_a_host_is_refused() -> None:
    assert asked(Rules(port=PORT), {})[0] == 403


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost:8501",  # the same computer, yet another origin than 127.0.0.1
        "http://127.0.0.1:3000",
        "http://127.0.0.1",
        "null",
        "file://",
        "http://127.0.0.1:8501.evil.example",
        "http://[",
    ],
)
def test_another_site_is_refused(origin: str) -> None:
    headers = {"host": "127.0.0.1:8501", "origin": origin}
    assert asked(Rules(port=PORT), headers)[0] == 403
    assert asked(Rules(port=PORT), headers, kind="websocket")[0] == 1008


def test_its_own_pages_are_answered() -> None:
    headers = {"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"}
    assert asked(Rules(port=PORT), headers)[0] == 200
    assert asked(Rules(port=PORT), headers, kind="websocket")[0] is None


@pytest.mark.parametrize("headers", [{"host": "127.0.0.1:8501"}, {"host": "evil.example"}])
def test_no_answer_may_be_framed(headers: dict[str, str]) -> None:
    _, said = asked(Rules(port=PORT), headers)
    assert said["content-security-policy"] == "frame-ancestors 'none'"
    assert said["x-frame-options"] == "DENY"
    assert said["x-content-type-options"] == "nosniff"
    assert said["referrer-policy"] == "same-origin"


def test_only_this_computer_needs_no_token() -> None:
    assert Rules.of("127.0.0.1", PORT, {}).token == ""
    assert Rules.of("localhost", PORT, {}).token == ""
    assert len(Rules.of("0.0.0.0", PORT, {}).token) >= 32
    assert len(Rules.of("192.0.2.7", PORT, {}).token) >= 32
    assert len(Rules.of("127.0.0.1", PORT, {"CASELOAD_ALLOWED_HOSTS": "a.example"}).token) >= 32
    assert Rules.of("0.0.0.0", PORT, {}).token != Rules.of("0.0.0.0", PORT, {}).token


def test_a_reverse_proxy_takes_the_place_of_the_token() -> None:
    rules = Rules.of(
        "0.0.0.0", PORT, {"CASELOAD_ALLOWED_HOSTS": "a.example", "CASELOAD_TOKEN": "off"}
    )
    assert rules.token == ""
    headers = {"host": "a.example", "origin": "https://a.example"}
    assert asked(rules, headers, kind="websocket")[0] is None
    assert asked(rules, {"host": "b.example"})[0] == 403


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CASELOAD_TOKEN", "short"),
        ("CASELOAD_TOKEN", "with spaces; and more signs"),
        ("CASELOAD_ALLOWED_HOSTS", "https://a.example"),
        ("CASELOAD_ALLOWED_HOSTS", "a.example/path"),
        ("CASELOAD_ALLOWED_HOSTS", "*"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(variable: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{variable}.*expected"):
        Rules.of("0.0.0.0", PORT, {variable: value})


def test_without_the_token_nothing_is_answered() -> None:
    rules = Rules(address="0.0.0.0", port=PORT, token=TOKEN)
    for host in ("192.0.2.7:8501", "127.0.0.1:8501"):
        for path in ("/", "/_stcore/health", "/static/js/index.js", "/media/x.png"):
            assert asked(rules, {"host": host}, path=path)[0] == 401
        assert asked(rules, {"host": host}, kind="websocket")[0] == 1008
        assert asked(rules, {"host": host}, query="token=wrong")[0] == 401
        wrong = {"host": host, "cookie": f"{rules.cookie}=wrong; other={TOKEN}"}
        assert asked(rules, wrong)[0] == 401


def test_the_token_becomes_a_cookie_and_leaves_the_address() -> None:
    rules = Rules(address="0.0.0.0", port=PORT, token=TOKEN)
    host = {"host": "192.0.2.7:8501"}
    status, said = asked(rules, host, path="/runs", query=f"run=a%20b&token={TOKEN}&x=1")
    assert (status, said["location"]) == (303, "/runs?run=a%20b&x=1")
    cookie = said["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    held = host | {"cookie": f"a=b; {cookie.split(';')[0]}"}
    assert asked(rules, held, path="/runs")[0] == 200
    assert asked(rules, held, kind="websocket")[0] is None
    evil = held | {"origin": "https://evil.example"}
    assert asked(rules, evil, kind="websocket")[0] == 1008


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "/\\/evil.example"])
def test_the_way_back_leads_to_no_other_site(path: str) -> None:
    rules = Rules(address="0.0.0.0", port=PORT, token=TOKEN)
    host = {"host": "192.0.2.7:8501"}
    _, said = asked(rules, host, path=path, query=f"token={TOKEN}")
    assert said["location"] == "/evil.example"


def test_a_name_pointed_at_this_computer_is_refused() -> None:
    rules = Rules(address="0.0.0.0", port=PORT, token=TOKEN)
    assert asked(rules, {"host": "rebound.example:8501"})[0] == 403


def test_the_link_holds_the_token() -> None:
    assert Rules(port=PORT).link() == "http://127.0.0.1:8501"
    rules = Rules(address="::", port=PORT, token=TOKEN)
    assert rules.link() == f"http://127.0.0.1:8501/?token={TOKEN}"
