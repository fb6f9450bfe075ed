"""How a class finds the server: its address, large, and as a QR code."""

from __future__ import annotations

import contextlib
import io
import socket
import sys

import click
import numpy as np
import streamlit as st

from pages.ui import media
from pages.ui.markdown import escape
from pages.ui.translation import _, dialog, mark

_FAR = ("192.0.2.1", "10.255.255.255", "172.31.255.255", "192.168.255.255")
_GLYPHS = {
    "0": ("███", "█ █", "█ █", "█ █", "███"),
    "1": (" █ ", "██ ", " █ ", " █ ", "███"),
    "2": ("███", "  █", "███", "█  ", "███"),
    "3": ("███", "  █", " ██", "  █", "███"),
    "4": ("█ █", "█ █", "███", "  █", "  █"),
    "5": ("███", "█  ", "███", "  █", "███"),
    "6": ("███", "█  ", "███", "█ █", "███"),
    "7": ("███", "  █", "  █", "  █", "  █"),
    "8": ("███", "█ █", "███", "█ █", "███"),
    "9": ("███", "█ █", "███", "  █", "███"),
    ".": (" ", " ", " ", " ", "█"),
    ":": (" ", "█", " ", "█", " "),
}
_urls: list[str] = []


def show(key: str) -> None:
    """Print how to reach this server from another machine, and keep it for `button`.

    Parameters
    ----------
    key
        The teacher's; it is printed first, so that what a class is to read moves it up.
    """
    _urls[:] = [_url(address) for address in lan_addresses()]
    is_seen = sys.stdout.isatty() and _can_print("█▀▄")
    click.echo(f"\n  Teacher's key, for the page Jobs (keep it to yourself): {key}")
    click.echo(words(_urls, is_large=is_seen))


def words(urls: list[str], *, is_large: bool) -> str:
    """What is printed: one line where it is read in a log, large where a class reads it.

    Parameters
    ----------
    urls
        Addresses of this server, the likeliest first.
    """
    if not urls:
        return "This machine is not on a network, so nobody else can open the app."
    first, *others = urls
    lines = [f"Your class opens {first}"]
    if is_large:
        lines = ["Your class types", "", *_large(first), "", "or scans", "", *_code_lines(first)]
        lines += ["", first]
    if others:
        lines.append(f"If that does not answer: {', '.join(others)}")
    return "\n".join(f"  {line}".rstrip() for line in ["", *lines, ""])


def button() -> None:
    """On Start, for who sits at the server itself: the address to put on the projector."""
    if _urls and _is_here():
        st.button(
            _("Invite your class"),
            key="start.class",
            icon=":material/qr_code_2:",
            on_click=_show_on_the_projector,
        )


@dialog(mark("Open this on your own machine"), width="medium", icon=":material/qr_code_2:")
def _show_on_the_projector() -> None:
    with st.container(key="start.address"):
        st.markdown(escape(_typed(_urls[0])))
    st.image(qr_pixels(_urls[0]), output_format="PNG", width=320)
    st.caption(_("On the same network: type the address, or scan it with a tablet."))


def lan_addresses() -> list[str]:
    """IPv4 addresses of this machine that others may reach, the likeliest first.

    The system is asked which of its addresses it would use to reach others; nothing is sent.
    """
    found = []
    for far in _FAR:
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect((far, 9))
            found.append(str(s.getsockname()[0]))
    with contextlib.suppress(OSError):
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return [a for a in dict.fromkeys(found) if not a.startswith(("127.", "169.254.", "0."))]


def qr_pixels(text: str, scale: int = 8) -> np.ndarray:
    """A QR code with its quiet zone: uint8 `(H, W)`, 0 and 255."""
    import segno

    matrix = np.array(list(segno.make(text, error="m", micro=False).matrix_iter(border=4)))
    return np.kron(np.where(matrix, 0, 255), np.ones((scale, scale))).astype(np.uint8)


def _is_here() -> bool:
    """Whether who looks sits at the server itself."""
    return st.context.ip_address is None


def _url(address: str) -> str:
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    port = int(st.get_option("server.port"))
    rest = "" if port == {"http": 80, "https": 443}[scheme] else f":{port}"
    return f"{scheme}://{address}{rest}{media.rooted('/')}".rstrip("/")


def _typed(url: str) -> str:
    """What has to be typed of an address: a browser adds `http://` itself."""
    return url.removeprefix("http://")


def _large(url: str) -> list[str]:
    """Its digits, five lines high; the address itself where it has other signs."""
    text = _typed(url)
    if not set(text) <= set(_GLYPHS):
        return [text]
    return [" ".join(_GLYPHS[sign][line] for sign in text) for line in range(5)]


def _code_lines(url: str) -> list[str]:
    """The QR code in half blocks, light on black whatever the terminal's colours are."""
    import segno

    drawn = io.StringIO()
    segno.make(url, error="m", micro=False).terminal(drawn, compact=True, border=2)
    return [
        click.style(line, fg="bright_white", bg="black") for line in drawn.getvalue().splitlines()
    ]


def _can_print(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
