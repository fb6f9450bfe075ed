"""Texts in: from files, lines and tables, in several encodings, weighted as scikit-learn does."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

import aecore
from aecore.data.notes import TOPICS, notes
from aecore.data.sparse_rows import SparseRows
from aecore.data.text_files import lines_of, rows_of, text_of
from aecore.data.tokens import tokens
from aecore.data.vocabulary import Vocabulary
from aecore.errors import DataError, JobError
from aecore.specs.data import TextSpec
from aecore.store import Store

ALL_WORDS = {"min_texts": 1, "max_share": 1.0}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_words_of_many_scripts_are_told_apart() -> None:
    assert tokens("L'été, naïve: über-groß") == ["été", "naïve", "über", "gross"]
    assert tokens("Привет, мир") == ["привет", "мир"]
    assert tokens("नमस्ते दुनिया") == ["नमस्ते", "दुनिया"]
    assert tokens("안녕 세상") == ["안녕", "세상"]
    assert tokens("天気が") == ["天", "気", "が", "天気", "気が"]
    assert tokens("") == []


@pytest.mark.parametrize("sublinear", [True, False])
def test_rows_are_those_of_scikit_learn_and_of_the_formula(sublinear: bool) -> None:
    texts = ["red red cat", "blue cat dog", "dog dog dog bird"]
    vocabulary = Vocabulary.of(texts, TextSpec(sublinear=sublinear, **ALL_WORDS))
    rows = vocabulary.rows(texts).toarray()
    known = TfidfVectorizer(sublinear_tf=sublinear)
    np.testing.assert_allclose(rows, known.fit_transform(texts).toarray(), rtol=1e-5)
    assert vocabulary.words == tuple(known.get_feature_names_out())
    # "dog": in 2 of 3 texts
    idf = np.log(4 / 3) + 1
    bird = np.log(4 / 2) + 1
    dog = (1 + np.log(3) if sublinear else 3) * idf
    assert rows[2, vocabulary.words.index("dog")] == pytest.approx(dog / np.hypot(dog, bird))


def test_a_vocabulary_read_back_gives_the_same_rows() -> None:
    texts, _ = notes(60)
    known = Vocabulary.of(texts, TextSpec(pairs=True))
    again = Vocabulary.from_json(known.to_json())
    np.testing.assert_allclose(known.rows(texts).toarray(), again.rows(texts).toarray(), atol=1e-6)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_unicode_is_read_whatever_its_form(encoding: str) -> None:
    words = "Grüße aus München\n" * 5
    assert text_of(words.encode(encoding), "a.txt") == words


def test_old_encodings_are_told_by_their_bytes() -> None:
    assert text_of("déjà vu à Paris".encode("cp1252"), "a.txt") == "déjà vu à Paris"
    chinese = "今天天气很好,我们去公园。" * 4
    assert text_of(chinese.encode("gbk"), "a.txt") == chinese


def test_what_is_no_text_is_refused_in_a_sentence() -> None:
    with pytest.raises(DataError, match=r"a\.pdf is a PDF"):
        text_of(b"%PDF-1.7", "a.pdf")
    with pytest.raises(DataError, match="control characters"):
        text_of(bytes(range(1, 32)) * 9, "a.bin")
    with pytest.raises(DataError, match=r"Line 2 of a\.txt is not written in ascii"):
        text_of("a\né".encode(), "a.txt", "ascii")
    with pytest.raises(DataError, match="no encoding 'utf-99'"):
        text_of(b"a", "a.txt", "utf-99")


def test_lines_are_texts_and_empty_ones_are_not() -> None:
    found = lines_of("one\n\n two \n")
    assert (found.texts, found.names) == (["one", "two"], ["line 1", "line 3"])


def test_a_table_tells_its_text_its_classes_and_its_parts() -> None:
    rows = [
        f"a long text number {i}\t{'test' if i % 5 else 'train'}\t{'ab'[i % 2]}" for i in range(20)
    ]
    found = rows_of("\n".join(rows).encode(), "t.tsv", TextSpec())
    assert found.texts[3] == "a long text number 3"
    assert found.labels is not None and found.labels[:3] == ["a", "b", "a"]
    assert found.parts is not None and found.parts[:2] == ["train", "test"]
    assert found.told == (
        "Texts are in column 1.",
        "Classes are in column 3.",
        "Parts are in column 2.",
    )


def test_a_column_that_is_not_there_is_told_with_those_that_are() -> None:
    table = b"id,body\n1,one text\n2,another text\n3,a third\n"
    with pytest.raises(DataError, match=r"no column 'text'.*id, body"):
        rows_of(table, "t.csv", TextSpec(column="text"))
    assert rows_of(table, "t.csv", TextSpec()).texts == ["one text", "another text", "a third"]


def test_folders_are_classes_and_a_bad_file_costs_itself(store: Store, tmp_path: Path) -> None:
    for i in range(8):
        topic = "cats" if i % 2 else "dogs"
        path = tmp_path / "texts" / topic / f"{i}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"about {topic} and their food, {topic} again", encoding="utf-16")
    (tmp_path / "texts" / "cats" / "photo.txt").write_bytes(b"\x00\x01\x02" * 50)
    found = aecore.load(tmp_path / "texts", texts=ALL_WORDS, store=store)
    assert found.label_names == ("cats", "dogs") and len(found) == 8
    assert isinstance(found.x, SparseRows) and "cats" in found.feature_names
    assert found.names[0] == "cats/1.txt"
    assert found.texts[0].startswith("about cats")


def test_a_zip_of_texts_is_what_the_folder_is(store: Store, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for i in range(6):
            file.writestr(f"{'ab'[i % 2]}/{i}.txt", f"words of text {i} word")
    (tmp_path / "t.zip").write_bytes(packed.getvalue())
    found = aecore.load(tmp_path / "t.zip", texts=ALL_WORDS, store=store)
    assert found.label_names == ("a", "b") and len(found) == 6


def test_listed_texts_come_with_their_labels(store: Store) -> None:
    texts = ['one, "quoted"', "two\nlines", "three", "=4+4 four", "five two", "six three"]
    found = aecore.load(texts, texts=ALL_WORDS, labels=[1, 2, 1, 2, 1, 2], store=store)
    assert found.texts == tuple(texts)
    assert found.labels is not None and found.labels.tolist() == [0, 1, 0, 1, 0, 1]
    with pytest.raises(DataError, match="5 labels came with 6 texts"):
        aecore.load(texts, texts=True, labels=range(5), store=store)


def test_too_few_texts_and_no_common_word_are_told(store: Store, tmp_path: Path) -> None:
    (tmp_path / "few.txt").write_text("one\ntwo\n")
    with pytest.raises(JobError, match="2 texts can be read"):
        aecore.load(tmp_path / "few.txt", texts=True, store=store)
    (tmp_path / "apart.txt").write_text("one\ntwo\nthree\nfour\n")
    with pytest.raises(JobError, match="No word of 4 texts is left"):
        aecore.load(tmp_path / "apart.txt", texts=True, store=store)


def test_notes_are_the_same_for_a_seed_and_speak_of_their_topics() -> None:
    texts, labels = notes(90)
    assert notes(90)[0] == texts and notes(90, seed=1)[0] != texts
    assert np.bincount(labels).tolist() == [15] * len(TOPICS)
    assert sum("bread" in text for text, label in zip(texts, labels, strict=True) if label) <= 3
