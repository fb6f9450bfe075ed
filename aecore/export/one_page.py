"""One page of HTML that needs no server: a part of the front end, with what it shows inside."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from functools import cache

from aecore.launch import app_root

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; "
    "style-src 'unsafe-inline'; img-src blob: data:"
)
"""A browser holds the page to it: nothing is asked of any host."""


def one_page(
    title: str,
    body: str,
    message: bytes,
    *,
    scripts: Sequence[str],
    styles: Sequence[str],
    exported: str,
) -> str:
    """The page, as HTML.

    Parameters
    ----------
    title
        Any text; it is shown as it stands.
    body
        HTML below the title, with all that comes from people escaped.
    message
        What the part is given in the app; it lies packed in the page.
    scripts, styles
        Files of the part by name, in their order.
    exported
        What the part's script hands to the app, which a page has no use for.
    """
    script = "".join(asset(f"{name}.js") for name in scripts)
    script = script.replace(f"export default {exported};", "")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{html.escape(title)}</title>
<style>{"".join(asset(f"{name}.css") for name in styles)}</style>
</head>
<body>
<main>
<h1>{html.escape(title)}</h1>
{body}
</main>
<script type="text/plain" id="packed">{base64.b64encode(message).decode()}</script>
<script type="module">{script}</script>
</body>
</html>
"""


@cache
def scripts_of(component: str) -> tuple[str, ...]:
    """Scripts of a component of the front end in their order, below `assets/components`."""
    beside = json.loads(asset("parts.json")).get(component, [])
    return ("shared/payload", *beside, f"{component}/index")


@cache
def asset(name: str) -> str:
    """A file of the front end, as text."""
    return (app_root() / "assets" / "components" / name).read_text(encoding="utf-8")
