"""Photographs of any size cleaned by the trained network: in tiles, in their own depth."""

from __future__ import annotations

from collections.abc import Callable, Generator
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from aecore.artifact import Progress, run_to_end
from aecore.errors import DataError, SpecError
from aecore.imaging.photo_writing import blended
from aecore.launch import app_root
from aecore.photos.camera_net import CameraNet, Turned
from aecore.photos.network_file import read_camera_network, read_network
from aecore.photos.tiles import Tile, tiles
from aecore.photos.unet import PhotoUNet
from aecore.photos.values import check_photo, from_unit, to_unit, white_of
from aecore.specs.run import Precision
from aecore.training.device import empty_gpu_cache, fast_on_cpu, is_out_of_memory, pick_device

NAME = "restorer"
TILE_PX = 768
MARGIN_PX = 48
"""What a tile sees around itself. The network's reach is more, but what lies so far away no
longer changes a pixel by 1/255."""
_VIEWS = tuple((turns, mirrored) for mirrored in (False, True) for turns in (0, 2, 1, 3))
"""Quarter turns, and whether the picture is mirrored after them."""


@dataclass(frozen=True)
class Restored:
    """A photograph and what the network made of it.

    Parameters
    ----------
    x, x_hat
        As it came, and with all of what was taken for noise gone: the same shape and type.
    """

    x: np.ndarray
    x_hat: np.ndarray

    def at(self, strength: float) -> np.ndarray:
        """A blend, `x + strength (x_hat - x)`, without another pass; 0 to 1.

        Raises
        ------
        SpecError
            If the strength lies outside.
        """
        return blended(self.x, self.x_hat, strength)

    @property
    def residual(self) -> np.ndarray:
        """What was removed, as a share of white: float32, of the shape of `x`."""
        white = np.float32(white_of(self.x))
        return (self.x.astype(np.float32) - self.x_hat.astype(np.float32)) / white


