"""Files of the network that cleans photographs: its weights, and how large it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from aecore.errors import DataError
from aecore.files import writing_whole
from aecore.photos.camera_net import CameraNet
from aecore.photos.unet import PhotoUNet, load_expanded

CAMERA = "camera."
"""What the names of the weights of the network for camera noise begin with."""


def read_network(path: Path) -> PhotoUNet:
    """The network that a file of weights holds.

    Raises
    ------
    DataError
        If the file is none that training has written.
    """
    tensors, about = read_weights(path)
    if "widths" not in about:
        raise DataError(
            "{path} holds no restorer.", "Name the weights that training has written.", path=path
        )
    net = PhotoUNet(about["widths"], *size_of(about))
    load_expanded(
        {name: w.float() for name, w in tensors.items() if not name.startswith(CAMERA)}, net
    )
    return net


def read_camera_network(path: Path) -> CameraNet | None:
    """The network for camera noise that a file of weights holds beside the other; None: none.

    Raises
    ------
    DataError
        If the file is none that training has written.
    """
    tensors, about = read_weights(path)
    mine = {
        name.removeprefix(CAMERA): w.float()
        for name, w in tensors.items()
        if name.startswith(CAMERA)
    }
    if not mine:
        return None
    net = CameraNet(about["widths"], *size_of(about))
    net.load_state_dict(mine)
    return net


def network_bytes(net: PhotoUNet | CameraNet, **about: Any) -> bytes:
    """A file of weights, as halves; `about` is kept with them."""
    return weights_bytes({name: w.half() for name, w in net.state_dict().items()}, net, **about)


def weights_bytes(tensors: dict[str, Tensor], net: PhotoUNet | CameraNet, **about: Any) -> bytes:
    """Tensors of a network of this size as a file."""
    plain = {name: w.detach().contiguous().cpu() for name, w in tensors.items()}
    about |= {"widths": list(net.widths), "n_blocks": net.n_blocks, "fine": net.fine}
    return save(plain, metadata={"about": json.dumps(about)})


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors of a file, and what is kept with them.

    Raises
    ------
    DataError
        If it is no such file.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {}).get("about", "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118
    except (OSError, SafetensorError) as problem:
        raise DataError(
            "{path} cannot be read as weights.", "Name another file.", path=path
        ) from problem


def size_of(about: dict[str, Any]) -> tuple[int, int]:
    """Blocks a level, and channels at full size, of what is kept with weights."""
    return about["n_blocks"], about.get("fine", 0)


def write_whole(path: Path, content: bytes) -> None:
    """All or nothing: under another name first."""
    with writing_whole(path) as partial:
        partial.write_bytes(content)
