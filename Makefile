# `make help` says what there is. Everything works on a fresh clone with nothing else typed.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo demo-reset test check tests-needs lint pure scenarios simulation chaos bench coverage format lock

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
# The demonstration keeps to itself, and to SQLite, whatever the shell is set to.
DEMO := env -u DATABASE_URL -u REDIS_URL DEMO=1 VAR_DIR=var/demo LOG_LEVEL=$${LOG_LEVEL:-WARNING}
# One process more than cores on PostgreSQL: much of that suite waits for servers, workers and browsers.
PYTEST := $(BIN)/pytest -q --dist=worksteal
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

CATALOGUES := $(patsubst %.po,%.mo,$(wildcard config/locale/*/LC_MESSAGES/*.po))
ASSETS := config/static/build/inputs.sha256
BUILT := $(CATALOGUES) $(ASSETS)

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/dev.stamp $(BUILT) ## install what developers need into .venv

demo: $(VENV)/base.stamp $(BUILT) ## seed a pilot city and serve it: make demo PORT=8000
	@$(DEMO) $(BIN)/python manage.py migrate --verbosity 0
	@$(DEMO) $(BIN)/python manage.py seed_demo --if-empty
	@exec $(DEMO) $(BIN)/python manage.py serve --port $(PORT)

demo-reset: ## throw the demonstration's data away and begin again
	rm -rf var/demo
	@$(MAKE) --no-print-directory demo

# PostgreSQL runs everything; SQLite what touches the database, and of pages and API the first test of each file.
test: tests-needs lint ## everything: linters, types, then the suite on both engines, Redis and a browser
	$(PYTEST) --engine=sqlite --numprocesses=2
	$(PYTEST) --engine=postgresql --numprocesses=3

check: lint pure ## the fast gate: linters, types and the tests that need no database

tests-needs:
	@sh config/setup/machine.sh tests

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	TESTING=1 VAR_DIR=var/check $(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

pure: setup
	$(BIN)/pytest -q --engine=none

scenarios: setup ## play every scenario file
	$(BIN)/python manage.py scenario tests/scenarios/*.yaml

simulation: tests-needs setup ## live a seeded year of 20,000 residents on both engines and compare the ends
	$(BIN)/python -m tests.simulation

chaos: tests-needs setup ## play every fault for every kind of job, then five minutes of random ones: make chaos SEED=7
	$(PYTEST) --chaos tests/faults tests/races
	$(BIN)/python -m tests.chaos --seconds $(or $(SECONDS),300) $(if $(SEED),--seed $(SEED))

bench: tests-needs setup $(VENV)/bench.stamp ## measure speed and memory as ratios to the limit of the same run
	$(BIN)/python -m tests.bench

coverage: tests-needs setup ## show which lines no test reached
	rm -rf var/coverage && mkdir -p var/coverage
	$(BIN)/coverage run -m pytest -q --engine=sqlite
	$(BIN)/coverage run -m pytest -q --engine=postgresql
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report

format: setup ## put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: setup ## pin the dependencies of pyproject.toml again; what is pinned stays until you delete its line
	$(LOCK) pyproject.toml --output-file requirements/base.txt
	$(LOCK) pyproject.toml --extra dev --constraint requirements/base.txt --output-file requirements/dev.txt
	$(LOCK) pyproject.toml --extra bench --constraint requirements/dev.txt --output-file requirements/bench.txt

# Files

$(BIN)/python:
	@PYTHON=$(PYTHON) sh config/setup/machine.sh python
	$(PYTHON) -m venv $(VENV)

$(VENV)/base.stamp: requirements/base.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/base.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

$(VENV)/bench.stamp: requirements/bench.txt $(VENV)/dev.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

%.mo: %.po | $(VENV)/base.stamp
	@$(BIN)/pybabel --quiet compile --domain django --input-file $< --output-file $@

$(ASSETS): config/assets/build.py config/assets/package.json $(wildcard config/assets/scss/*.scss) | $(VENV)/base.stamp
	@$(BIN)/python -m config.assets.build
	@touch $@
