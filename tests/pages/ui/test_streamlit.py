"""What the pages use of Streamlit that is not public, each by name: an upgrade may take it away."""

from __future__ import annotations

import inspect

import pytest
from streamlit.navigation.page import Page
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.testing.v1 import AppTest

USED = {
    "PagesManager.uses_pages_directory": hasattr(PagesManager, "uses_pages_directory"),
    "Runtime.media_file_mgr": hasattr(Runtime, "media_file_mgr"),
    "MediaFileManager.add(content, mime, place)": list(
        inspect.signature(MediaFileManager.add).parameters
    )[1:4]
    == ["path_or_data", "mimetype", "coordinates"],
    "StopException": issubclass(StopException, BaseException),
    "ScriptRunContext.is_history_navigation": "is_history_navigation"
    in ScriptRunContext.__dataclass_fields__,
    "UploadedFile.file_id": "file_id" in inspect.getsource(UploadedFile),
    "Page.run": hasattr(Page, "run"),
}


@pytest.mark.parametrize("name", USED)
def test_what_is_used_of_streamlit_is_still_there(name: str) -> None:
    assert USED[name]


def test_a_script_knows_of_its_run() -> None:
    assert get_script_run_ctx(suppress_warning=True) is None

    def page() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner import get_script_run_ctx

        st.markdown(str(get_script_run_ctx().is_history_navigation))

    assert AppTest.from_function(page, default_timeout=60).run().markdown[0].value == "False"
