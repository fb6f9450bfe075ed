"""The server that `aecore app` starts: the frame, with what a public face needs around it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route
from streamlit.runtime.pages_manager import PagesManager

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
# `streamlit run` puts the folder of this file on the path; what is imported by name lives above.
sys.path[:] = [str(ROOT), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]


@contextlib.asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[dict[str, Any]]:
    """What happens once before the first visit, and after the last."""
    # Else the first visit of a server straight to /train runs pages/train.py alone, without the
    # frame: Streamlit takes a folder named `pages` for its older kind of multipage app.
    PagesManager.uses_pages_directory = False
    from pages.ui import invitation, mine, teacher, thumbnails, upload_limits
    from pages.ui.app import gate, housekeeping, middleware, preload

    middleware.send_without_delay()
    upload_limits.mark_what_is_asked_for()
    mine.settle_lifetime()
    if gate.is_public():
        invitation.show(teacher.new_key())
    thumbnails.allow()
    preload.settle()
    preload.allow()
    cleaning = asyncio.create_task(housekeeping.keep_clean())
    yield {}
    cleaning.cancel()
    preload.stop()


def _guarded(app: Any) -> Any:
    """Streamlit's server behind what a request meets before it, the outermost last."""
    from pages.ui.app.gate import Gate
    from pages.ui.app.middleware import SecurityHeaders
    from pages.ui.cookie import SessionCookie
    from pages.ui.upload_limits import UploadLimit

    return SecurityHeaders(Gate(UploadLimit(SessionCookie(app))))


def _ask_no_one_outside() -> None:
    from pages.ui.app import gate

    gate.ask_no_one_outside()  # before Streamlit prints under which addresses it is found


def _routes() -> list[Route]:
    from pages.ui import media, thumbnails

    return [Route(media.rooted(thumbnails.PATH), thumbnails.answer)]


_ask_no_one_outside()
app = st.App(
    ROOT / "app.py", lifespan=lifespan, routes=_routes(), middleware=[Middleware(_guarded)]
)
