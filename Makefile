# `make help` says what there is. Environment: .venv, filled from constraints.txt.

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && break; done)
PORT ?= 8000
BUDGET ?= laptop
JOBS ?= 2
SEEDS ?= 1000
EXAMPLES ?= 5000
PYTEST_ARGS ?=
# The matrices are small: a second BLAS thread only waits, and one gives the same bits everywhere.
export OPENBLAS_NUM_THREADS ?= 1
# Tests and pages start hundreds of processes; without compiled files each compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv/bin/python
ENVIRONMENT := .venv/.environment
BENCH_ENVIRONMENT := .venv/.bench-environment
EXTRAS := control,scale,book,course,dev
# What the book is built with, but for Jupyter Book. Not locked: the newest is what `make plain` asks about.
PLAIN := sphinx myst-nb sphinx-book-theme sphinx-togglebutton sphinx-copybutton sphinx-comments sphinx-external-toc \
	sphinx-design sphinxcontrib-bibtex sphinx-multitoc-numbering sphinx-exercise sphinx-proof sphinx-mathjax-offline
STOP = { echo "make: $$message" >&2; exit 1; }

.PHONY: help book serve slides zip pdf epub pyodide test check static studies exercises seeds fuzz bench plain lock clean chromium bubblewrap latex environment
.DEFAULT_GOAL := help

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo "Options: PYTHON=python3.12  PORT=8000  BUDGET=smoke|laptop|paper  JOBS=2  PYTEST_ARGS='-k worlds'"

book: $(ENVIRONMENT)  ## build the book; on a terminal, serve it and print the address
	@$(VENV) book/build.py --serve-if-terminal --port $(PORT)

serve: $(ENVIRONMENT)  ## build the book if needed and serve it on localhost
	@$(VENV) book/build.py --serve --port $(PORT)

slides: $(ENVIRONMENT) chromium  ## build the book, and print its figures as slides (PDF)
	@$(VENV) book/build.py
	@$(VENV) book/slides.py

zip: $(ENVIRONMENT)  ## build the book, and pack it so that it opens from a folder or a USB stick
	@$(VENV) book/build.py
	@$(VENV) book/stick.py

pdf: $(ENVIRONMENT) latex  ## build the book, and print it: _build/landscapes.pdf (needs LaTeX)
	@$(VENV) book/build.py
	@$(VENV) -m book.volume pdf

epub: $(ENVIRONMENT)  ## build the book, and bind it for readers without a browser: _build/landscapes.epub
	@$(VENV) book/build.py
	@$(VENV) -m book.volume epub

plain: $(ENVIRONMENT)  ## build the book without Jupyter Book, with the newest Sphinx in an environment of its own
	@message="the newest packages could not be installed (see above); is the network up? Then run make plain again"; \
	rm -rf .cache/plain _build/plain; $(VENV) -m venv .cache/plain && \
	.cache/plain/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
		-e ".[control,scale,course]" ipykernel pytest && \
	.cache/plain/bin/python -m pip install --quiet --disable-pip-version-check --upgrade $(PLAIN) || $(STOP)
	@$(VENV) -m book.plain

pyodide: $(ENVIRONMENT)  ## fetch a copy of Pyodide: code runs in pages that make serve shows without the network
	@$(VENV) book/pyodide.py

test: $(ENVIRONMENT) chromium bubblewrap  ## build the book and run every test, with coverage
	@$(VENV) book/build.py
	@$(VENV) book/pyodide.py || true
	@$(VENV) -m pytest -n $(JOBS) --cov --cov-report=term-missing:skip-covered $(PYTEST_ARGS)

check: static bubblewrap  ## lint, types and the quick tests, in two to three minutes
	@$(VENV) -m pytest -n $(JOBS) -m "not browser and not book and not slow" $(PYTEST_ARGS)

static: $(ENVIRONMENT)
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m mypy

studies: $(ENVIRONMENT)  ## compute every study of the book (BUDGET, JOBS); resumes what was begun
	@$(VENV) -m rl_landscapes study run all --budget $(BUDGET) --jobs $(JOBS)

