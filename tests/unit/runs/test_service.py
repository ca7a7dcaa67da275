"""What can be told about a worker without starting one."""

import socket
import time
from pathlib import Path

from core.runs import service
from core.runs.process import ProcessId, code_fingerprint, write_worker


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
