# Every target is a line of `make help`; the text after ## is what it prints.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
CODE := bom planning scheduling api benchmarks docs examples tests
WORKERS := -n auto --maxprocesses 4

.DEFAULT_GOAL := help
.PHONY: help plan serve test check verify fmt lint types floors doctest examples docs bench bench-optimisation bench-scheduling smoke lock wheel clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

plan: $(VENV)/.run ## Plan examples/adventureworks into out/adventureworks
	@$(BIN)/lotwright plan examples/adventureworks --out out/adventureworks

serve: $(VENV)/.run ## Run the service on 127.0.0.1:8000, its data in lotwright-data/
	@$(BIN)/lotwright serve

test: $(VENV)/.dev ## Run the tests
	@$(BIN)/python -m pytest -q $(WORKERS)

check: verify test ## Everything that must pass before a commit: verify, then the tests

verify: lint types floors doctest smoke ## Format, lint, strict types, import floors, doctests, benchmark smoke run

fmt: $(VENV)/.dev ## Format the code and repair what lint can repair
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix $(CODE)

lint: $(VENV)/.dev ## Check format and lint
	@$(BIN)/ruff format --check --quiet $(CODE) || { $(BIN)/ruff format --check $(CODE); exit 1; }
	@$(BIN)/ruff check $(CODE)

types: $(VENV)/.dev ## Check types, strictly
	@$(BIN)/mypy

floors: $(VENV)/.dev ## Check that imports go down only
	@$(BIN)/lint-imports --no-logo

doctest: $(VENV)/.dev ## Run the examples in docstrings
	@$(BIN)/python -m pytest -q --doctest-modules bom planning scheduling api

examples: $(VENV)/.dev ## Run the examples
	@$(BIN)/python -m pytest -q $(WORKERS) tests/examples

docs: $(VENV)/.dev ## Write the generated pages of docs/ anew
	@$(BIN)/python -m docs.generate

smoke: $(VENV)/.dev ## Run every benchmark case at its smallest size, as a test
	@$(BIN)/python -m benchmarks.run --smoke

bench: $(VENV)/.dev ## Measure the benchmark cases and write benchmarks/README.md (20 minutes, 6 GiB of disk)
	@$(BIN)/python -m benchmarks.run

bench-optimisation: $(VENV)/.dev ## Measure levelling and lot sizing on published instances (15 minutes; they are not part of the project)
	@$(BIN)/python -m benchmarks.levelling
	@$(BIN)/python -m benchmarks.lot_sizing

bench-scheduling: $(VENV)/.dev ## Measure finite scheduling beside CP-SAT on published instances and generated flows (55 minutes)
	@$(BIN)/python -m benchmarks.scheduling

lock: ## Work out the pinned versions anew, from the ranges in pyproject.toml
	@rm -rf .lock && $(PYTHON) -m venv .lock/all && $(PYTHON) -m venv .lock/only
	@.lock/all/bin/python -m pip -qq install hatchling '.[dev]'
	@.lock/all/bin/python -m pip freeze --exclude lotwright > .lock/tested
	@.lock/only/bin/python -m pip -qq install --constraint .lock/tested hatchling .
	@{ head -n 1 requirements.lock; .lock/only/bin/python -m pip freeze --exclude lotwright; } > .lock/run
	@{ head -n 1 requirements-dev.lock; grep -vxFf .lock/run .lock/tested; } > .lock/dev
	@mv .lock/run requirements.lock && mv .lock/dev requirements-dev.lock && rm -rf .lock

wheel: $(VENV)/.run ## Build the wheel into dist/
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

clean: ## Remove what was built, planned and cached; .venv and benchmarks/data stay
	@rm -rf dist build out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find bom planning scheduling api benchmarks docs examples tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: made once, and again when the pins or the project's declaration change.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' || \
		{ echo "lotwright needs Python 3.11 or 3.12; name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements.lock pyproject.toml
	@echo "installing pinned dependencies (about a minute, once)"
	@$(PIP) install --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "installing pinned test tools (half a minute, once)"
	@$(PIP) install --requirement requirements-dev.lock
	@touch $@
