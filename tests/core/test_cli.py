"""The command line does what the app does, in words and in JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import aecore
from aecore.cli import main
from aecore.specs.codes import GaussianCodeSpec
from aecore.store import Store
from tests.core.jobs.fakes import until


@pytest.fixture
def aecore_(tmp_path):
    def call(*arguments: str, code: int = 0):
        found = CliRunner().invoke(main, ["--store", str(tmp_path / "store"), *arguments])
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        assert found.exit_code == code, found.output
        return found

    return call


def test_train_then_show_then_reconstruct(aecore_, tmp_path):
    trained = json.loads(
        aecore_("train", "--recipe", "vae", "--data", "digits", "--epochs", "2", "--json").stdout
    )
    assert trained["status"] == "done"
    assert trained["n_epochs"] == 2
    assert set(trained["val"]) == {"loss", "bce", "kl"}
    key = trained["key"]
    assert json.loads(aecore_("runs", "--json").stdout) == [
        {"key": key, "title": trained["title"], "status": "done", "pinned": False}
    ]
    shown = json.loads(aecore_("show", key, "--json").stdout)
    assert shown["spec"]["n_epochs"] == 2
    assert shown["last"]["val"] == trained["val"]
    out = tmp_path / "grid.png"
    scores = json.loads(aecore_("reconstruct", key, "-o", str(out), "--json").stdout)
    assert scores["n"] == 180
    assert 0 < scores["mse"] < 1
    with Image.open(out) as grid:
        assert grid.size == (16 * 64, 2 * 64)


def test_an_early_stop_says_of_which_epoch_the_weights_are(aecore_):
    small = (
        "--set",
        "network.widths=[256]",
        "--batch",
        "8",
        "--lr",
        "0.01",
        "--set",
        "n_epochs=99",
    )
    asked = ("train", "--recipe", "vae", "--data", "digits", "--patience", "2", *small)
    words = aecore_(*asked).stdout
    found = json.loads(aecore_(*asked, "--json").stdout)
    assert found["n_epochs"] == found["weights_epoch"] + 2 < 99
    shown = json.loads(aecore_("show", found["key"], "--json").stdout)["last"]
    assert (shown["epoch"], shown["val"]) == (found["weights_epoch"], found["val"])
    assert f"after {found['n_epochs']} epochs, weights of epoch {found['weights_epoch']}" in words
    short = aecore_("train", "--recipe", "vae", "--data", "digits", "--epochs", "1", "--json")
    assert json.loads(short.stdout)["weights_epoch"] == 1


def test_a_run_that_does_not_fit_the_one_to_train_further_is_one_sentence(aecore_):
    asked = ("train", "--recipe", "undercomplete", "--data", "digits", "--epochs", "1")
    key = json.loads(aecore_(*asked, "--json").stdout)["key"]
    further = (*asked, "--set", f"start_from={key}")
    found = aecore_(*further, "--dims", "7", code=1)
    assert "code.n_dims is 32 there, 7 here" in found.output
    assert len(json.loads(aecore_("runs", "--json").stdout)) == 1
    assert json.loads(aecore_(*further, "--json").stdout)["status"] == "done"


def test_a_second_encoder_is_set_by_its_parts(aecore_):
    asked = ("train", "--recipe", "contractive", "--data", "digits", "--epochs", "1", "--json")
    beside = ("--set", "beside.kind=conv", "--set", "beside.widths=[4]")
    key = json.loads(aecore_(*asked, *beside).stdout)["key"]
    shown = json.loads(aecore_("show", key, "--json").stdout)["spec"]["beside"]
    assert (shown["kind"], shown["widths"]) == ("conv", [4])


@pytest.mark.parametrize("name", ["nothing.at_all", "n_epochs.x", "data.source", "patience.x"])
def test_a_setting_that_there_is_not_is_named(aecore_, name):
    found = aecore_("train", "--data", "digits", "--set", f"{name}=1", code=1)
    assert f"There is no setting '{name}'" in found.output


def test_a_damaged_run_does_not_hide_the_others(aecore_, tmp_path):
    asked = ("train", "--data", "digits", "--epochs", "1", "--json", "--recipe")
    keys = [json.loads(aecore_(*asked, name).stdout)["key"] for name in ("linear", "vae")]
    folder = tmp_path / "store" / "artifacts" / keys[0]
    for name in ("state.json", "about.json", "spec.json", "history.jsonl", "weights.safetensors"):
        (folder / name).write_bytes(b"")
    listed = json.loads(aecore_("runs", "--json").stdout)
    assert {run["key"]: run["status"] for run in listed} == {keys[0]: "failed", keys[1]: "done"}
    assert "is damaged" in aecore_("show", keys[0], code=1).output


def test_asking_again_opens_what_was_trained(aecore_):
    asked = ("train", "--recipe", "undercomplete", "--data", "digits", "--epochs", "1", "--json")
    assert json.loads(aecore_(*asked).stdout) == json.loads(aecore_(*asked).stdout)


def test_own_pictures_from_a_folder_become_classes(aecore_, tmp_path):
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        folder = tmp_path / "pets" / name
        folder.mkdir(parents=True)
        for index in range(6):
            pixels = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{index}.png")
    found = json.loads(aecore_("data", str(tmp_path / "pets"), "--size", "16", "--json").stdout)
    assert found["n_samples"] == 12
    assert found["shape"] == [3, 16, 16]
    assert found["report"]["class_counts"] == {"cats": 6, "dogs": 6}
    trained = aecore_(
        "train", "--data", found["key"], "--recipe", "conv", "--epochs", "1", "--json"
    )
    assert json.loads(trained.stdout)["status"] == "done"
    picture = tmp_path / "pets" / "cats" / "0.png"
    key = json.loads(trained.stdout)["key"]
    scored = json.loads(aecore_("reconstruct", key, str(picture), "--json").stdout)
    assert scored["pictures"][0]["name"] == "0.png"


def whole_epochs(store: Store, key: str) -> list[dict]:
    return [line for line in aecore.history(store, key) if line["whole"]]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to one process")
def test_ctrl_c_keeps_the_last_epoch_and_the_same_command_goes_on(tmp_path):
    folder, store = tmp_path / "pets", Store(tmp_path / "store")
    folder.mkdir()
    for seed in range(12):
        pixels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{seed}.png")
    asked = ("--recipe", "undercomplete", "--epochs", "9999", "--size", "16", "--json")
    command = [sys.executable, "-m", "aecore.cli", "--store", store.root, "train", "--data", folder]

    def interrupted(n_epochs: int) -> dict:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen([*command, *asked], **pipes) as process:
            try:
                (key,) = until(lambda: store.keys("run"), 60)
                until(lambda: process.poll() or len(whole_epochs(store, key)) >= n_epochs, 60)
                process.send_signal(signal.SIGINT)
                stdout, stderr = process.communicate(timeout=60)
            finally:
                process.kill()
        assert process.returncode == 1, stderr
        assert "stopped after" in stderr
        assert "The same command continues from there." in stderr
        assert "Traceback" not in stderr
        return json.loads(stdout)

    first = interrupted(2)
    assert (first["status"], first["key"]) == ("stopped", store.keys("run")[0])
    assert first["n_epochs"] >= 2
    before = whole_epochs(store, first["key"])
    again = interrupted(first["n_epochs"] + 2)
    assert again["key"] == first["key"]
    assert again["n_epochs"] >= first["n_epochs"] + 2
    assert whole_epochs(store, first["key"])[: len(before)] == before  # it did not start over
    assert len(store.keys("data")) == 1


def test_an_exported_run_opens_in_another_store_as_the_same(aecore_, tmp_path):
    trained = aecore_("train", "--data", "digits", "--epochs", "1", "--json")
    key = json.loads(trained.stdout)["key"]
    aecore_("export", key, str(tmp_path / "out"))
    assert "exists already" in aecore_("export", key, str(tmp_path / "out"), code=1).stderr
    here, there = aecore.Store(tmp_path / "store"), aecore.Store(tmp_path / "there")
    assert there.adopt(tmp_path / "out").key == key
    x = aecore.load("digits", store=here).x[:9]
    mine, theirs = (aecore.open_run(store, key).reconstruct(x) for store in (here, there))
    assert np.abs(mine.astype(int) - theirs).max() <= 1  # weights travel as halves
    assert aecore.open_run(there, key).epochs == 1


def test_any_setting_can_be_set_and_the_rest_of_the_recipe_stays(aecore_):
    found = json.loads(
        aecore_(
            "train",
            "--data",
            "digits",
            "--epochs",
            "1",
            "--set",
            "network.widths=[8,6]",
            "--set",
            "optimizer.name=sgd",
            "--lr",
            "0.001",
            "--dims",
            "2",
            "--json",
        ).stdout
    )
    spec = json.loads(aecore_("show", found["key"], "--json").stdout)["spec"]
    assert spec["network"]["widths"] == [8, 6]
    assert spec["network"]["output"] == "sigmoid"
    assert spec["code"] == GaussianCodeSpec(n_dims=2).model_dump(mode="json")
    assert (spec["optimizer"]["name"], spec["optimizer"]["lr"]) == ("sgd", 0.001)


def test_settings_of_one_kind_of_code_are_listed_with_their_kind(aecore_):
    told = aecore_("train", "--list").stdout
    for name, words in (
        ("code.kind", "plain: one vector"),
        ("code.n_dims", "Latent dimension"),
        ("code.top_k", "plain: Keep only"),
        ("code.codebook_size", "quantized: Entries"),
    ):
        (line,) = [line for line in told.splitlines() if line.split()[:1] == [name]]
        assert words in line


def test_another_kind_of_code_is_set_by_name(aecore_):
    kind = ("--set", "code.kind=gaussian", "--set", "objective.kl.weight=1", "--dims", "2")
    found = json.loads(
        aecore_("train", "--recipe", "k-sparse", "--epochs", "1", *kind, "--json").stdout
    )
    spec = json.loads(aecore_("show", found["key"], "--json").stdout)["spec"]
    assert spec["code"] == {"kind": "gaussian", "n_dims": 2}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "--set", "code.codebook_size=9"), "code.gaussian.codebook_size: there is no"),
        (("train", "--recipe", "vea"), "Choose one of linear"),
        (("train", "--data", "nowhere"), "Known sets: digits"),
        (("train", "--lr", "-1"), "optimizer.lr: Input should be greater than 0"),
        (("train", "--set", "network.size=3"), "network.size: there is no such setting"),
        (("train", "--set", "net.size=3"), "no setting"),
        (("train", "--set", "objective.mse.target=3"), "mse.target: there is no such setting"),
        (("train", "--set", "objective.mae.weight=3"), "choose one of 'mse', 'bce', 'l1'"),
        (("train", "--set", "objective.mse=3"), "no setting"),
        (("train", "--set", "epochs"), "NAME=VALUE"),
        (("show", "run-" + "0" * 24), "leads to nothing"),
        (("show", "../../etc/passwd"), "is no key"),
    ],
)
def test_bad_input_gets_a_sentence_and_no_traceback(aecore_, arguments, words):
    found = aecore_(*arguments, code=1)
    assert words in found.stderr
    assert "Traceback" not in found.output


def test_a_store_from_the_future_is_left_alone(aecore_, tmp_path):
    aecore_("runs")
    (tmp_path / "store" / "store.json").write_text('{"format": 99}')
    assert "Update Latent Lab" in aecore_("runs", code=1).stderr


def test_every_public_name_is_there():
    for name in aecore.__all__:
        assert getattr(aecore, name) is not None
    with pytest.raises(AttributeError):
        _ = aecore.nothing
