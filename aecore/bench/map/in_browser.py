"""Figures of the living map in a real browser: decoding by recipe, frames a second."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from aecore.bench.app.in_browser import fresh_page
from aecore.bench.report import Figure
from aecore.data.samples import SampleSet
from aecore.export.living import InteractiveMap
from aecore.export.portable import portable
from aecore.export.single_file import single_file
from aecore.figures.scatter import Groups
from aecore.latent.codes import Codes
from aecore.launch import app_root
from aecore.maps.latent_map import LatentMap
from aecore.recipes import RECIPES, fitted
from aecore.specs.maps import MapSpec, UmapSpec
from aecore.specs.run import RunSpec

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from aecore.runs import OpenRun

N_TRIED = 100
PAN_S = 3.0
_NO_KEY = "0" * 24
_LARGE = (3, 64, 64)
_DECODE = """({layers, weights, codes, n}) => {
    const bytes = Uint8Array.from(atob(weights), c => c.charCodeAt(0));
    const decode = decoderKit().openDecoder(layers, bytes), took = [];
    for (let i = 0; i < 20; i++) decode(codes[0]);
    for (let i = 0; i < n; i++) {
        const begin = performance.now();
        decode(codes[i % codes.length]);
        took.push(performance.now() - begin);
    }
    return {found: codes.map(z => Array.from(decode(z))), took};
}"""
# A hand that pans, an event for each frame the browser shows; idle: a hand that rests.
_PAN = """(over, {seconds, idle}) => new Promise(done => {
    const part = over.closest('.part');
    let from = 0, begin = null, i = 0;
    const send = (kind, x) => over.dispatchEvent(new PointerEvent(kind,
        {clientX: x, clientY: 300, shiftKey: true, pointerId: 1, bubbles: true}));
    over.setPointerCapture = () => {};
    if (!idle) send('pointerdown', 300);
    const step = now => {
        if (begin === null) { begin = now; from = +part.dataset.draws; }
        i++;
        if (now - begin < 1000 * seconds) {
            if (!idle) send('pointermove', 300 + 120 * Math.sin(i / 20));
            requestAnimationFrame(step);
            return;
        }
        send('pointerup', 300);
        done((idle ? i - 1 : +part.dataset.draws - from) / (now - begin) * 1000);
    };
    requestAnimationFrame(step);
})"""


def decoders() -> Iterator[Figure]:
    """Each recipe's decoder on 28x28, and those that convolve on 64x64 in colour; untrained, for
    time does not hang on the weights."""
    worst = 0.0
    with fresh_page() as page:
        script = app_root() / "assets" / "components" / "shared" / "decoder.js"
        page.add_script_tag(path=script)
        for name in RECIPES:
            took, apart = _decoded(page, _untrained(name, (1, 28, 28)))
            worst = max(worst, apart)
            yield _time(f"{name}, 28x28", took, 8.0)
        for name in ("conv", "residual"):
            took, apart = _decoded(page, _untrained(name, _LARGE))
            worst = max(worst, apart)
            yield _time(f"{name}, 64x64 in colour", took, 50.0)
    yield Figure(
        "pictures decoded in the browser: farthest from torch's, all recipes",
        worst,
        "of 255",
        2.0,
        reference="before both are rounded to grey levels" if worst < 1 else "",
    )


def frames() -> Iterator[Figure]:
    """How often the map is drawn anew while a hand pans it, on usual and on fine displays."""
    for n, scale, target in ((20_000, 1, 60.0), (70_000, 1, None), (20_000, 2, None)):
        with fresh_page(scale) as page:
            page.set_content(single_file(_crowd(n), f"{n:,} points"))
            page.wait_for_selector(".living[data-rev]")
            over = page.locator(".over")
            idle = over.evaluate(_PAN, {"seconds": 1.0, "idle": True})
            rate = over.evaluate(_PAN, {"seconds": PAN_S, "idle": False})
            took = float(page.locator(".living").get_attribute("data-draw-ms") or 0)
        yield Figure(
            f"map of {n:,} points panned by a hand, display of factor {scale}",
            round(rate, 1),
            "frames/s",
            target,
            "high",
            f"no GPU; at rest the page has {idle:.1f}; a drawing took {took:.1f} ms",
        )


def _time(what: str, took: np.ndarray, target_ms: float) -> Figure:
    return Figure(
        f"a place decoded in the browser, {what}: 95th percentile",
        float(np.quantile(took, 0.95)),
        "ms",
        target_ms,
        reference=f"median {np.median(took):.2f} ms",
    )


def _decoded(page: Page, run: OpenRun) -> tuple[np.ndarray, float]:
    """Milliseconds of each decoding, and how far the pictures are from torch's, of 255."""
    z = np.random.default_rng(0).normal(size=(4, run.n_dims)).astype(np.float32)
    told = portable(run, z)
    weights = base64.b64encode(told.weights).decode()
    asked: dict[str, Any] = {"layers": list(told.layers), "weights": weights, "n": N_TRIED}
    answer = page.evaluate(_DECODE, {**asked, "codes": z.tolist()})
    found = np.clip(np.array(answer["found"]).reshape(4, *run.shape), 0, 1)
    return np.array(answer["took"]), float(np.abs(255 * found - run.decode(z)).max())


def _untrained(name: str, shape: tuple[int, int, int]) -> OpenRun:
    from aecore.models.autoencoder import new_model
    from aecore.runs import OpenRun

    settings = fitted(RECIPES[name].settings, is_pictures=True, scale="unit")
    spec = RunSpec.of(data=f"data-{_NO_KEY}", **settings)
    model = new_model(spec, shape).eval().requires_grad_(False)
    frame = SampleSet(x=np.empty((0, *shape), np.uint8), parts={})
    return OpenRun(f"run-{name}", spec, model, frame, 1)


def _crowd(n: int) -> InteractiveMap:
    """Ten clouds of points, without pictures."""
    random = np.random.default_rng(0)
    label = random.integers(0, 10, n)
    middle = random.uniform(-20, 20, (10, 2))
    xy = (middle[label] + random.normal(size=(n, 2)) * 3).astype(np.float32)
    codes = Codes(
        key=f"codes-{_NO_KEY}",
        run=f"run-{_NO_KEY}",
        epochs=1,
        rows=np.arange(n),
        z=xy,
        logvar=None,
        error=np.zeros(n, np.float32),
        part=np.zeros(n, np.int8),
    )
    spec = MapSpec(codes=codes.key, method=UmapSpec())
    found = LatentMap(spec, codes, xy, ("one", "other"), None, None, 0, 0, "", 0.0)
    names = tuple("0123456789")
    samples = SampleSet(x=xy, parts={}, labels=label, label_names=names)
    return InteractiveMap(found, samples, Groups(label, names))
