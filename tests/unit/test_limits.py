"""What one process may take."""

import gc
import threading
import weakref

import pytest
from streamlit import config

from app import limits


class _Node:
    itself: "_Node"


def test_memory_is_not_collected_after_every_move() -> None:
    assert config.get_option("runner.postScriptGC") is False


def test_cycles_are_freed_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.disable()
    monkeypatch.setattr(limits, "COLLECT_SECONDS", 0.01)
    stop, freed = threading.Event(), threading.Event()
    node = _Node()
    node.itself = node
    weakref.finalize(node, freed.set)
    del node
    thread = threading.Thread(target=limits.collect_garbage, args=(stop,))
    try:
        assert not freed.is_set()
        thread.start()
        assert freed.wait(10)
    finally:
        gc.enable()
        stop.set()
        thread.join()
