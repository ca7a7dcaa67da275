# Two commands: `make app` starts the dashboard, `make test` runs lint, types and all tests.
# Both make their own virtual environment first and install into it only when a
# requirements file has changed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8501
# Modules are compiled once, not by each of the many processes that tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: app test lint types pytest faults benchmarks samples lock audit clean

app: $(VENV)/.installed
	@PYTHONUNBUFFERED=1 $(BIN)/python -m app --port $(PORT)

test: lint types pytest

lint: $(VENV)/.installed-dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/lint-imports --no-logo

types: $(VENV)/.installed-dev
	$(BIN)/python -m mypy

# In the order that tests/conftest.py gives the files.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
pytest: $(VENV)/.installed-dev
	$(PYTEST) --ignore tests/browser --ignore tests/faults
	$(PYTEST) tests/browser

# Power cuts, bombs and the like: minutes, and some need root.
faults: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/faults

benchmarks: $(VENV)/.installed-dev
	$(BIN)/python -m tests.benchmarks

samples: $(VENV)/.installed
	$(BIN)/python -m core.library.make_samples

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Caseload needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

$(VENV)/.installed: requirements.lock | $(BIN)/python
	$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(INSTALL) -r requirements-dev.lock
	@touch $@

# After a change of requirements*.txt: every package that is installed, with its hashes.
lock: | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/python -m pip install --quiet uv
	for set in "" -dev -cuda; do $(VENV)/lock/bin/uv pip compile --quiet --universal --generate-hashes \
	  --python-version 3.11 --custom-compile-command "make lock" \
	  requirements$$set.txt -o requirements$$set.lock || exit 1; done

# Asks the public list of vulnerabilities about every locked package; needs a network.
audit: | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/audit && $(VENV)/audit/bin/python -m pip install --quiet pip-audit
	for set in "" -dev -cuda; do $(VENV)/audit/bin/pip-audit --require-hashes --disable-pip \
	  -r requirements$$set.lock || exit 1; done

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
