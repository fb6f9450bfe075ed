"""What the Denoise page looks at: a run, pictures, a noise, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from aecore.data.samples import PartName, SampleSet
from aecore.denoising.denoise import Denoised, Scores, best_filter, denoise
from aecore.denoising.filters import Tuned, available
from aecore.denoising.levels import default_noise
from aecore.runs import OpenRun
from aecore.specs.run import OF_PICTURES, CorruptionSpec
from aecore.studies.evaluation import rows_of
from pages.ui import url_state
from pages.ui.translation import _, mark


@dataclass(frozen=True)
class Kind:
    """What to call a noise, and how its level is set.

    Parameters
    ----------
    words
        What it does, and what its level is.
    before, after
        Of the pictures with it, and of what the model makes of them.
    unit
        Of the level.
    top, start, step
        Of the slider.
    """

    title: str
    words: str
    before: str
    after: str
    unit: str
    top: float = 1.0
    start: float = 0.3
    step: float = 0.01

    @property
    def is_noise(self) -> bool:
        """Whether it is what one calls noise: it hits single pixels."""
        return self.before == "Noisy"


def _grain(title: str, words: str, unit: str, top: float = 1.0) -> Kind:
    return Kind(title, words, _("Noisy"), _("Denoised"), unit, top)


NOISES: dict[str, Kind] = {
    "gaussian": _grain(
        mark("Gaussian"),
        mark("a random number is added to every pixel; the level is its standard deviation"),
        mark("standard deviation"),
    ),
    "masking": _grain(
        mark("Masking"),
        mark("pixels are set to black; the level is their share"),
        mark("share of pixels hit"),
    ),
    "salt_pepper": _grain(
        mark("Salt and pepper"),
        mark("pixels are set to black or white; the level is their share"),
        mark("share of pixels hit"),
    ),
    "dropout": _grain(
        mark("Dropout"),
        mark(
            "pixels are set to black and the others made lighter to keep the mean; the level is "
            "the share set to black"
        ),
        mark("share of pixels hit"),
        0.95,
    ),
    "swap": _grain(
        mark("Swapped"),
        mark(
            "pixels have the value of the same pixel of another picture; the level is their share"
        ),
        mark("share of pixels hit"),
    ),
    "occlusion": Kind(
        mark("Occlusion"),
        mark("one rectangle is hidden; the level is its share of the picture"),
        mark("Part hidden"),
        mark("Filled in"),
        mark("share of the picture hidden"),
        0.6,
        0.15,
    ),
    "downscale": Kind(
        mark("Downscaled"),
        mark(
            "the picture is made smaller and enlarged again by bicubic interpolation; the level is "
            "how often it was halved"
        ),
        mark("Enlarged"),
        mark("Sharpened"),
        "halvings",
        2.0,
        1.0,
        0.25,
    ),
    "blur": Kind(
        mark("Blur"),
        mark(
            "the picture is blurred with a Gaussian filter; the level is its standard deviation in "
            "pixels"
        ),
        mark("Blurred"),
        mark("Sharpened"),
        "px",
        2.0,
        1.0,
        0.05,
    ),
}
"""All kinds of corruption, in the order in which they are offered."""
_N_VALUES = 100 * 64 * 64 * 3
"""Pixels cleaned at once at the most: a hundred pictures of 64 by 64 in colour."""


@dataclass(frozen=True)
class DenoiseContext:
    """A run, the pictures it cleans, and the noise on them.

    Parameters
    ----------
    rows
        `(n,)`, which samples of the set.
    filters
        Names of the filters beside the model.
    """

    run: OpenRun
    samples: SampleSet
    part: PartName
    rows: np.ndarray
    noise: CorruptionSpec
    seed: int
    filters: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """What to call the noise and what becomes of it."""
        return NOISES[self.noise.kind]

    @property
    def x(self) -> np.ndarray:
        """The clean pictures, uint8 `(n, C, H, W)`."""
        return np.asarray(self.samples.x[self.rows])

    def denoised(self) -> Denoised:
        """The pictures with the noise, and cleaned; computed once for what is asked."""
        at = (self.run.key, self.run.epochs, self.part, self.noise.model_dump_json(), self.seed)
        return _denoised(*at, self)

    def tuned(self, name: str, noise: CorruptionSpec | None = None) -> Tuned:
        """A filter as strong as is best against this noise (or another)."""
        noise = noise or self.noise
        return _tuned(self.run.key, name, noise.model_dump_json(), self.run, self.samples)

    def filtered(self) -> dict[str, np.ndarray]:
        """Name of each filter to what it made of the pictures."""
        at = (self.run.key, self.part, self.noise.model_dump_json(), self.seed)
        return {name: _filtered(*at, name, self) for name in self.filters}

    def scores(self) -> dict[str, Scores]:
        """ "noisy", "cleaned" and each filter's name to scores of its pictures."""
        found = self.denoised()
        return {
            "noisy": found.before,
            "cleaned": found.after,
            **{name: Scores.of(found.clean, x) for name, x in self.filtered().items()},
        }


