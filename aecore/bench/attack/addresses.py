"""Forged addresses of every page, sent to the running app: exceptions, and seconds to an answer."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from aecore.api import lab
from aecore.bench.app.in_browser import served
from aecore.bench.app.visitor import Visitor
from aecore.bench.report import Figure
from aecore.errors import AecoreError
from aecore.store import Store

PAGES = (
    *("", "data", "train", "reconstruct", "map", "walk", "units", "features", "denoise"),
    *("search", "anomalies", "similar", "recommend", "photos", "compare", "jobs"),
)
LINKS = ("run", "data", "s", "photos.of", "photos.names", "photos.at", "photos.strength")
"""Names that pages read of an address without a widget of that name."""
PATIENCE_S = 10.0
N_FORGED, N_QUICK = 600, 60


@dataclass(frozen=True)
class Answer:
    """What became of one address: what it showed in red, "" where nothing, and how soon."""

    address: str
    problem: str
    seconds: float


def values(random_: random.Random, run: str) -> list[str]:
    """What may stand for a value in an address: too large, no number, no text, another's."""
    return [
        *("", "-1", "0", "1e400", "inf", "-inf", "nan", "9" * 5000, "1" * 400, "0x10", "١٢"),
        *("../../etc/passwd", "\0", "a/b\\c", "<script>alert(1)</script>", "$x$ `y` [z](k:l)"),
        *("None", "none", "all", "any", "true", "[]", "{}", ",", ",,,", "=&?", "💥" * 200),
        *(run, f"{run},{run}", "run-" + "0" * 24, "data-" + "f" * 24, "map-x", "__proto__"),
        "".join(chr(random_.randrange(1, 0x3000)) for _ in range(random_.randrange(1, 60))),
        str(random_.randrange(-(10**12), 10**12)),
        f"{random_.uniform(-1e9, 1e9)}",
    ]


def figures(*, quick: bool = False, seed: int = 0) -> Iterator[Figure]:
    """Several hundred addresses, each opened as a new session would.

    Raises
    ------
    AecoreError
        If an honest visit shows an exception.
    """
    import os
    import tempfile

    with tempfile.TemporaryDirectory(prefix="aecore-bench-") as folder:
        store = Store(folder)
        run = lab.train("undercomplete", "digits", store=store, n_epochs=1).key
        os.environ.setdefault("AECORE_SPARES", "0")
        with served(store.root) as server:
            found = asyncio.run(_all(server.url, run, N_QUICK if quick else N_FORGED, seed))
    bad = [answer for answer in found if answer.problem]
    names = "; ".join(f"{a.address[:60]}: {a.problem[:80]}" for a in bad[:3])
    yield Figure(
        "forged addresses: exceptions",
        len(bad),
        "addresses",
        0,
        reference=names or (f"of {len(found)}, {len(PAGES)} pages, seed {seed}"),
    )
    worst = max(found, key=lambda answer: answer.seconds)
    yield Figure(
        "forged addresses: slowest answer",
        worst.seconds,
        "s",
        PATIENCE_S,
        reference=worst.address[:60].replace("|", "/"),
    )


async def _all(url: str, run: str, n: int, seed: int) -> list[Answer]:
    known = {page: await _names(url, page, run) for page in PAGES}
    chance = random.Random(seed)
    found = []
    for number in range(n):
        page = PAGES[number % len(PAGES)]
        names = chance.sample(known[page], min(len(known[page]), chance.choice((1, 1, 2, 4))))
        query = {"run": run} | {name: chance.choice(values(chance, run)) for name in names}
        address = "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
        found.append(await _visit(url, page, address))
    return found


async def _names(url: str, page: str, run: str) -> list[str]:
    """What an address of this page may hold: the keys of its widgets, and names it reads."""
    async with Visitor(url, page, f"run={run}") as visitor:
        shown = {known.rpartition("-")[2] for known in visitor.widgets}
    return sorted({name for name in shown if "." in name} | set(LINKS))


async def _visit(url: str, page: str, query: str) -> Answer:
    begin = time.perf_counter()
    problem = ""
    try:
        async with asyncio.timeout(PATIENCE_S + 5):
            async with Visitor(url, page, query):
                pass
    except AecoreError as shown:
        problem = shown.message
    except TimeoutError:
        problem = "no answer"
    return Answer(f"/{page}?{query}", problem, time.perf_counter() - begin)
