"""Photos, and then: what is marked arrives, what is repaired is shown and taken home."""

from __future__ import annotations

import base64
import io
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, patch

import numpy as np
import pytest
from PIL import Image

from aecore.api import lab
from aecore.errors import PictureError
from aecore.imaging.photos import read_photo
from aecore.photos import restorer
from aecore.photos.jobs.clean import pixels_of, restore_spec
from aecore.photos.jobs.repair import repair_spec
from aecore.photos.kept import keep_photo
from aecore.photos.restorer import Restorer
from aecore.store import Store
from pages.ui import job_requests
from pages.ui.photos import downloads, repair
from tests.core.photos.conftest import random_net
from tests.pages.conftest import OpenPage, said
from tests.pages.test_photos import FILES, cleaned

HEAD = "data:image/png;base64,"
MARKED = {"fill": (221, 39, 126), "adjust": (0, 0, 0)}  # black: to be cleaned less


def drawing(colour: tuple[int, int, int] = (221, 39, 126)) -> bytes:
    """What the component sends: opaque where it was drawn upon."""
    x = np.zeros((48, 64, 4), np.uint8)
    x[10:20, 30:40] = (*colour, 255)
    file = io.BytesIO()
    Image.fromarray(x).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def photo(store: Store, monkeypatch: pytest.MonkeyPatch) -> str:
    """A photograph that was brought and cleaned; the network is small."""
    small = Restorer(random_net(), bfloat16=False)
    monkeypatch.setattr(restorer, "shipped_restorer", lambda *_: small)
    key = keep_photo(store, FILES["one.png"])
    cleaned(store, key)
    return key


def opened(open_page: OpenPage, photo: str, sent: str | None = None, **address: str) -> Any:
    """The page in this mode, and what its stage was told last."""
    mount = MagicMock(return_value=SimpleNamespace(mask=sent, strength=None))
    told = {"photos.way": "upload", "photos.of": photo, **address}
    with patch.object(repair, "stage", mount):
        app = open_page("photos", **told)
    return app, mount.call_args.args


def test_what_is_marked_arrives_and_is_asked_for(
    store: Store, photo: str, open_page: OpenPage
) -> None:
    sent = HEAD + base64.b64encode(drawing()).decode()
    mask = keep_photo(store, drawing())
    store.remove(mask)
    answers = iter([sent])
    mount = MagicMock(
        side_effect=lambda *_: SimpleNamespace(mask=next(answers, None), strength=None)
    )
    ask_before = job_requests.request_all
    wanted: list[str] = []

    def ask(what: list[Any]) -> bool:
        if what[0][0].kind != "repaired":
            return ask_before(what)
        wanted.append(what[0][0].key)
        return False

    with (
        patch.object(repair, "stage", mount),
        patch.object(job_requests, "request_all", side_effect=ask),
    ):
        address = {"photos.way": "upload", "photos.of": photo, "photos.then": "fill"}
        app = open_page("photos", **address)
    assert app.query_params["photos.mask"] == mask
    assert mask in store
    spec = repair_spec(restore_spec(photo).key, "fill", 1.0, mask)
    assert wanted[-1] == spec.key
    _, seen, what = mount.call_args_list[0].args
    assert seen.photo == photo
    assert what["draw"] is True
    assert "with the brush" in said(app)


@pytest.mark.parametrize("task", ["fill", "enlarge", "adjust"])
def test_what_is_repaired_is_shown_and_taken_home(
    store: Store, photo: str, open_page: OpenPage, task: Any
) -> None:
    mask = None if task == "enlarge" else keep_photo(store, drawing(MARKED[task]))
    artifact = store.create(repair_spec(restore_spec(photo).key, task, 1.0, mask))
    lab.finish(store, artifact.key)
    app, (rev, seen, what) = opened(
        open_page, photo, **{"photos.then": task, "photos.mask": mask or ""}
    )
    assert rev == artifact.key
    assert seen.photo == photo
    assert what["size"] == ([128, 96] if task == "enlarge" else [64, 48])
    assert what["draw"] == (task != "enlarge")
    assert bool(what["mask"]) == (task != "enlarge")
    assert what["strength"] is None
    assert set(what["urls"]) == {"before", "after"} | ({"uncertainty"} if task == "fill" else set())
    assert ("Cleaned more" if task == "adjust" else "invented") in said(app)
    file = downloads.repaired_file_of(artifact.key)
    assert np.array_equal(read_photo(file).x, pixels_of(artifact))


@pytest.mark.parametrize("mask", ["", "../x", "photo-1", "run-" + "0" * 24, "photo-" + "1" * 24])
def test_without_a_mask_there_is_nothing_to_fill(
    photo: str, open_page: OpenPage, mask: str
) -> None:
    app, (rev, _, what) = opened(open_page, photo, **{"photos.then": "fill", "photos.mask": mask})
    assert rev == restore_spec(photo).key
    assert what["draw"]
    assert not app.error


@pytest.mark.parametrize("sent", [7, "", "hello", HEAD + "***", "x" * 9_000_000])
def test_what_is_no_drawing_is_a_sentence(sent: object) -> None:
    with pytest.raises(PictureError, match="did not arrive whole"):
        repair.opened(sent)
