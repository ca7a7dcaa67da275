"""The web application: the router with the worker's life around it, behind the guard."""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

# `streamlit run app/main.py` looks for modules in app/ only.
ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from app import guarding, limits  # noqa: E402
from core.base import interrupts  # noqa: E402

log = logging.getLogger("caseload")


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Starts the worker and puts runs in order; stops the worker at the end.

    Both happen beside the server's start, so the first page never waits for MLflow's import.
    """
    if guarding.wrong_start():
        guarding.refuse_to_start()
    interrupts.serving.set()
    os.umask(0o077)  # before anything is written: it is its owner's alone
    limits.raise_open_files()
    limits.take_short_turns()
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(stop,), name="caseload-worker", daemon=True)
    keeper.start()
    threading.Thread(
        target=limits.collect_garbage, args=(stop,), name="caseload-memory", daemon=True
    ).start()
    try:
        yield
    except asyncio.CancelledError:
        # Ctrl+C twice: the server does not wait, and would print where it was.
        logging.getLogger("uvicorn.error").disabled = True
        raise
    finally:
        stop.set()
        await asyncio.to_thread(_stop, keeper)


def _keep(stop: threading.Event) -> None:
    """Puts runs in order, starts the worker, and starts it again when it dies."""
    from core.worker import service

    try:
        service.reconcile()
        service.start_worker()
    except Exception:
        # The Train page says that the worker is down and offers to start it.
        log.exception("the worker could not be started")
    service.watch_worker(stop)


def _stop(keeper: threading.Thread) -> None:
    from core.worker import service

    keeper.join(timeout=30)
    try:
        service.stop_worker()
    except Exception:
        log.exception("the worker could not be stopped")


app = st.App(
    Path(__file__).with_name("router.py"),
    lifespan=lifespan,
    middleware=[Middleware(guarding.Guard)],
)
