# make demo: install and train the digits example.  make test: everything that CI runs.  make bench: the benchmark.
# PYTHON=python3.13 does the same in a virtual environment of its own (.venv-python3.13).

PYTHON ?= python3.11
VENV := $(if $(filter python3.11,$(notdir $(PYTHON))),.venv,.venv-$(notdir $(PYTHON)))
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: demo test lint bench generated clean

demo: $(VENV)/demo.stamp
	$(BIN)/python -m tfshim examples/digits_mlp.py

test: lint
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The files that are written by programs: after a change to the public API or its cases.
generated: $(VENV)/test.stamp
	$(BIN)/python -m tools.definitions
	$(BIN)/python -m tests.conformance.coverage
	$(BIN)/python -m tools.stubs

bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Each stamp depends on what decides the installation, so that a second run installs nothing.
$(VENV)/demo.stamp: pyproject.toml | $(BIN)/python
	@echo "installing tfshim and the demo's requirements into $(VENV) (a minute or two, once)"
	$(PIP) --editable ".[demo]"
	@touch $@

$(VENV)/test.stamp: pyproject.toml | $(BIN)/python
	@echo "installing tfshim and what its tests need, TensorFlow among it, into $(VENV) (some minutes, once)"
	$(PIP) --editable ".[demo,test]"
	@touch $@ $(VENV)/demo.stamp

clean:
	rm -rf .venv .venv-* build dist *.egg-info
