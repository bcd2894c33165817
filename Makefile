# `make book` and `make test` do all the set-up; `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: book lite lite-lock serve test test-fast test-long check-code live alone quiz check lock clean help

help:            ## list these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

$(STAMP): requirements.txt pyproject.toml
	@echo "[course] installing the pinned packages into $(VENV) (once; one to four minutes)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, and this is " + sys.version.split()[0] + ". Fix: make PYTHON=python3.12 book")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

book: $(STAMP)   ## execute the notebooks, derive the quizzes, build the book
	@$(BIN)/course book

lite/node_modules/pyodide/package.json: lite/package-lock.json
	@command -v npm >/dev/null || { echo "[course] npm is needed to fetch Python for the browser. Fix: install Node.js, which includes npm, then run make lite again"; exit 1; }
	@echo "[course] fetching Python for the browser (once, about 15 MB)"
	@cd lite && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

lite: $(STAMP) lite/node_modules/pyodide/package.json  ## after make book: notebooks that run in the reader's browser (needs npm)
	@$(BIN)/course lite

lite-lock: $(STAMP) lite/node_modules/pyodide/package.json  ## remake lite/wheels.txt, the hashes of the wheels that make lite installs
	@$(BIN)/python -c "from kratomcourse.lite.core import write_pins; print('[course] lite/wheels.txt:', write_pins('.'), 'wheels')"

serve: book      ## build, then serve the book on this machine only
	@$(BIN)/course serve

test: $(STAMP)   ## run the tests
	@echo "[course] running the tests (they build the book first if it isn't up to date)"
	@$(BIN)/python -m pytest -m "not long" -n auto --maxprocesses 4 --dist loadfile

test-fast: $(STAMP)  ## run the quick tests only: no browser, server, sandbox or build
	@$(BIN)/python -m pytest -q -m "not long and not slow" -n auto --maxprocesses 4

test-long: $(STAMP)  ## run the long campaigns as well
	@$(BIN)/python -m pytest

check-code: $(STAMP) ## check formatting, lint, types and import layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@$(BIN)/mypy
	@for module in notebooks/*/figures.py; do $(BIN)/mypy --no-error-summary $$module || exit 1; done

quiz: $(STAMP)   ## remake quizzes/source from the bank
	@$(BIN)/course quiz build

check: $(STAMP)  ## check facts, references, bank and chapters
	@$(BIN)/course check

live: $(STAMP)   ## start a hub for a workshop on this machine (course live --serve for a network)
	@$(BIN)/course live

alone: $(STAMP)  ## open the notebooks in JupyterLab, just for you
	@$(BIN)/course live --alone

# The lock is complete, so nothing else is installed (--no-deps above). It leaves out rfc3987-syntax on purpose: an
# optional check of international addresses in JSON schemas, which nothing here uses and which adds three seconds to
# every start of Jupyter and nbgrader.
# The images for a cluster have a lock of their own: the same versions, but for the chart's JupyterHub, and hashes.
lock: pyproject.toml  ## remake requirements.txt and deploy/requirements.txt from pyproject.toml
	@$(PYTHON) -m pip install --quiet uv
	@$(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-header --no-emit-index-url --no-emit-package rfc3987-syntax --no-emit-package lark --output-file requirements.txt pyproject.toml
	@grep -v '^jupyterhub==' requirements.txt | $(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --extra grade --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-package rfc3987-syntax --no-emit-package lark --constraints - --output-file deploy/requirements.txt pyproject.toml deploy/requirements.in

clean:           ## remove what a build made (keeps .venv)
	@rm -rf _build
