# The verbs of this project. CI calls the same ones that people do.
SHELL := bash
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTHON := $(BIN)/python
TESTS ?= tests
# They wait more than they work, so there are more processes than cores; the rooms with browsers keep to one each.
PYTEST = $(PYTHON) -m pytest -n 4 --dist loadgroup
# Whatever make install put into .venv is found first, a redis-server among it.
export PATH := $(CURDIR)/$(BIN):$(PATH)
BENCHES = $(if $(BENCH),benchmarks/$(BENCH).py,$(wildcard benchmarks/queue_*.py benchmarks/browser_*.py))
DEMO_FLAGS := $(if $(ONESHOT),--oneshot)

.PHONY: help install demo run test full lint types layers unit versions bench chaos mutants clean

help: ## Show these verbs
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## Make .venv with everything, and find or install redis-server and a Chromium
	@scripts/install

demo: install ## Start everything against stand-in sites and sync a list of 1,179 titles (ONESHOT=1 ends after it)
	@$(BIN)/watchsync up --demo $(DEMO_FLAGS)

run: ## Start the API and a worker on an embedded Redis; adds a full Chromium and Xvfb where it can
	@scripts/install full-browser
	@$(BIN)/watchsync up

test: install lint types layers ## Check every kind of thing once: format, lint, types, layers, tests (TESTS=path for some)
	@$(PYTEST) $(TESTS)

full: install lint types layers ## Check all that make test leaves out, too: long tests, a storm of 3,000 jobs, mutants
	@$(PYTEST) -m "" tests
	@$(MAKE) --no-print-directory chaos mutants

lint: install ## Check format and style
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: install ## Check types, strictly
	@$(BIN)/mypy

layers: install ## Check that imports go down only
	@$(BIN)/lint-imports

unit: install ## Run the tests that open no socket, in seconds
	@$(PYTHON) -m pytest tests/unit

versions: install ## Run the queue's tests against Redis 6.2, the system's Redis, Redis 8.2 and Valkey
	@scripts/versions $(if $(filter-out tests,$(TESTS)),$(TESTS))

bench: install ## Run every benchmark; each prints a ratio (BENCH=queue_length for one, FLAGS=--smoke for its options)
	@for file in $(BENCHES); do echo "== $$file"; $(PYTHON) "$$file" $(FLAGS) || exit 1; done

chaos: install ## Let everything die over thousands of jobs and check every effect (JOBS=, SEED=, WORKERS=)
	@PYTHONPATH=tests $(PYTHON) -m chaos --jobs $(or $(JOBS),3000) --workers $(or $(WORKERS),4) $(if $(SEED),--seed $(SEED))

mutants: install ## Break each safeguard of the queue by itself, and see the storm notice (ONLY=name for some, SEED=)
	@PYTHONPATH=tests $(PYTHON) -m chaos.mutants $(or $(SEED),1) $(ONLY)

clean: ## Remove .venv and everything that was made
	@rm -rf .venv .install .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist tests/e2e/stremio/node_modules
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
