"""Photos: what is shown is what was computed, what is taken home is what is shown."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock, patch

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from aecore.api import lab
from aecore.artifact import Artifact
from aecore.imaging.photo_writing import blended
from aecore.imaging.photos import read_photo
from aecore.photos.jobs.clean import RestoredPhoto, load_restored, pixels_of, restore_spec
from aecore.photos.jobs.uncertainty import load_uncertainty
from aecore.photos.kept import keep_photo, keep_sample, open_photo
from aecore.specs.photos import RestoreMethod, UncertaintySpec
from aecore.store import Store
from pages.ui import job_requests
from pages.ui.app import gate
from pages.ui.components import unpack
from pages.ui.photos import batch, downloads, uncertainty, view
from tests.pages.conftest import OpenPage, bring, said

ORIENTATION = 0x0112


def a_file(seed: int, kind: str = "PNG", orientation: int = 1) -> bytes:
    """A small noisy photograph, wider than high as it is stored."""
    rng = np.random.default_rng(seed)
    smooth = np.add.outer(np.linspace(40, 150, 48), np.linspace(0, 60, 64))[..., None]
    x = (smooth + rng.normal(0, 12, (48, 64, 3))).clip(0, 255).astype(np.uint8)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[271] = "Lab camera"
    file = io.BytesIO()
    Image.fromarray(x).save(file, kind, exif=exif, **({"quality": 95} if kind == "JPEG" else {}))
    return file.getvalue()


FILES = {"one.png": a_file(1), "two.jpg": a_file(2, "JPEG", orientation=6)}


def cleaned(store: Store, photo: str, method: RestoreMethod = "restorer") -> Artifact:
    """What jobs would have made, by a filter and at once: no worker, no weights."""
    artifact, filtered = (store.create(restore_spec(photo, how)) for how in (method, "tv"))
    lab.finish(store, filtered.key)
    _copy(filtered, artifact)
    uncertainty, of_filtered = (
        store.create(UncertaintySpec.of(base=a.key)) for a in (artifact, filtered)
    )
    lab.finish(store, of_filtered.key)
    _copy(of_filtered, uncertainty)
    return artifact


def _copy(made: Artifact, to: Artifact) -> None:
    for path in made.path.iterdir():
        if path.name != "spec.json":
            shutil.copy(path, to.path)


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the sample the page opens on, and two files, all cleaned."""
    store = Store(tmp_path_factory.mktemp("photos"))
    cleaned(store, keep_sample(store, "chelsea"))
    for data in FILES.values():
        cleaned(store, keep_photo(store, data))
    return store.root


@pytest.fixture
def ready(computed: Path, store: Store) -> Store:
    bring(computed, store)
    return store


@contextmanager
def seen_stage(strength: float | None = None) -> Iterator[MagicMock]:
    """What the component is given; with `strength`, as if the slider had just sent it."""
    mount = MagicMock(return_value=SimpleNamespace(strength=strength, view=None))
    with patch.object(view, "component", return_value=mount):
        yield mount


def head_of(mount: MagicMock) -> dict[str, Any]:
    head, _ = unpack(mount.call_args.kwargs["data"])
    return head


def result_of(store: Store, photo: str) -> RestoredPhoto:
    return load_restored(store.artifact(restore_spec(photo).key))


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def upload(app: AppTest, files: dict[str, bytes]) -> AppTest:
    app.segmented_control(key="photos.way").set_value("upload").run()
    for name, content in files.items():
        app.file_uploader(key="photos.files").upload(name, content)
    return app.run()


def test_it_opens_on_a_sample_with_its_layers_and_true_scores(
    ready: Store, open_page: OpenPage
) -> None:
    with seen_stage() as mount:
        app = open_page("photos")
    head = head_of(mount)
    key = keep_sample(ready, "chelsea")
    found = result_of(ready, key)
    assert head["size"] == [451, 300]
    assert head["rev"] == found.key
    assert [layer["name"] for layer in head["layers"]] == [
        "cleaned",
        "taken",
        "uncertainty",
        "clean",
    ]
    assert set(head["urls"]) == {"before", "after", "taken", "uncertainty", "clean"}
    assert head["strength"] == 1.0
    assert found.truth is not None
    shown = metrics(app)
    assert shown["PSNR, cleaned ↑"] == f"{found.truth.psnr_db[-1]:.3g} dB"
    assert shown["SSIM, in full ↑"] == f"{found.truth.ssim_after:.3g}"
    assert "sigma about 2" in said(app)
    assert "451 × 300 px" in said(app)
    assert found.expected is not None
    assert f"{found.expected[-1].psnr_db:.1f} dB would be expected" in said(app)
    assert not app.error


