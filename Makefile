# Two commands: `make app` starts the dashboard, `make test` runs lint, types and all tests.
# Both make their own virtual environment first and install into it only when a
# requirements file has changed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: app test lint types pytest faults benchmarks samples clean

app: $(VENV)/.installed
	@PYTHONUNBUFFERED=1 $(BIN)/python -m app --port $(PORT)

test: lint types pytest

lint: $(VENV)/.installed-dev
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/python -m mypy

pytest: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 --ignore tests/browser --ignore tests/faults
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/browser

# Power cuts, bombs and the like: minutes, and some need root.
faults: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/faults

benchmarks: $(VENV)/.installed-dev
	$(BIN)/python -m tests.benchmarks

samples: $(VENV)/.installed
	$(BIN)/python -m core.data.make_samples

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Caseload needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