class Restorer:
    """The network, ready to clean.

    Parameters
    ----------
    device
        Where it computes; from a GPU without room for a photograph, it goes on on the CPU, and
        tries the GPU again with the next one.
    bfloat16
        Compute in bfloat16; None: where the processor multiplies it itself.
    n_views
        Mean over so many turns and mirrorings of the picture, 1 to 8: so many times as long, and a
        little nearer to the truth (Timofte, Rothe & Van Gool 2016, CVPR, arXiv:1511.02228).

    Raises
    ------
    SpecError
        If there are no such views.
    """

    is_best_guess = True
    """Trained to give the mean of what can be behind a noisy picture: see `residual_noise`."""

    def __init__(
        self,
        net: PhotoUNet | CameraNet,
        *,
        device: str = "cpu",
        bfloat16: bool | None = None,
        n_views: int = 1,
    ) -> None:
        if not 1 <= n_views <= len(_VIEWS):
            raise SpecError(
                "{n_views} views cannot be had.",
                "Take 1 to {most}.",
                n_views=n_views,
                most=len(_VIEWS),
            )
        self.views = _VIEWS[:n_views]
        self.net = net.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        """The network as it was trained; what computes may be a rounded copy elsewhere."""
        self._asked_bfloat16 = bfloat16
        self._home = torch.device(device)
        self.camera: Restorer | None = None
        """What cleans noise as cameras write it; None: nothing else does."""
        self._place(self._home)

    def _place(self, device: torch.device) -> None:
        """Make ready to compute there, from the weights as they were trained."""
        fast = device.type == "cuda" or fast_on_cpu()
        is_bfloat16 = fast if self._asked_bfloat16 is None else self._asked_bfloat16
        dtype = torch.bfloat16 if is_bfloat16 else torch.float32
        trained = next(self.net.parameters())
        is_there = (trained.device, trained.dtype) == (device, dtype)
        self._placed = self.net if is_there else deepcopy(self.net).to(device, dtype)
        self._is_away = device != self._home

    @property
    def placed(self) -> PhotoUNet | CameraNet:
        """The network that computes, in its precision and where it is."""
        return self._placed

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return next(self._placed.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """What it computes in."""
        return next(self._placed.parameters()).dtype

    @property
    def is_bfloat16(self) -> bool:
        """Whether it computes in bfloat16."""
        return self.dtype == torch.bfloat16

    def turned(self, turned: Turned) -> Restorer:
        """The same, told more or less noise than it estimates; as it is, where it is blind."""
        if not isinstance(self.net, CameraNet) or turned == self.net.turned:
            return self
        return self.with_network(self.net.turned_by(turned), len(self.views))

    def with_network(self, net: PhotoUNet | CameraNet, n_views: int) -> Restorer:
        """Another network in the same place."""
        bfloat16 = self._asked_bfloat16
        return Restorer(net, device=str(self._home), bfloat16=bfloat16, n_views=n_views)

    def restore_values(self, x: Tensor, *, n_views: int | None = None) -> Tensor:
        """Clean values, not clipped: `(B, C, H, W)` of 1 or 3 channels and any size, at once.

        Float32, [0, 1] and what noise adds. The picture is continued by its mirror image up to a
        multiple of what the network wants. `n_views` may be fewer than it has.
        """
        views, device = self.views[:n_views], self.device
        try:
            return self._restored(x, views)
        except RuntimeError as problem:
            if device.type == "cpu" or not is_out_of_memory(problem):
                raise
        self._place(torch.device("cpu"))
        empty_gpu_cache()
        return self._restored(x, views)

    def _restored(self, x: Tensor, views: tuple[tuple[int, bool], ...]) -> Tensor:
        x = x.to(self.device, torch.float32)
        B, C, H, W = x.shape
        three = x.expand(B, 3, H, W)
        more = (-H % self.net.multiple_px, -W % self.net.multiple_px)
        if any(more):
            three = _mirrored(three, *more)
        seen = three.to(self.dtype)
        with torch.inference_mode():
            noise = self._noise(seen, views)[..., :H, :W]
        return x - (noise.mean(1, keepdim=True) if C == 1 else noise)

    def _noise(self, seen: Tensor, views: tuple[tuple[int, bool], ...]) -> Tensor:
        """What views take for noise, their mean."""
        found = torch.zeros(seen.shape, device=seen.device)
        for turns, is_mirrored in views:
            view = seen.rot90(turns, (2, 3))
            view = view.flip(3) if is_mirrored else view
            noise = self._placed.noise(view.contiguous(memory_format=torch.channels_last))
            noise = noise.flip(3) if is_mirrored else noise
            found += noise.rot90(-turns, (2, 3))
        return found / len(views)

    def restoring(
        self, x: np.ndarray, *, tile_px: int = TILE_PX, margin_px: int = MARGIN_PX
    ) -> Generator[Progress, None, Restored]:
        """Clean a photograph tile by tile; closing the generator cancels.

        Parameters
        ----------
        x
            `(C, H, W)`: grey, grey and alpha, colour, or colour and alpha; uint8, uint16, or floats
            in [0, 1]. Alpha is kept as it is.
        tile_px
            Side of the middle of a tile; memory goes with its square, not with the picture.

        Yields
        ------
        Progress
            In tiles.

        Raises
        ------
        DataError
            If this is no such picture.
        """
        check_photo(x)
        if self._is_away:  # a photograph before this one did not fit
            self._place(self._home)
        x_hat = x.copy()
        multiple = self.net.multiple_px
        parts = list(tiles(x.shape[1:], tile_px, margin_px, multiple))
        yield Progress("cleaning", 0, len(parts))
        for n_done, part in enumerate(parts, 1):
            values = to_unit(part.seen_of(x))
            found = self.restore_values(torch.from_numpy(values)[None])[0].cpu().numpy()
            put_tile(x_hat, part, found)
            yield Progress("cleaning", n_done, len(parts))
        return Restored(x, x_hat)


def restore(
    x: np.ndarray,
    *,
    restorer: Restorer | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Restored:
    """Clean a photograph.

    Parameters
    ----------
    x
        `(C, H, W)`: grey, grey and alpha, colour, or colour and alpha; uint8, uint16, or floats in
        [0, 1].
    restorer
        None: the one that ships.
    watch
        Called as tiles are done; what it raises cancels.

    Raises
    ------
    DataError
        If this is no such picture, or the weights are not here.
    """
    return run_to_end((restorer or shipped_restorer()).restoring(x), watch)


def shipped_weights() -> Path:
    """The weights that ship with Latent Lab.

    Raises
    ------
    DataError
        If they are not here.
    """
    path = app_root() / "assets" / "models" / NAME / "weights.safetensors"
    if not path.exists():
        raise DataError(
            "The weights of the photo restorer are not here.",
            "Install latent-lab again, or train them: aecore restore train.",
        )
    return path


@lru_cache(maxsize=4)
def shipped_restorer(precision: Precision | None = None) -> Restorer:
    """The restorer that ships with Latent Lab, always the same one of a precision.

    Parameters
    ----------
    precision
        None: bfloat16 where the GPU or the processor multiplies it itself.

    Raises
    ------
    DataError
        If its weights are not here.
    """
    return restorer_of(None, bfloat16=None if precision is None else precision == "bf16")


def restorer_of(
    weights: Path | None,
    *,
    device: str | None = None,
    bfloat16: bool | None = None,
    n_views: int = 1,
) -> Restorer:
    """A restorer of its own, of a file of weights; None: those that ship.

    Parameters
    ----------
    device
        None: the GPU where there is one.

    Raises
    ------
    DataError
        If they are not here, or are no restorer's.
    """
    path = weights or shipped_weights()
    device = device or str(pick_device())
    found = Restorer(read_network(path), device=device, bfloat16=bfloat16, n_views=n_views)
    if (camera := read_camera_network(path)) is not None:
        found.camera = Restorer(camera, device=device, bfloat16=bfloat16, n_views=n_views)
    return found


def without(noise: np.ndarray, x: np.ndarray, restorer: Restorer) -> np.ndarray:
    """What the network makes of values `(C, H, W)` to which noise is added: a likelier picture.

    The mean of two passes, with the noise and with its opposite, the second turned by half a turn:
    what hangs on the noise itself cancels.
    """
    turned = (x - noise)[:, ::-1, ::-1]
    a, b = restorer.restore_values(torch.from_numpy(np.stack([x + noise, turned]))).cpu().numpy()
    return np.asarray((a + b[:, ::-1, ::-1]) / 2)


def put_tile(x_hat: np.ndarray, part: Tile, found: np.ndarray) -> None:
    """Write the middle of a tile, `(C, h, w)` as shares of white, where it belongs."""
    x_hat[: len(found), part.rows, part.columns] = from_unit(part.middle_of(found), x_hat.dtype)


def _mirrored(x: Tensor, n_rows: int, n_columns: int) -> Tensor:
    """`(B, C, H, W)` with more rows below and columns at the right, whatever its size."""
    for dim, n_more in ((2, n_rows), (3, n_columns)):
        index = np.pad(np.arange(x.shape[dim]), (0, n_more), mode="symmetric")
        x = x.index_select(dim, torch.from_numpy(index).to(x.device))
    return x
