# Every target sets up .venv by itself, once, and again only when the pins or the project file change.
# Needs nothing but Python 3.11 or later, make and a package index.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
LOG    := $(VENV)/setup.log
# What exists of the packages, so that a checker is never given a folder that is not there.
CODE   := $(patsubst %/__init__.py,%,$(wildcard contracts/__init__.py actors/__init__.py gateway/__init__.py sim/__init__.py benchmarks/__init__.py))
PIN    := --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

TRACE  ?=
BENCH  ?=
TESTS  ?=
# Test files run beside each other, a worker a core; WORKERS=0 runs them one after the other, in this process.
WORKERS ?= auto
PYTEST  = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

.DEFAULT_GOAL := help
.PHONY: promo test test-all serve lint format bench ci setup pin clean help

promo: $(STAMP) ## the 8x promotion under the standard faults; TRACE=file.csv replays real orders
	@$(BIN)/tidegate simulate --faults standard --seed 7 --report promo.html --json promo.json $(if $(TRACE),--trace "$(TRACE)")

test: $(STAMP) ## every test but the long suites; TESTS=tests/unit runs a part
	@$(PYTEST) -m "not slow" $(TESTS)

test-all: $(STAMP) ## every test, the long suites too, and how long it took
	@echo "every suite, the long ones too: this takes minutes; the ten slowest tests are listed at the end"
	@start=$$(date +%s); status=0; $(PYTEST) --durations=10 $(TESTS) || status=$$?; \
	echo "test-all took $$(( $$(date +%s) - start )) s"; exit $$status

serve: $(STAMP) ## the gateway in sandbox mode, its data in .tidegate
	@exec $(BIN)/tidegate serve --data .tidegate

lint: $(STAMP) ## ruff (rules and format) and mypy, strict
	@status=0; \
	$(BIN)/ruff check --output-format concise . || status=1; \
	$(BIN)/ruff format --check --output-format concise . || { echo "those files are not laid out as ruff does; 'make format' mends it"; status=1; }; \
	$(BIN)/mypy --no-error-summary $(CODE) tests || status=1; \
	exit $$status

format: $(STAMP) ## sort imports, mend what ruff can mend, format
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

bench: $(STAMP) ## the benchmarks; BENCH="runtime --json out.json" picks one
	@$(BIN)/python -m benchmarks $(BENCH)

ci: ## what the build runs: lint, then each suite against its budget
	@PYTHON="$(PYTHON)" bash .ci/run

setup: $(STAMP) ## only set up .venv

# The pins are met first, every one by its hash; the project itself is then linked in without asking for anything.
$(STAMP): requirements-dev.txt pyproject.toml
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "make: there is no '$(PYTHON)' here; Tidegate needs Python 3.11 or later (make PYTHON=/path/to/python3.12 ...)" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1); Tidegate needs Python 3.11 or later (make PYTHON=/path/to/python3.12 ...)" >&2; exit 1; }
	@echo "setting up $(VENV) (a minute or so; details in $(LOG))" >&2
	@mkdir -p $(VENV)
	@{ "$(PYTHON)" -m venv $(VENV) && \
	   $(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements-dev.txt && \
	   $(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e . ; \
	 } >$(LOG) 2>&1 || { \
	   tail -n 40 $(LOG) >&2; \
	   echo "make: could not set up $(VENV); the last lines of $(LOG) are above" >&2; \
	   grep -q ensurepip $(LOG) && echo "make: this Python lacks its venv part (on Debian and Ubuntu: apt-get install python3-venv)" >&2; \
	   exit 1; }
	@touch $@

# New pins from pyproject.toml, in an environment of their own. Pin with the oldest Python supported (3.11):
# what is needed there only is then in the list, and the hashes are those of every platform's files.
pin: ## write the requirements files anew (needs a package index)
	@"$(PYTHON)" -m venv .venv-pin
	@.venv-pin/bin/python -m pip install --disable-pip-version-check -q "pip-tools>=7.5"
	@CUSTOM_COMPILE_COMMAND="make pin" .venv-pin/bin/pip-compile $(PIN) --extra report -o requirements.txt pyproject.toml
	@CUSTOM_COMPILE_COMMAND="make pin" .venv-pin/bin/pip-compile $(PIN) --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml
	@! grep -nE '(https?|file)://|--(extra-)?index-url|--find-links|@ ' requirements.txt requirements-dev.txt || { \
	  echo "make: the lines above name a place; the pins must not" >&2; exit 1; }

clean: ## remove the environment, the caches and what a run wrote (.tidegate, the gateway's data, stays)
	@rm -rf $(VENV) .venv-pin build dist .ci-out .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info promo.html promo.json
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
