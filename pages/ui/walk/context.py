"""What every part of Walk shares: the run and its pictures, choosing one of them, and downloads."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st

from aecore.data.samples import PARTS, SampleSet
from aecore.latent.codes import Codes
from aecore.runs import OpenRun
from aecore.specs.codes import QuantizedCodeSpec
from pages.ui import backend, own_picture, url_state
from pages.ui.gallery import gallery
from pages.ui.pick_codes import codes_of
from pages.ui.samples import captions, rows_of
from pages.ui.translation import _

ANY, OWN = "any", "own"
_N_VALUES_AT_ONCE = 4_000_000  # numbers of the pictures that one pass decodes


@dataclass(frozen=True)
class WalkContext:
    """A run that reads pictures, and the pictures a walk may begin at: the test part's."""

    run: OpenRun
    samples: SampleSet

    @property
    def is_gaussian(self) -> bool:
        """Whether the code is a VAE's."""
        return self.run.spec.code.kind == "gaussian"

    @property
    def is_quantized(self) -> bool:
        """Whether the code is a VQ-VAE's: entries of a codebook at the places of a grid."""
        return self.run.spec.code.kind == "quantized"

    @property
    def grid(self) -> tuple[int, int, int]:
        """Of a quantized code: numbers of an entry, rows and columns of the grid."""
        C, H, W = self.run.model.plan.code[-1].out_shape
        return C, H, W

    @property
    def snapping(self) -> str:
        """What becomes of a code that is no entry, in a sentence; empty where nothing does."""
        if not self.is_quantized:
            return ""
        _unused, H, W = self.grid
        return _(
            " This code is quantized: before it is decoded, each of its {h}×{w} positions is "
            "rounded to the nearest of {codebook_size} entries, so the "
            "picture changes in jumps.",
            h=H,
            w=W,
            codebook_size=self.run.spec.code_as(QuantizedCodeSpec).codebook_size,
        )

    @cached_property
    def rows(self) -> np.ndarray:
        """Rows of the test part, else of the first part that has any."""
        parts = (self.samples.parts[part] for part in ("test", "val", "train"))
        return next((rows for rows in parts if len(rows)), np.arange(len(self.samples)))

    def candidates(self, name: str | None) -> np.ndarray:
        """Those rows of a class (None: of any), shuffled once and for all."""
        rows = self.rows
        if name is not None:
            of_class = np.isin(rows, rows_of(self.samples, "all", name))
            rows = rows[of_class]
        return np.random.default_rng(0).permutation(rows)

    def first(self, place: int) -> int:
        """A picture to begin with: of another class for each place, where there are classes."""
        order = self.candidates(None)
        labels = self.samples.labels
        if labels is not None:
            _unused, firsts = np.unique(labels[order], return_index=True)
            order = order[np.sort(firsts)]
        return int(order[place % len(order)])

    def encode(self, x: np.ndarray) -> np.ndarray:
        """Codes of pictures, `(n, D)`, kept."""
        return _encoded(self._name, x, self.run)

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Pictures of codes, `(n, C, H, W)`, kept: a slider decodes its whole path once."""
        return _decoded(self._name, np.ascontiguousarray(z, np.float32), self.run)

    def codes(self) -> Codes:
        """The codes of the data; the page stops here until a job has them."""
        return codes_of(self.run)

    @property
    def _name(self) -> tuple[str, str, int]:
        return str(backend.store().root), self.run.key, self.run.epochs

    @property
    def no_prior(self) -> str:
        """Why codes drawn at random make no pictures where the code is quantized."""
        return _(
            "Random codes make no sense here: a quantized code is a sequence of entries, and "
            "training does not make random sequences, from the prior or from Gaussians, "
            "meaningful. New pictures would need a model of these sequences, which van den Oord "
            "et al. (2017) train afterwards (a PixelCNN) and this app does not have."
        )


@st.cache_data(max_entries=64, show_spinner=False)
def _encoded(name: tuple[str, str, int], x: np.ndarray, _run: OpenRun) -> np.ndarray:
    return _run.encode(x)


@st.cache_data(max_entries=64, max_size="100MB", show_spinner=False)
def _decoded(name: tuple[str, str, int], z: np.ndarray, _run: OpenRun) -> np.ndarray:
    n_at_once = max(8, _N_VALUES_AT_ONCE // math.prod(_run.shape))
    parts = [z[start : start + n_at_once] for start in range(0, len(z), n_at_once)]
    return np.concatenate([_run.decode(part) for part in parts])


def thumbnails(pictures: np.ndarray, target_px: int) -> np.ndarray:
    """Pictures that are far larger than they are shown, made smaller by whole factors.

    Parameters
    ----------
    pictures
        uint8 `(n, C, H, W)`.
    target_px
        What is wanted of the longer side; up to twice as much is left.
    """
    n, C, H, W = pictures.shape
    factor = max(H, W) // target_px
    if factor < 2:
        return pictures
    kept = pictures[:, :, : H // factor * factor, : W // factor * factor]
    blocks = kept.reshape(n, C, H // factor, factor, W // factor, factor)
    small: np.ndarray = np.rint(blocks.mean(axis=(3, 5))).astype(np.uint8)
    return small


def trained_on(codes: Codes) -> np.ndarray:
    """Which of the codes belong to the training part, bool `(n,)`; all where none does."""
    found = codes.part == PARTS.index("train")
    return found if found.any() else np.ones(len(codes), bool)


@dataclass(frozen=True)
class Chosen:
    """A picture somebody chose, uint8 `(C, H, W)`, with what to call it and its code `(D,)`."""

    x: np.ndarray
    caption: str
    z: np.ndarray


def choose(
    scene: WalkContext, name: str, place: int, title: str, *, target_px: int = 168
) -> Chosen:
    """Ask for one picture: any of the test part, one of a class, or an own one.

    Its row stands in the address as `?walk.<name>=`.

    Parameters
    ----------
    place
        Tells the pictures of a page apart, so that each begins with another.
    """
    names = {str(i): name for i, name in enumerate(scene.samples.label_names)}
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"walk.{name}_bar"):
        offered = {ANY: _("Any picture"), **names, OWN: _("Your own")}
        kind = url_state.choice(title, offered, f"walk.{name}_from")
        candidates = scene.candidates(names.get(kind))
        row = _row(scene, name, place, candidates)
        if kind != OWN:
            st.button(
                _("Another"),
                key=f"walk.{name}_next",
                icon=":material/shuffle:",
                on_click=_next,
                args=(name, row, candidates),
            )
    if kind == OWN:
        shape = scene.samples.shape
        own = own_picture.ask(
            "walk",
            (shape[0], shape[1], shape[2]),
            framing=scene.samples.framing,
            name=f"{name}_own",
        )
        if own is not None:
            return _shown(scene, name, own, _("your own"), target_px)
        st.caption(_("Until there is one, a test picture is used."))
    x = np.asarray(scene.samples.x[row])
    caption = captions(scene.samples, np.array([row]))[0]
    return _shown(scene, name, x, caption, target_px)


def _shown(scene: WalkContext, name: str, x: np.ndarray, caption: str, target_px: int) -> Chosen:
    gallery(x[None], [caption], key=f"walk.{name}_picture", target_px=target_px)
    return Chosen(x, caption, scene.encode(x[None])[0])


def _row(scene: WalkContext, name: str, place: int, candidates: np.ndarray) -> int:
    """The row of the address where it is one of the candidates, else one to begin with."""
    asked = url_state.number(f"walk.{name}")
    if asked is not None and asked in candidates:
        return asked
    first = scene.first(place)
    if first in candidates or not len(candidates):
        return first
    return int(candidates[place % len(candidates)])


def _next(name: str, row: int, candidates: np.ndarray) -> None:
    at = np.flatnonzero(candidates == row)
    after = candidates[(int(at[0]) + 1 if len(at) else 0) % len(candidates)]
    url_state.write(_("walk.{name}", name=name), str(int(after)))


def downloads(
    name: str,
    png: Callable[[], bytes],
    gif: Callable[[], bytes] | None = None,
    *,
    key: str,
) -> None:
    """Buttons that make a file when they are pressed.

    Parameters
    ----------
    name
        Of the file, without its ending.
    """
    with st.container(horizontal=True, key=f"walk.{key}_files"):
        for kind, made in (("png", png), ("gif", gif)):
            if made is not None:
                st.download_button(
                    _("Download {upper}", upper=kind.upper()),
                    data=made,
                    file_name=f"{name}.{kind}",
                    mime=f"image/{kind}",
                    key=f"walk.{key}_{kind}",
                    icon=":material/download:" if kind == "png" else ":material/movie:",
                    on_click="ignore",
                )
