# colornb: `make book` builds the course, `make test` checks everything. Both set up what they need the first time.
#
#   PYTHON=python3.12   the Python the environment is made from (3.11 or newer)
#   JOBS=2              how many chapters run at once, each on one thread; of the files of tests, one more
#   PORT=8000           where `make serve` shows the book
#   VENV=DIR            where the environment lives (.venv); empty (VENV=) takes the active one as it is

SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
PORT ?= 8000
unexport MPLBACKEND PYTHONPATH PYTHONDONTWRITEBYTECODE

ifeq ($(strip $(VENV)),)
READY :=
BIN :=
else
READY := $(VENV)/.ready
BIN := $(VENV)/bin/
endif

# what the pages' outputs depend on beside their own text
CODE := $(shell find colornb book/results -name '*.py' -o -name '*.safetensors' -o -name '*.json' 2>/dev/null)
CACHE := _build/.jupyter_cache
# files that drive browsers and train come first (tests/conftest.py), so that no worker ends alone; there is one worker
# more than JOBS, as the one that drives browsers waits for them half of its time
TESTS := -n $(shell expr $(JOBS) + 1) --dist loadfile --no-loadscope-reorder --durations=25
# how long a stage took is said after it
export TIMEFORMAT := colornb: that took %0lR
BUILD := $(BIN)jupyter-book build . -W -n --keep-going
PIP = $(BIN)python -m pip install --disable-pip-version-check --progress-bar off

.PHONY: help env book page serve executed test campaign fast lint types format lab studio chapters bench clean distclean
.DEFAULT_GOAL := help

help:
	@echo "make book      build the course into _build/html/index.html"
	@echo "make serve     show the built book on this machine, where its live picture paints (PORT=8000)"
	@echo "make test      every check: lint, the package, and the chapters against one run of them (that of the book, if fresh)"
	@echo "make campaign  what is too long for every day: every chapter by nbval, every series whole, every shape checked"
	@echo "make studio    open the studio in a browser (PICTURE=FILE to begin with)"
	@echo "make lab       open the chapters in JupyterLab"
	@echo "make fast      the quick tests of the package"
	@echo "make lint      ruff: rules and format ('make format' mends)"
	@echo "make types     mypy: the types of the modules that others build on"
	@echo "make chapters  run the chapters and store their outputs in book/*.ipynb"
	@echo "make bench     measure time and memory beside a plain implementation (some minutes)"
	@echo "make env       only set up the environment in .venv"
	@echo "make clean     remove what was built ('make distclean' the environment, too)"

env: $(READY)

# --- the environment: the tested versions, and this folder as the package. A marker tells a set-up that was cut short.
$(VENV)/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "colornb: $(PYTHON) is missing or older than 3.11; install one and say: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "colornb: $(PYTHON) cannot make environments; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@if [ -e $(VENV)/.unfinished ]; then echo "colornb: the last set-up was cut short, starting anew"; rm -rf $(VENV); fi
	@mkdir -p $(VENV) && touch $(VENV)/.unfinished
	@$(BIN)python -c '' 2>/dev/null || { echo "colornb: making an environment in $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "colornb: installing the tested packages (PyTorch is large: some minutes the first time)"
	@set -o pipefail; { $(PIP) -r requirements.txt && $(PIP) --no-deps --no-build-isolation -e .; } 2>&1 \
	  | tee $(VENV)/pip.log | awk '/^ +Downloading .* [MG]B\)/ { print "  " $$2, $$3, $$4 } /^Installing/ { print "  unpacking" } \
	    /^ *(ERROR|error)/ { print } { fflush() }' || { echo "colornb: pip failed; all it said is in $(VENV)/pip.log"; exit 1; }
	@rm -f $(VENV)/.unfinished
	@$(BIN)python -c 'import cv2' || \
	  { echo "colornb: OpenCV misses a library of the system; on Debian or Ubuntu: apt-get install libgl1 libglib2.0-0"; exit 1; }
	@touch $@
	@echo "colornb: the environment is ready"

# --- the book
book: $(READY) page executed
	@echo "colornb: building the pages"
	@time $(BUILD) || { rm -rf _build/.doctrees; exit 1; }
	@test -s _build/html/index.html
	@echo "colornb: the book is ready: file://$(CURDIR)/_build/html/index.html"

executed: $(READY) _build/.code
	@echo "colornb: running the chapters that changed"
	@time OMP_NUM_THREADS=1 $(BIN)python tools/run_chapters.py --jobs $(JOBS)

# the live picture of the home page; what its network is made of is looked at in no time, and exported when it changed
page: $(READY) _extra/.ready
	@OMP_NUM_THREADS=$(JOBS) $(BIN)python tools/export_page.py

serve:
	@test -s _build/html/index.html || { echo "colornb: there are no pages yet; say: make book"; exit 1; }
	@echo "colornb: the book is at http://127.0.0.1:$(PORT)/ (Ctrl+C ends this)"
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

_extra/.ready: tools/vendor.py requirements.txt | $(READY)
	@$(BIN)python tools/vendor.py
	@touch $@

# outputs are cached by the text of a chapter; a change of the package (or of the versions) makes them stale, too
_build/.code: requirements.txt $(CODE) | $(READY)
	@rm -rf _build
	@mkdir -p _build && touch $@

chapters: $(READY)
	@OMP_NUM_THREADS=1 $(BIN)python -m nbconvert --to notebook --execute --inplace --ExecutePreprocessor.record_timing=False book/*.ipynb
	@$(BIN)python tools/slim.py book/*.ipynb

lab: $(READY)
	@$(BIN)python -m jupyterlab book

studio: $(READY)
	@$(BIN)python -m colornb studio $(if $(PICTURE),"$(PICTURE)")

# --- the checks
# a chapter that fails is reported twice: as it runs, and by the tests, which miss its execution
test: $(READY) lint _build/.code
	@$(MAKE) --no-print-directory executed || true
	@test -e _axe/axe.min.js || $(BIN)python tools/vendor.py || echo "colornb: without axe-core one test is skipped"
	@echo "colornb: testing the package, and what the chapters show"
	@time OMP_NUM_THREADS=1 $(BIN)python -m pytest $(TESTS) --executed $(CACHE) tests book

campaign: $(READY)
	@echo "colornb: running every chapter by nbval"
	@time OMP_NUM_THREADS=1 $(BIN)python -m pytest --nbval --nbval-current-env -n $(JOBS) --dist loadfile book
	@echo "colornb: testing the package, with every series whole and every shape checked"
	@time OMP_NUM_THREADS=1 $(BIN)python -m pytest $(TESTS) --shapes --campaign tests

fast: $(READY)
	@$(BIN)python -m pytest -m "not slow and not browser" tests

types: $(READY)
	@echo "colornb: mypy"
	@$(BIN)python -m mypy

lint: $(READY)
	@echo "colornb: ruff"
	@$(BIN)python -m ruff check
	@$(BIN)python -m ruff format --check

# THREADS=1 and SIZES="128" are other choices; on a quiet machine, from a clean commit, JSON=book/results/bench.json and
# HISTORY=book/results/bench_history.json
bench: $(READY)
	@$(BIN)python -m benchmarks.bench --threads $(or $(THREADS),2) --sizes $(or $(SIZES),128 256) $(if $(JSON),--json $(JSON)) $(if $(HISTORY),--history $(HISTORY))

format: $(READY)
	@$(BIN)python -m ruff check --fix
	@$(BIN)python -m ruff format

clean:
	rm -rf _build _extra _axe .pytest_cache .ruff_cache .mypy_cache *.egg-info

distclean: clean
	rm -rf $(VENV)
