"""Somebody at the dashboard without a browser: the websocket that a browser would open."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

_FAILED = (
    ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
    ForwardMsg.FINISHED_EARLY_FOR_RERUN,
)
_LONGEST = 300  # seconds to wait for one answer


class Person:
    """A session of its own that opens a page and moves a slider.

    Attributes:
      received: bytes of the last answer. texts: what it said, in Markdown or HTML.
      query: of the address.
    """

    def __init__(self, url: str):
        self._url = url
        self._socket: ClientConnection | None = None
        self.query = self._page = ""
        self._sliders: dict[str, tuple[str, str]] = {}  # label → id, fragment
        self._cached: set[str] = set()
        self.received = 0
        self.texts: list[str] = []

    async def open(self, page: str, query: Mapping[str, Any]) -> float:
        """Opens a page; returns the seconds until it was drawn."""
        self._page, self.query = page, "&".join(f"{k}={v}" for k, v in query.items())
        address = self._url.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = await connect(
            address,
            origin=self._url,  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            ping_interval=None,
        )
        return await self._ask({}, "")

    async def move(self, label: str, value: float) -> float:
        """Moves the slider with this label; returns the seconds until all was drawn."""
        widget, fragment = self._sliders[label]
        return await self._ask({widget: value}, fragment)

    async def leave(self) -> None:
        """Closes the tab."""
        if self._socket is not None:
            await self._socket.close()

    async def _ask(self, values: Mapping[str, float], fragment: str) -> float:
        assert self._socket is not None
        message = BackMsg()
        state = message.rerun_script
        state.page_name, state.query_string, state.fragment_id = self._page, self.query, fragment
        state.cached_message_hashes.extend(self._cached)
        for widget, value in values.items():
            one = state.widget_states.widgets.add()
            one.id = widget
            one.double_array_value.data.append(value)
        self.received, self.texts, begin = 0, [], time.perf_counter()
        await self._socket.send(message.SerializeToString())
        while not self._read(await asyncio.wait_for(self._socket.recv(), _LONGEST)):
            pass
        return time.perf_counter() - begin

    def _read(self, data: str | bytes) -> bool:
        """Takes in one message; whether it was the last of an answer."""
        assert isinstance(data, bytes)
        self.received += len(data)
        message = ForwardMsg.FromString(data)
        if message.metadata.cacheable and message.hash:
            self._cached.add(message.hash)
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            if element.WhichOneof("type") == "slider":
                slider = element.slider
                self._sliders[slider.label] = slider.id, message.delta.fragment_id
            elif element.WhichOneof("type") in ("markdown", "html"):
                self.texts.append(getattr(element, element.WhichOneof("type")).body)
            elif element.WhichOneof("type") == "exception":
                raise RuntimeError(element.exception.message)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                raise RuntimeError("the page did not compile")
            return message.script_finished not in _FAILED
        return False