def test_the_slider_moves_the_score_the_link_and_the_download(
    ready: Store, open_page: OpenPage
) -> None:
    key = keep_sample(ready, "chelsea")
    found = result_of(ready, key)
    assert found.truth is not None
    with seen_stage(strength=0.4) as mount:
        app = open_page("photos")
    assert metrics(app)["PSNR, cleaned ↑"] == f"{found.truth.psnr_db[8]:.3g} dB"
    assert app.query_params["photos.strength"] == "0.40"
    with seen_stage() as mount:
        again = open_page("photos", **{"photos.strength": "0.40"})
    assert head_of(mount)["strength"] == 0.4
    assert metrics(again) == metrics(app)
    file = downloads.file_of(found.key, 0.4)
    x, x_hat = open_photo(ready, key).photo.x, pixels_of(ready.artifact(found.key))
    assert np.array_equal(read_photo(file).x, blended(x, x_hat, 0.4))


def test_files_are_kept_cleaned_and_taken_home_as_they_came(
    ready: Store, open_page: OpenPage
) -> None:
    with (
        seen_stage() as mount,
        patch.object(batch, "gallery", return_value=None) as strip,
    ):
        app = upload(open_page("photos"), {**FILES, "notes_.txt": b"only words"})
        keys = app.query_params["photos.of"].split(",")
        assert keys == [keep_photo(ready, data) for data in FILES.values()]
        assert "notes_.txt: This is a text file" in said(app)
        assert head_of(mount)["rev"] == result_of(ready, keys[0]).key
        assert "clean" not in head_of(mount)["urls"]
        pictures, captions = strip.call_args.args
        assert pictures.shape == (2, 96, 96, 3)
        assert captions == list(FILES)
        assert "Expected PSNR ↑" in metrics(app)
        assert "2 of 2 are cleaned" in said(app)
        strip.return_value = 1
        app.run()
        strip.return_value = None
        assert app.query_params["photos.at"] == "1"
        assert head_of(mount)["size"] == [48, 64]  # upright
    with seen_stage() as mount, patch.object(batch, "gallery", return_value=None):
        link = {name: app.query_params[name] for name in ("photos.of", "photos.names", "photos.at")}
        open_page("photos", **{**link, "photos.way": "upload"})
        assert head_of(mount)["rev"] == result_of(ready, keys[1]).key
        assert "two.jpg" in head_of(mount)["label"]
    specs = [restore_spec(key).key for key in keys]
    with zipfile.ZipFile(
        io.BytesIO(downloads.zip_of([*specs, specs[1]], [*FILES, "two.jpg"], None))
    ) as archive:
        assert archive.namelist() == ["one-cleaned.png", "two-cleaned.jpg", "two-cleaned-2.jpg"]
        image = Image.open(io.BytesIO(archive.read("two-cleaned.jpg")))
        assert image.size == (48, 64)
        assert image.getexif()[ORIENTATION] == 1
        x_hat = read_photo(archive.read("one-cleaned.png")).x
        assert np.array_equal(x_hat, pixels_of(ready.artifact(specs[0])))


def test_each_who_brings_the_same_photograph_keeps_its_own_name(
    ready: Store, open_page: OpenPage
) -> None:
    links = []
    for name in ("holiday.png", "../exhibit a.PNG"):
        with seen_stage() as mount, patch.object(downloads.st, "download_button") as button:
            app = upload(open_page("photos"), {name: FILES["one.png"]})
        own = name.removeprefix("../")
        assert head_of(mount)["label"].startswith(own)
        first, ending = own.rsplit(".")
        assert button.call_args.kwargs["file_name"] == f"{first}-cleaned.{ending}"
        links.append(app.query_params["photos.of"])
    assert links[0] == links[1] == keep_photo(ready, FILES["one.png"])
    with seen_stage() as mount:
        open_page("photos", **{"photos.of": links[0], "photos.way": "upload"})
    assert head_of(mount)["label"].startswith("photograph")  # the key alone tells nobody's name


def test_one_photograph_under_two_names_is_cleaned_once_and_said(
    ready: Store, open_page: OpenPage
) -> None:
    with seen_stage():
        app = upload(open_page("photos"), {"a.png": FILES["one.png"], "b.png": FILES["one.png"]})
    assert app.query_params["photos.of"] == keep_photo(ready, FILES["one.png"])
    assert "b.png holds the same photograph as a.png" in said(app)


@pytest.mark.parametrize(
    "address",
    [
        {"photos.strength": "nan"},
        {"photos.strength": "7", "photos.at": "-3"},
        {"photos.way": "Teleport", "photos.method": "magic", "photos.sample": "a dog"},
        {"photos.at": "99999999999999999999"},
    ],
)
def test_an_address_that_means_nothing_shows_the_sample(
    ready: Store, open_page: OpenPage, address: dict[str, str]
) -> None:
    with seen_stage() as mount:
        open_page("photos", **address)
    assert head_of(mount)["strength"] == 1.0
    assert head_of(mount)["size"] == [451, 300]


def test_nothing_brought_is_said_and_foreign_keys_are_not_followed(
    ready: Store, open_page: OpenPage
) -> None:
    run = "run-" + "0" * 24
    address = {"photos.way": "upload", "photos.of": f"../x,{run},photo-{'1' * 24},"}
    with seen_stage() as mount:
        app = open_page("photos", **address)
    assert not mount.called
    assert "No photograph yet" in said(app)


