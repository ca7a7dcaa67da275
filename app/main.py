"""The web application: the router with the worker's life around it."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

log = logging.getLogger("caseload")


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Starts the worker and puts runs in order; stops the worker at the end.

    Both happen beside the server's start, so the first page never waits for MLflow's import.
    """
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(stop,), name="caseload-worker", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        await asyncio.to_thread(_stop, keeper)


def _keep(stop: threading.Event) -> None:
    """Puts runs in order, starts the worker, and starts it again when it dies."""
    from core.runs import service

    try:
        service.reconcile()
        service.start_worker()
    except Exception:
        # The Train page says that the worker is down and offers to start it.
        log.exception("the worker could not be started")
    service.watch_worker(stop)


def _stop(keeper: threading.Thread) -> None:
    from core.runs import service

    keeper.join(timeout=30)
    try:
        service.stop_worker()
    except Exception:
        log.exception("the worker could not be stopped")


app = st.App(Path(__file__).with_name("router.py"), lifespan=lifespan)