exercises: $(ENVIRONMENT)  ## build the notebooks that students get from their sources
	@$(VENV) -m rl_landscapes course build

seeds: $(ENVIRONMENT)  ## try the tests of the exercises on many students: right answers (SEEDS=1000), wrong ones
	@SEEDS=$(SEEDS) $(VENV) -m pytest -n $(JOBS) tests/course/test_assignments.py -k "many_seeds or equal_wrong"

fuzz: $(ENVIRONMENT)  ## try what nobody would write: files, names, times, answers (EXAMPLES=5000 of each, an hour)
	@FUZZ=$(EXAMPLES) $(VENV) -m pytest -n $(JOBS) tests/fuzz $(PYTEST_ARGS)

bench: $(BENCH_ENVIRONMENT)  ## speed and memory against other programs, in one run
	@$(VENV) -m pytest -q tests/benchmarks
	@$(VENV) -m benchmarks

lock:  ## renew constraints.txt for every supported Python (needs the network)
	@python="$(PYTHON)"; message="no Python 3.11 to 3.13 found; install one, or name it: make lock PYTHON=/path/to/python"; \
	$${python:-false} -c '$(SUPPORTED)' 2>/dev/null || $(STOP); \
	$$python -m venv .cache/lock && .cache/lock/bin/python -m pip install --quiet "uv>=0.5,<1"
	@.cache/lock/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --all-extras --upgrade \
		--no-annotate --custom-compile-command "make lock" --output-file constraints.txt pyproject.toml

clean:  ## remove what was built (the environment stays; `rm -rf .venv` removes it)
	@rm -rf _build htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .cache/lock .cache/plain
	@find src tests book benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

environment: $(ENVIRONMENT)

$(ENVIRONMENT): pyproject.toml constraints.txt
	@if ! $(VENV) -c '$(SUPPORTED)' 2>/dev/null; then \
		python="$(PYTHON)"; \
		message="no Python 3.11 to 3.13 found; install one, or name it: make book PYTHON=/path/to/python"; \
		$${python:-false} -c '$(SUPPORTED)' 2>/dev/null || $(STOP); \
		message="$$python lacks the modules venv and ensurepip (pip); on Debian or Ubuntu: apt install python3-venv"; \
		$$python -c 'import venv, ensurepip' 2>/dev/null || $(STOP); \
		echo "making .venv with $$($$python --version)"; \
		$$python -m venv --clear .venv || exit 1; \
	fi
	@echo "installing the locked packages into .venv (about a minute the first time)"
	@message="the packages could not be installed (see above); is the network up? Then run make again"; \
	$(VENV) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$(EXTRAS)]" || $(STOP)
	@touch $@

$(BENCH_ENVIRONMENT): $(ENVIRONMENT)
	@message="the packages could not be installed (see above); is the network up? Then run make again"; \
	$(VENV) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]" || $(STOP)
	@touch $@

# Programs that not everybody needs: installed where that is possible, else one line says what follows.
chromium: names = chromium chromium-browser google-chrome
chromium: without = the browser tests will skip
bubblewrap: names = bwrap
bubblewrap: without = the tests of the jail that submissions run in will fail
latex: names = xelatex
latex: without = the book cannot be printed
latex: packages = latexmk xindy texlive-xetex texlive-latex-recommended texlive-latex-extra \
	texlive-fonts-recommended texlive-fonts-extra tex-gyre fonts-freefont-otf
packages = $@

chromium bubblewrap latex:
	@for name in $(names); do command -v $$name >/dev/null && exit 0; done; \
	root=; [ "$$(id -u)" = 0 ] || root="sudo -n"; \
	if command -v apt-get >/dev/null && $$root true 2>/dev/null; then \
		echo "installing $@"; \
		{ $$root apt-get update && \
		  $$root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(packages); \
		} >/dev/null 2>&1 && exit 0; \
	fi; \
	echo "make: no $@ here, so $(without); install $(packages)" >&2
