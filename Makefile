# Two commands do all the set-up: `make app` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: app install test check words fast clean
app: .venv/installed
	$(BIN)/aecore app

install: .venv/installed

.venv/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/installed-test: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

check: .venv/installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.words.unmarked

# What translators are given: all words of the pages, and texts of errors.
words: .venv/installed-test
	$(BIN)/python -m tests.words.extract

test: .venv/installed-test
	$(BIN)/python -m aecore.bench.app.chromium
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist worksteal --durations 20

# Without the slow tests and without a browser: for the loop of writing code.
fast: .venv/installed-test
	$(BIN)/pytest -m 'not slow and not browser'

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
