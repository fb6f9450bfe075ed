"""A page of the test's own that polls, and stops early when asked to."""

import time

import streamlit as st

from pages.ui import frame

st.set_page_config(layout="wide")


@st.fragment(run_every=0.2)
def polling() -> None:
    st.container(border=True).markdown(f"asked at {time.monotonic()}")


@st.fragment(run_every=0.2)
def counting() -> None:
    st.session_state["rounds"] += 1
    st.markdown(f"round {st.session_state['rounds']} of the short page")


def page() -> None:
    frame.title("Stopping", "Does a page that ends early leave anything behind?")
    if st.toggle("Short"):
        st.markdown("short indeed")
        counting()
        st.stop()
    st.session_state["rounds"] = 0
    for i in range(6):
        st.markdown(f"line {i}")
    polling()
    time.sleep(1)
    st.markdown("all there")


frame.show(st.navigation([st.Page(page, title="Stopping")], position="top"))
