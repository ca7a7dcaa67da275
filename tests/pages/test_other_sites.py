"""A real server, asked as other sites and other computers would."""

import contextlib
import http.client
import os
import re
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.serving import ROOT, Dashboard, dashboard, free_port

pytestmark = pytest.mark.slow

# Read by Python itself at the start: writes down whatever leads out of this computer.
WATCH = """
import os, socket
_connect, _lookup = socket.socket.connect, socket.getaddrinfo
def note(what):
    with open(os.environ["OUTBOUND"], "a") as log:
        log.write(f"{what}\\n")
def connect(self, address):
    if isinstance(address, tuple) and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
        note(address)
    return _connect(self, address)
def lookup(host, *rest, **more):
    if host not in (None, "", "127.0.0.1", "::1", "localhost", "0.0.0.0", b"127.0.0.1"):
        note(host)
    return _lookup(host, *rest, **more)
socket.socket.connect, socket.getaddrinfo = connect, lookup
"""
WEBSOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "streamlit",
}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dashboard, Path]]:
    """A server, and the file in which it notes what it asks of other computers."""
    folder = tmp_path_factory.mktemp("watched")
    (folder / "sitecustomize.py").write_text(WATCH)
    outbound = folder / "outbound"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("OUTBOUND", str(outbound))
        with dashboard(folder) as served:
            yield served, outbound


def ask(url: str, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    """The answer to a request whose Host is as given; none is added."""
    to = urlsplit(url)
    connection = http.client.HTTPConnection(to.hostname or "", to.port, timeout=20)
    connection.putrequest("GET", path, skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    return connection.getresponse()


def test_a_foreign_websocket_is_refused_without_asking_the_internet(
    watched: tuple[Dashboard, Path],
) -> None:
    served, outbound = watched
    host = urlsplit(served.url).netloc
    for forged in (
        {"Host": host, "Origin": "https://evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Host": f"evil.example:{host.rsplit(':')[-1]}"},
    ):
        answer = ask(served.url, "/_stcore/stream", WEBSOCKET | forged)
        assert answer.status == 403
    own = {"Host": host, "Origin": served.url}
    assert ask(served.url, "/_stcore/stream", WEBSOCKET | own).status == 101
    assert not outbound.exists(), outbound.read_text()


def test_pages_and_files_are_for_its_own_address_and_no_frame(
    watched: tuple[Dashboard, Path],
) -> None:
    served, _ = watched
    host = urlsplit(served.url).netloc
    page = ask(served.url, "/", {"Host": host})
    script = re.search(r'src="\./(static/[^"]+\.js)"', page.read().decode())
    assert script is not None
    for path in ("/", "/data", f"/{script[1]}", "/media/none.png", "/_stcore/host-config"):
        answer = ask(served.url, path, {"Host": host})
        assert answer.getheader("Content-Security-Policy") == "frame-ancestors 'none'", path
        assert answer.getheader("X-Frame-Options") == "DENY", path
        assert answer.getheader("X-Content-Type-Options") == "nosniff", path
        assert ask(served.url, path, {"Host": "evil.example"}).status == 403
        foreign = {"Host": host, "Origin": "http://evil.example"}
        assert ask(served.url, path, foreign).status == 403


def test_what_the_server_writes_is_its_owners_alone(watched: tuple[Dashboard, Path]) -> None:
    served, _ = watched
    deadline = time.monotonic() + 60
    while not (served.home / "worker.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    open_to_others = [
        path
        for path in served.home.rglob("*")
        if path.lstat().st_mode & 0o077 and not path.is_symlink()
    ]
    assert open_to_others == []
    assert stat.S_IMODE(served.home.stat().st_mode) == 0o700


def _started(arguments: list[str], folder: Path, wait: str) -> tuple[subprocess.Popen[str], str]:
    """A process, and what it has printed up to the line that holds `wait`."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "CASELOAD_HOME": str(folder / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if wait in line:
            break
    return process, printed


def test_on_all_addresses_the_printed_token_is_needed(tmp_path: Path) -> None:
    port = free_port()
    process, printed = _started(
        [
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv[1:] = ['--address',"
            f" '0.0.0.0', '--port', '{port}']; from app.__main__ import main; sys.exit(main())",
        ],
        tmp_path,
        "Caseload opens",
    )
    try:
        link = re.search(rf"http://127\.0\.0\.1:{port}/\?token=([\w-]{{32,}})", printed)
        assert link is not None, printed
        url, host = f"http://127.0.0.1:{port}", {"Host": f"127.0.0.1:{port}"}
        deadline = time.monotonic() + 60
        while True:
            try:
                answer = ask(url, "/", host)
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        assert answer.status == 401
        assert "open the link that it printed" in answer.read().decode()
        assert ask(url, "/_stcore/stream", WEBSOCKET | host).status == 403
        let_in = ask(url, f"/data?token={link[1]}&data=sample", host)
        assert (let_in.status, let_in.getheader("Location")) == (303, "/data?data=sample")
        held = host | {"Cookie": (let_in.getheader("Set-Cookie") or "").split(";")[0]}
        assert ask(url, "/data", held).status == 200
        own = held | {"Origin": url}
        assert ask(url, "/_stcore/stream", WEBSOCKET | own).status == 101
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.parametrize("script", ["router.py", "main.py"])
def test_streamlit_alone_ends_before_it_answers_anybody(script: str, tmp_path: Path) -> None:
    port = free_port()
    command = ["-m", "streamlit", "run", str(ROOT / "app" / script), "--server.headless=true"]
    process = subprocess.Popen(
        [sys.executable, *command, f"--server.port={port}", "--browser.serverAddress=127.0.0.1"],
        cwd=tmp_path,
        env={**os.environ, "CASELOAD_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    elsewhere, answer = False, b""
    try:
        while process.poll() is None:
            with socket.socket() as visitor:
                # All of 127.0.0.0/8 is this computer, but not what it listens on.
                elsewhere |= visitor.connect_ex(("127.0.0.2", port)) == 0
            with socket.socket() as visitor, contextlib.suppress(OSError):
                visitor.connect(("127.0.0.1", port))
                visitor.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                answer += visitor.recv(100)
            time.sleep(0.01)
    finally:
        process.kill()
    said = process.communicate()[0]
    assert process.returncode == 2, said
    assert "without its settings" in said
    assert "Traceback" not in said
    assert answer == b""
    if sys.platform == "linux":
        assert not elsewhere
    assert not (tmp_path / "home").exists()