@st.cache_data(max_entries=24, show_spinner=mark("Denoising…"))
def _denoised(
    run: str, epochs: int, part: str, noise: str, seed: int, _seen: DenoiseContext
) -> Denoised:
    return denoise(_seen.run, _seen.x, _seen.noise, _seen.seed)


@st.cache_data(max_entries=64, show_spinner=mark("Tuning the filter…"))
def _tuned(run: str, name: str, noise: str, _run: OpenRun, _samples: SampleSet) -> Tuned:
    return best_filter(_run, _samples, name, CorruptionSpec.model_validate_json(noise))


@st.cache_data(max_entries=24, show_spinner=mark("Filtering…"))
def _filtered(
    run: str, part: str, noise: str, seed: int, name: str, _seen: DenoiseContext
) -> np.ndarray:
    return _seen.tuned(name).clean(_seen.denoised().noisy)


def pictures_of(samples: SampleSet, part: PartName) -> np.ndarray:
    """Rows that are cleaned and scored: at most a hundred, fewer of large pictures."""
    n = int(np.clip(_N_VALUES // int(np.prod(samples.shape)), 12, 100))
    return rows_of(samples, part, n)


# Controls ------------------------------------------------------------------------------------


def ask_noise(run: OpenRun) -> CorruptionSpec:
    """Kind and level of the noise, in a bar; at first what the run was trained with."""
    usual = default_noise(run)
    _follow(run.key, usual)
    kind = url_state.choice(
        _("Noise"),
        {name: noise.title for name, noise in NOISES.items()},
        "denoise.noise",
        default=usual.kind,
        widget=st.segmented_control,
    )
    about = NOISES[kind]
    own = usual.level if kind == usual.kind else about.start
    if kind not in OF_PICTURES and usual.kind not in OF_PICTURES:
        own = min(usual.level, about.top)  # one level serves all that hits single pixels
    top = max(about.top, own)
    level = st.slider(
        _("Level, {unit}", unit=about.unit),
        0.0,
        top,
        own,
        about.step,
        key=_level_key(kind),
        bind="query-params",
        help=f"{_(about.title)}: {_(about.words)}.",
    )
    mean = usual.mean
    if kind == "gaussian":
        with st.popover(_("More"), icon=":material/tune:"):
            mean = st.slider(
                _("Mean of the noise"),
                -1.0,
                1.0,
                usual.mean,
                0.05,
                key="denoise.mean",
                bind="query-params",
                help=_(
                    "The mean of what is added to every pixel: above 0, the picture gets lighter."
                ),
            )
    if kind not in ("downscale", "blur"):  # there is no chance in those
        st.button(
            _("New noise") if about.is_noise else _("New position"),
            key="denoise.again",
            icon=":material/casino:",
            help=_("The same kind and level, drawn again."),
            on_click=_draw_again,
        )
    return CorruptionSpec.of(
        kind=kind,
        level=min(float(level), top),
        mean=float(mean) if kind == "gaussian" else 0.0,
        clip=usual.clip,
    )


def _follow(run: str, usual: CorruptionSpec) -> None:
    """Set the controls to another run's noise, whenever another run is opened."""
    state = st.session_state
    before = state.get("session.denoise_followed")
    state["session.denoise_followed"] = run
    if before not in (None, run):
        url_state.write("denoise.noise", "")
        state[_level_key(usual.kind)], state["denoise.mean"] = usual.level, usual.mean


def _level_key(kind: str) -> str:
    """Levels of unlike units are kept apart."""
    has_own = kind in OF_PICTURES or kind == "dropout"
    return f"denoise.{kind}_level" if has_own else "denoise.level"


def seed() -> int:
    """Decides the noise; in the address."""
    return url_state.whole_number("denoise.seed", 0, 0, 99_999)


def _draw_again() -> None:
    url_state.write("denoise.seed", str((seed() + 1) % 100_000))


def ask_filters(shape: tuple[int, ...], noise: CorruptionSpec) -> tuple[str, ...]:
    """Which filters stand beside the model: of those made for this kind of noise."""
    names = available(shape, noise.kind)
    if not names:
        return ()
    group = "" if noise.kind not in OF_PICTURES else f".{noise.kind}"
    chosen = url_state.choices(
        _("Compare with"),
        names,
        f"denoise.filters{group}",
        default=[name for name in ("nl_means", "biharmonic", "unsharp") if name in names],
        placeholder=_("No filter"),
        help=_(
            "Classical image filters, which are not trained on these pictures. The strength "
            "of each is tuned on training pictures with the same noise."
        ),
    )
    return tuple(name for name in names if name in chosen)
