"""What can be told about a worker without starting one."""

import socket
import threading
import time
from pathlib import Path

import pytest

from core.worker import service
from core.worker.process import ProcessId, code_fingerprint, write_worker


def test_home_without_a_worker_has_none(bare_home: Path) -> None:
    state = service.worker_state(bare_home)
    assert (state.alive, state.pid) == (False, None)
    assert not service.stop_worker(bare_home)
    assert not bare_home.exists()


def test_worker_of_an_earlier_boot_is_not_alive(bare_home: Path) -> None:
    write_worker(bare_home, ProcessId(socket.gethostname(), 1, 1.0), ready=True)
    assert not service.worker_state(bare_home).alive


def test_living_worker_says_what_it_does(bare_home: Path) -> None:
    write_worker(bare_home, ProcessId.own(), ready=True, run_id="r", device="CPU, 2 cores")
    state = service.worker_state(bare_home)
    assert state.alive
    assert state.ready
    assert (state.run_id, state.device) == ("r", "CPU, 2 cores")
    assert state.age is not None
    assert state.age < 60


def test_looking_at_the_worker_is_cheap(bare_home: Path) -> None:
    write_worker(bare_home, ProcessId.own(), ready=True)
    start = time.perf_counter()
    for _ in range(20):
        service.worker_state(bare_home)
    assert (time.perf_counter() - start) / 20 < 0.02


def test_fingerprint_of_the_program_is_stable() -> None:
    assert code_fingerprint() == code_fingerprint()


def test_worker_that_is_gone_is_started_again(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, started = threading.Event(), []

    def start(home: Path | None) -> None:
        started.append(home)
        if len(started) == 1:
            raise RuntimeError("the worker ended at once")  # must not end the watch
        stop.set()

    monkeypatch.setattr(service, "start_worker", start)
    service.watch_worker(stop, bare_home, every=0.01)
    assert started == [bare_home, bare_home]


def test_living_worker_is_not_started_again(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_worker(bare_home, ProcessId.own(), ready=True)
    monkeypatch.setattr(service, "start_worker", lambda home: pytest.fail("it lives"))
    stop = threading.Event()
    watch = threading.Thread(target=service.watch_worker, args=(stop, bare_home, 0.01))
    watch.start()
    time.sleep(0.1)
    stop.set()
    watch.join(5)
    assert not watch.is_alive()
