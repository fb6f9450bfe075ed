"""`aecore data --baskets` and `aecore recommend`, as a person types them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from aecore.cli import main


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Who bought what, 200 people of two tastes, and what the things are called."""
    folder = tmp_path_factory.mktemp("baskets")
    rng = np.random.default_rng(0)
    lines = ["user,item,rating"]
    for person in range(200):
        things = rng.permutation(6)[:4] + 6 * (person % 2)
        lines += [f"p{person},t{thing},{rng.integers(3, 6)}" for thing in things]
    (folder / "bought.csv").write_text("\n".join(lines), encoding="utf-8")
    names = ["id,name", *(f"t{i},=thing {i}" for i in range(12))]
    (folder / "names.csv").write_text("\n".join(names), encoding="utf-8")
    return folder


def _run(home: Path, *words: str, code: int = 0) -> str:
    found = CliRunner().invoke(main, ["--store", str(home / "store"), *words])
    assert found.exit_code == code, found.output
    return found.output


@pytest.fixture(scope="module")
def key(home: Path) -> str:
    how = ["--baskets", "long", "--things", str(home / "names.csv"), "--at-least", "3"]
    of_data = json.loads(_run(home, "data", str(home / "bought.csv"), *how, "--json"))
    assert of_data["shape"] == [12]
    assert of_data["n_samples"] == 200
    train = ["train", "--data", str(home / "bought.csv"), *how, "--recipe", "mult-dae"]
    return str(json.loads(_run(home, *train, "--epochs", "40", "--json"))["key"])


def test_scores_stand_beside_those_of_simple_methods(home: Path, key: str) -> None:
    found = json.loads(_run(home, "recommend", key, "--json"))
    assert found["run"]["ndcg@100"]["low"] <= found["run"]["ndcg@100"]["mean"]
    assert {"popularity", "item_item", "ease", "pure_svd", "verdict"} <= set(found)
    assert "EASE" in _run(home, "recommend", key)


def test_things_are_suggested_by_name_and_written_without_formulas(home: Path, key: str) -> None:
    out = home / "out.csv"
    told = _run(home, "recommend", key, "=thing 7", "=thing 8", "-n", "4", "-o", str(out), "--json")
    found = json.loads(told)
    assert found["chosen"] == ["=thing 7", "=thing 8"]
    names = {row["thing"] for row in found["suggested"]["This run"]}
    assert names == {"=thing 6", "=thing 9", "=thing 10", "=thing 11"}
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 4 * 5
    assert all(row["thing"].startswith("'=") for row in rows)


def test_a_person_of_the_set_is_known_by_name(home: Path, key: str) -> None:
    found = json.loads(_run(home, "recommend", key, "--person", "p3", "-n", "2", "--json"))
    assert len(found["chosen"]) == 4
    assert not set(found["chosen"]) & {row["thing"] for row in found["suggested"]["EASE"]}


def test_what_cannot_be_is_told(home: Path, key: str) -> None:
    assert "no thing called 'gold'" in _run(home, "recommend", key, "gold", code=1)
    assert "no person called 'zoe'" in _run(home, "recommend", key, "--person", "zoe", code=1)
    assert "no column 'who'" in _run(
        home, "data", str(home / "bought.csv"), "--person", "who", code=1
    )