def test_a_way_that_is_not_installed_is_told_and_the_restorer_cleans(
    ready: Store, open_page: OpenPage
) -> None:
    with (
        seen_stage() as mount,
        patch.object(batch, "is_here", side_effect=lambda name: name != "bm3d"),
        patch.object(batch, "why_not_here", return_value="BM3D needs the package bm3d."),
    ):
        app = open_page("photos")
        app.selectbox(key="photos.method").set_value("bm3d").run()
    assert "BM3D needs the package" in app.info[0].value
    assert head_of(mount)["rev"] == result_of(ready, keep_sample(ready, "chelsea")).key


def test_what_was_stopped_or_failed_is_told_beside_the_photograph_as_it_came(
    ready: Store, open_page: OpenPage
) -> None:
    spec = restore_spec(keep_sample(ready, "chelsea"), "wavelet")
    artifact = ready.create(spec)
    artifact.set_state(status="stopped")
    with seen_stage() as mount:
        app = open_page("photos")
        app.selectbox(key="photos.method").set_value("wavelet").run()
        assert "Cleaning: A cat was stopped" in said(app)
        artifact.set_state(status="failed", error="It broke.", hint="Mend it.")
        app.run()
        assert "It broke." in app.error[0].value
    assert "Before cleaning" in said(app)
    assert len(app.get("image")) == 1
    assert [button.label for button in app.button] == ["Try again"]
    assert mount.call_count == 1  # for the restorer's, at first


def test_uncertainty_is_found_out_while_the_cleaned_one_is_looked_at(
    ready: Store, open_page: OpenPage
) -> None:
    base = restore_spec(keep_sample(ready, "chelsea"))
    spec = UncertaintySpec.of(base=base.key)
    made = ready.artifact(spec.key)
    percent = 100 * load_uncertainty(made).uncertain
    shutil.move(made.path, ready.root / "aside")
    finish = job_requests.request_all
    wanted: list[str] = []

    def ask(what: list[Any], **how: bool) -> bool:
        wanted.append(what[0][0].key)
        return finish(what, **how) if what[0][0].kind == "restored" else False

    with (
        seen_stage() as mount,
        patch.object(job_requests, "request_all", side_effect=ask),
        patch.object(job_requests, "give_up") as give_up,
    ):
        app = open_page("photos")
        assert wanted[-1] == spec.key
        assert [layer["name"] for layer in head_of(mount)["layers"]] == [
            "cleaned",
            "taken",
            "clean",
        ]
        assert "is uncertain" not in said(app)
        shutil.move(ready.root / "aside", made.path)
        app.run()
        assert "uncertainty" in head_of(mount)["urls"]
        (told,) = re.findall(r"([\d.]+) % of it is uncertain", said(app))
        assert float(told) == pytest.approx(percent, abs=0.51)
        assert not any(call.args[0] == spec.key for call in give_up.call_args_list)
        app.selectbox(key="photos.method").set_value("wavelet").run()
        assert spec.key in [call.args[0] for call in give_up.call_args_list]
        assert UncertaintySpec.of(base=restore_spec(base.photo, "wavelet").key).key not in wanted


def test_uncertainty_that_becomes_known_while_the_page_is_drawn_is_shown(
    ready: Store, open_page: OpenPage
) -> None:
    known = uncertainty.known
    answers = iter([None])
    with (
        seen_stage() as mount,
        patch.object(uncertainty, "known", side_effect=lambda key: next(answers, known(key))),
    ):
        app = open_page("photos")
    assert "uncertainty" in head_of(mount)["urls"]
    assert "is uncertain" in said(app)


def test_the_box_leaves_out_place_and_camera_alone_and_in_the_zip(
    ready: Store, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [keep_photo(ready, data) for data in FILES.values()]
    address = {"photos.of": ",".join(keys), "photos.way": "upload", "photos.at": "1"}
    restored = restore_spec(keys[1]).key
    assert b"Lab" in downloads.file_of(restored, None)
    assert b"Lab" not in downloads.file_of(restored, None, is_private=True)
    packed = downloads.zip_of([restored], ["two.jpg"], None, is_private=True)
    assert b"Lab" not in packed
    with seen_stage(), patch.object(batch, "gallery", return_value=None):
        app = open_page("photos", **address)
        assert app.checkbox(key="photos.private").value is False
        app.checkbox(key="photos.private").check().run()
        app.switch_page("pages/start.py").run()
        app.switch_page("pages/photos.py").run()
        assert app.checkbox(key="photos.private").value is True
        monkeypatch.setattr(gate, "is_public", lambda: True)
        app = open_page("photos", **address)
        assert app.checkbox(key="photos.private").value is True
        app = open_page("photos")  # a sample, of which nothing is noted
        assert not app.checkbox
