"""`aecore bench restore --pairs DIR`: photographs from cameras beside the mean of many shots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from aecore.bench.report import Figure
from aecore.bench.restore.methods import METHODS as FILTERS
from aecore.errors import DataError, SpecError
from aecore.imaging.photos import read_photo_file
from aecore.metrics.pictures import psnr
from aecore.photos.restorer import Restorer, restorer_of
from aecore.photos.values import to_unit

Watch = Callable[[str], None]
Clean = Callable[[np.ndarray], np.ndarray]
"""A photograph, uint8 or uint16 `(C, H, W)`: to clean shares of white."""
NOISY, CLEAN = "_real", "_mean"
TITLES = {
    "input": "as it came",
    "app": "the app, blind, at the strength it proposes",
    "network": "the network for white noise alone",
    "network-8": "the network for white noise alone, in the depth of the photograph",
    "camera": "the network for noise of cameras alone",
    "nl_means": "non-local means, one sigma for all",
    "bm3d": "CBM3D, the best one sigma for all",
}
_NL_MEANS_255 = 5.0
_BM3D_255 = (5.0, 10.0, 15.0, 20.0)
"""The sigmas that are tried, on `_N_TRIED` of the pairs and with their clean pictures at hand."""
_N_TRIED = 3
_MEAN_OFF_DB, _WORST_OFF_DB = -0.02, -0.1
_OVER_BM3D_DB = 0.3
_GRID_PX = 16
"""Crops begin where blocks of a JPEG do."""


@dataclass(frozen=True)
class Pair:
    """A noisy photograph and its clean one.

    Parameters
    ----------
    x, clean
        `(C, H, W)`: as it is in its file, and as shares of white.
    is_held_out
        Whether the rule for the strength was chosen without it: every second of the folder.
    """

    name: str
    x: np.ndarray
    clean: np.ndarray
    is_held_out: bool

    def psnr_db(self, x_hat: np.ndarray) -> float:
        """PSNR of shares of white against the clean photograph, dB, more is better."""
        return float(psnr(self.clean[None], np.clip(x_hat, 0, 1)[None])[0])


@dataclass(frozen=True)
class Scores:
    """PSNR of each picture by each method.

    Parameters
    ----------
    is_held_out
        See `Pair`, `(n_pictures,)`.
    psnr_db
        Method to PSNRs, `(n_pictures,)`, dB.
    notes
        Method to what is to be known of its settings.
    left_out
        Method to why it could not be measured.
    """

    names: tuple[str, ...]
    is_held_out: np.ndarray
    psnr_db: dict[str, np.ndarray]
    notes: dict[str, str]
    left_out: dict[str, str]


def pairs_of(folder: Path, n_max: int | None = None, crop_px: int | None = None) -> list[Pair]:
    """The pairs `NAME_real.*` and `NAME_mean.*` of a folder, by name; `n_max` spread over them.

    Parameters
    ----------
    crop_px
        Only squares of so many pixels from the middle of each; None: all of it.

    Raises
    ------
    DataError
        If there are none, one has no clean photograph, or their sizes differ.
    """
    noisy = sorted(path for path in folder.glob(f"*{NOISY}.*") if path.is_file())
    if not noisy:
        raise DataError(f"{folder} holds no pairs.", f"Name a folder of *{NOISY}.* with *{CLEAN}.*")
    n = len(noisy) if n_max is None else min(n_max, len(noisy))
    places = (i * len(noisy) // n for i in range(n))
    return [_pair(noisy[at], at % 2 == 1, crop_px) for at in places]


def _pair(path: Path, is_held_out: bool, crop_px: int | None) -> Pair:
    name = path.stem.removesuffix(NOISY)
    beside = sorted(path.parent.glob(f"{name}{CLEAN}.*"))
    if not beside:
        raise DataError(f"{path.name} has no clean photograph.", f"It is to be {name}{CLEAN}.*")
    x, clean = read_photo_file(path).x, to_unit(read_photo_file(beside[0]).x)
    if to_unit(x).shape != clean.shape:
        raise DataError(
            f"{path.name} is {x.shape}, its clean photograph {clean.shape}.",
            "Both must have the same size and colours.",
        )
    if crop_px is not None:
        x, clean = _middle(x, crop_px), _middle(clean, crop_px)
    return Pair(name, x, clean, is_held_out)


def _middle(x: np.ndarray, side_px: int) -> np.ndarray:
    top, left = (max(0, side - side_px) // 2 // _GRID_PX * _GRID_PX for side in x.shape[1:])
    return np.ascontiguousarray(x[:, top : top + side_px, left : left + side_px])


def measured(
    pairs: list[Pair],
    names: tuple[str, ...] = (),
    *,
    weights: Path | None = None,
    watch: Watch = lambda text: None,
) -> Scores:
    """Clean every photograph by every method.

    Parameters
    ----------
    names
        Of `TITLES`; none: all of them.
    weights
        Of the restorer; None: those that ship.

    Raises
    ------
    SpecError
        If there is no such method.
    """
    for name in names:
        if name not in TITLES:
            raise SpecError(
                f"There is no method {name!r:.60} for pairs.", f"Choose from {', '.join(TITLES)}."
            )
    restorer = restorer_of(weights)
    found: dict[str, np.ndarray] = {}
    notes: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for name in (name for name in TITLES if name in names or not names):
        needs = FILTERS[name].needs if name in FILTERS else ""
        if needs and find_spec(needs) is None:
            left_out[name] = f"needs the package {needs}: pip install 'latent-lab[photos]'"
            continue
        clean, notes[name] = _method(name, restorer, pairs, watch)
        scores = []
        for number, pair in enumerate(pairs, 1):
            watch(f"{TITLES[name]}: {number} of {len(pairs)}")
            scores.append(pair.psnr_db(clean(pair.x)))
        found[name] = np.array(scores)
    held_out = np.array([pair.is_held_out for pair in pairs])
    return Scores(tuple(pair.name for pair in pairs), held_out, found, notes, left_out)


def _method(name: str, restorer: Restorer, pairs: list[Pair], watch: Watch) -> tuple[Clean, str]:
    """What cleans, and a note on how."""
    import torch

    from aecore.photos.cleaning import clean_photo
    from aecore.photos.values import from_unit

    def network(x: np.ndarray) -> np.ndarray:
        values = torch.from_numpy(to_unit(x))[None]
        return np.asarray(restorer.restore_values(values)[0].cpu())

    if name == "input":
        return to_unit, ""
    if name == "app":
        return lambda x: to_unit(clean_photo(x, restorer).x_hat), ""
    if name == "network":
        return network, "not rounded"
    if name == "camera":
        camera = restorer.camera or restorer
        return lambda x: np.asarray(
            camera.restore_values(torch.from_numpy(to_unit(x))[None])[0].cpu()
        ), ""
    if name == "network-8":
        return lambda x: to_unit(from_unit(network(x), x.dtype)), ""
    clean = FILTERS[name].make(None)
    sigma = _NL_MEANS_255 if name == "nl_means" else _best_sigma(clean, pairs, watch)
    return lambda x: clean(to_unit(x), sigma / 255), f"sigma {sigma:g} of 255"


def _best_sigma(
    clean: Callable[[np.ndarray, float], np.ndarray], pairs: list[Pair], watch: Watch
) -> float:
    """The sigma, of 255, with the best mean PSNR on a few pairs."""
    tried = pairs[:: max(1, len(pairs) // _N_TRIED)][:_N_TRIED]
    means = {}
    for sigma in _BM3D_255:
        watch(f"{TITLES['bm3d']}: sigma {sigma:g} on {len(tried)} pairs")
        scores = [pair.psnr_db(clean(to_unit(pair.x), sigma / 255)) for pair in tried]
        means[sigma] = float(np.mean(scores))
    return max(means, key=means.__getitem__)


def figures(scores: Scores) -> Iterator[Figure]:
    """Means of each method, and the app beside the network alone."""
    before = scores.psnr_db.get("input")
    for name, title in TITLES.items():
        if name in scores.left_out:
            yield Figure(f"{title}: PSNR, mean", None, "dB", reference=scores.left_out[name])
        if name not in scores.psnr_db:
            continue
        found, said = scores.psnr_db[name], [f"{len(scores.names)} pairs"]
        if before is not None and name != "input":
            gained = found - before
            worst = int(gained.argmin())
            said += [
                f"{gained.mean():+.2f} dB over the input",
                f"{int((gained < 0).sum())} below their input",
                f"the least gain {gained[worst]:+.2f} dB ({scores.names[worst]})",
            ]
        if scores.is_held_out.any() and not scores.is_held_out.all():
            said += [f"on every second pair {found[scores.is_held_out].mean():.2f} dB"]
        said += filter(None, [scores.notes[name]])
        yield Figure(
            f"{title}: PSNR, mean", float(found.mean()), "dB", None, "high", "; ".join(said)
        )
    app = scores.psnr_db.get("app")
    if app is not None and "bm3d" in scores.psnr_db:
        over = app - scores.psnr_db["bm3d"]
        yield Figure(
            "the app over CBM3D with its best sigma: PSNR, mean",
            float(over.mean()),
            "dB",
            _OVER_BM3D_DB,
            "high",
            f"ahead on {int((over > 0).sum())} of {len(over)}",
        )
    if app is not None and before is not None:
        gained = app - before
        worst = int(gained.argmin())
        yield Figure(
            "the app over the input: the worst picture",
            float(gained[worst]),
            "dB",
            _WORST_OFF_DB,
            "high",
            f"{scores.names[worst]}; {int((gained < _WORST_OFF_DB).sum())} of {len(gained)} miss",
        )
    if not {"input", "app", "network", "network-8"} <= set(scores.psnr_db):
        return
    network_app, rounded = scores.psnr_db["app"], scores.psnr_db["network-8"]
    off = network_app - rounded
    exact = float((network_app - scores.psnr_db["network"]).mean())
    yield Figure(
        "the app over the network for white noise in the same depth: PSNR, mean",
        float(off.mean()),
        "dB",
        _MEAN_OFF_DB,
        "high",
        f"over the network alone, not rounded: {exact:+.3f} dB",
    )
    if scores.is_held_out.any():
        yield Figure(
            "the same on every second pair, without which the rule for the strength was chosen",
            float(off[scores.is_held_out].mean()),
            "dB",
            _MEAN_OFF_DB,
            "high",
            f"{scores.is_held_out.sum()} pairs",
        )
    short = network_app - np.maximum(rounded, scores.psnr_db["input"])
    worst = int(short.argmin())
    yield Figure(
        "the app over the better of the input and the network in the same depth: the worst picture",
        float(short[worst]),
        "dB",
        _WORST_OFF_DB,
        "high",
        f"{scores.names[worst]}; {int((short < _WORST_OFF_DB).sum())} of {len(short)} miss it",
    )


def picture_rows(scores: Scores) -> Iterator[Figure]:
    """Each picture by each method."""
    for index, picture in enumerate(scores.names):
        for name, found in scores.psnr_db.items():
            yield Figure(f"{picture}: {name}", float(found[index]), "dB", better="high")
