"""One session of the app over Streamlit's own protocol: as the server sees a browser, without one.

Two cores cannot hold forty browsers, but they can hold forty connections. The protocol is
Streamlit's internal affair; it was read in version 1.67.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from aecore.errors import AecoreError


@dataclass(frozen=True)
class Widget:
    """A widget that the page has shown, and the fragment that runs when it changes."""

    id: str
    fragment: str


@dataclass(frozen=True)
class Beat:
    """A fragment that a browser is to run again every `every_s` seconds."""

    fragment: str
    every_s: float


class Visitor:
    """A session of a page, opened with `async with`.

    Parameters
    ----------
    url
        Where the app answers, without a trailing slash.
    page, query
        As in the address: `walk`, `run=...&walk.steps=16`.

    Raises
    ------
    AecoreError
        If the websockets package is not installed, or a page shows an exception.
    """

    def __init__(self, url: str, page: str, query: str = "") -> None:
        self._url, self._page, self._query = url, page, query
        self.widgets: dict[str, Widget] = {}
        self.beat: Beat | None = None
        self.n_bytes = 0
        self._values: dict[str, Any] = {}
        self._page_hash = ""

    async def __aenter__(self) -> Visitor:
        try:
            import websockets
        except ImportError as problem:
            raise AecoreError(
                "Sessions without a browser need the websockets package.",
                "Run `make test` once: it installs it.",
            ) from problem
        self._socket = await websockets.connect(
            f"{self._url.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            max_size=None,
            origin=websockets.Origin(self._url),
        )
        await self.run()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._socket.close()

    def widget(self, key: str) -> Widget:
        """The widget of a key that the app gave it.

        Raises
        ------
        AecoreError
            If the page has not shown it; naming those that it has.
        """
        for known, widget in self.widgets.items():
            if known.endswith(f"-{key}"):
                return widget
        shown = ", ".join(sorted(known.rpartition("-")[2] for known in self.widgets))
        raise AecoreError(f"The page {self._page} shows no widget {key!r}; it shows {shown}.")

    async def slide(self, key: str, value: float) -> float:
        """Let go of a slider at `value`; seconds until the answer is here, whole."""
        widget = self.widget(key)
        self._values[widget.id] = value
        return await self.run(widget.fragment)

    async def press(self, key: str) -> float:
        """Press a button; seconds until the page has run."""
        widget = self.widget(key)
        return await self.run(widget.fragment, pressed=widget.id)

    async def run(self, fragment: str = "", *, pressed: str = "", by_beat: bool = False) -> float:
        """Run the page, or a fragment of it; seconds until the server says that it is done."""
        from streamlit.proto.BackMsg_pb2 import BackMsg

        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.fragment_id, asked.is_auto_rerun = self._query, fragment, by_beat
        if self._page_hash:
            asked.page_script_hash = self._page_hash
        else:
            asked.page_name = self._page
        for name, value in self._values.items():
            state = asked.widget_states.widgets.add()
            state.id = name
            state.double_array_value.data.append(value)
        if pressed:
            state = asked.widget_states.widgets.add()
            state.id, state.trigger_value = pressed, True
        if not fragment:
            self.widgets, self.beat = {}, None
        begin = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        await asyncio.wait_for(self._until_done(), 120)
        return time.perf_counter() - begin

    async def _until_done(self) -> None:
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        while True:
            raw = await self._socket.recv()
            self.n_bytes += len(raw)
            message = ForwardMsg()
            message.ParseFromString(raw if isinstance(raw, bytes) else raw.encode())
            kind = message.WhichOneof("type")
            if kind == "navigation":  # which page this is; a new session names the main script
                self._page_hash = message.navigation.page_script_hash
            elif kind == "auto_rerun":
                self.beat = Beat(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._note(message.delta)
            elif kind == "script_finished" and message.script_finished in _DONE:
                return

    def _note(self, delta: Any) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise AecoreError(f"The page {self._page} shows: {element.exception.message}")
        name = getattr(getattr(element, kind), "id", "")
        if name:
            self.widgets[name] = Widget(name, delta.fragment_id)


_DONE = (0, 3)
"""Finished, of the whole page and of a fragment (ForwardMsg.ScriptFinishedStatus)."""
