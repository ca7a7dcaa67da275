"""Chromium, servers to visit, and what has to be true at the end of every visit."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from core.base.files import file_lock
from core.config.train_config import TrainConfig
from core.library.samples import load_sample
from tests.browser.serving import (
    CHROMIUM,
    FLAGS,
    TRAIN_SECONDS,
    Dashboard,
    dashboard,
    train,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request, WebSocket

WAIT = 60_000  # milliseconds that a busy machine may take for anything but training
SMALL = {"width": 1280, "height": 800}
Visit = Callable[..., "Page"]


@dataclass(frozen=True, slots=True)
class Studied:
    """A dashboard with a finished run on the sample `fna_panel`."""

    url: str
    home: Path
    run_id: str


def need_chromium() -> str:
    """Chromium's path; without one the test is skipped, under CI it fails."""
    if CHROMIUM is None:
        reason = "Chromium is not installed (apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return CHROMIUM


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Real Chromium. Playwright's event loop runs in this thread: others need one of their own."""
    path = need_chromium()
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: "Browser") -> Iterator[Visit]:
    """Opens an address in a context of its own, as another person's browser would."""
    with visits(browser) as visit:
        yield visit


@pytest.fixture(scope="session")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all processes that run these tests side by side."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def compiled(together: Path) -> Path:
    """Compiled programs, for all dashboards here: they are what takes the time in training."""
    folder = together / "compiled"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def studied(
    tmp_path_factory: pytest.TempPathFactory, together: Path, compiled: Path
) -> Iterator[Studied]:
    """A dashboard that all journeys may visit which leave what is in it as it is."""
    home, done = together / "studied" / "home", together / "studied" / "run"
    # Trained by the first process that needs it.
    with file_lock(together / "studied.lock", wait=2 * TRAIN_SECONDS):
        if not done.exists():
            config = TrainConfig(coverage=(0.0, 0.25, 0.5, 0.75, 1.0), epochs=8)
            with serving(home.parent, compiled) as served:
                run_id = train(served.home, load_sample("fna_panel")[0], config, "Aspirates")
            done.write_text(run_id)
    with serving(tmp_path_factory.mktemp("studied"), compiled, home) as served:
        yield Studied(served.url, served.home, done.read_text())


@pytest.fixture
def fresh(tmp_path: Path, compiled: Path) -> Iterator[Dashboard]:
    """A dashboard in which nobody has been yet."""
    with serving(tmp_path, compiled) as served:
        yield served


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory, compiled: Path) -> Iterator[Dashboard]:
    """A dashboard in which nothing is ever made, for visits that look only."""
    with serving(tmp_path_factory.mktemp("untouched"), compiled) as served:
        yield served


@contextmanager
def visits(browser: "Browser") -> Iterator[Visit]:
    """Visits that end together.

    After the last one: no script of a page has failed, no page shows a traceback, and nothing
    was asked of any other host.
    """
    contexts: list[Any] = []
    wrong: list[str] = []

    def open_(address: str, **options: Any) -> "Page":
        context = browser.new_context(viewport=SMALL, **options)
        contexts.append(context)
        context.set_default_timeout(WAIT)
        home = urlsplit(address).netloc

        def asked(request: "Request | WebSocket") -> None:
            to = urlsplit(request.url)
            if to.scheme not in ("data", "blob") and to.netloc != home:
                wrong.append(f"a request to {request.url}")

        context.on("request", asked)
        context.on("weberror", lambda error: wrong.append(f"in the page: {error.error}"))
        page = context.new_page()
        page.on("websocket", asked)
        page.goto(address)
        return page

    yield open_
    for context in contexts:
        for page in context.pages:
            shown = page.get_by_test_id("stException").all_inner_texts()
            wrong += [f"a traceback on {page.url}: {text}" for text in shown]
        context.close()
    assert wrong == []


@contextmanager
def serving(folder: Path, compiled: Path, like: Path | None = None) -> Iterator[Dashboard]:
    """A dashboard that must never have printed a traceback."""
    need_chromium()
    with dashboard(folder, compiled, like) as served:
        yield served
        assert "Traceback" not in served.log.read_text()
