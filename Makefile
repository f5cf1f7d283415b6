# The commands of this project. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Processes that tests run in side by side.
JOBS ?= 3
STAMP := $(VENV)/.installed
# Hundreds of servers and commands are started; where this is set, each of them would compile what it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run setup test prepared lint unit clients faults faults-nodes bench bench-scale bench-postgres bench-console fuzz types docs texts pictures clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: $(VENV)/.run ## Set up and serve on port 4566
	$(BIN)/chasqui serve

setup: $(VENV)/.run ## Prepare .venv, whose bin/chasqui is the command

test: $(STAMP) ## Set up and run every check and test
	$(MAKE) --no-print-directory -j 2 lint prepared
	folder=$$(tools/memory_folder.sh); [ -z "$$folder" ] || export TMPDIR=$$folder; \
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

# What tests need that can be had while mypy runs on the other core: PostgreSQL, and the tests compiled, once rather than
# by each of the processes that run them.
prepared: $(STAMP)
	tools/install_postgres.sh $(BIN)/python
	$(BIN)/python -m pytest --collect-only -qq >/dev/null || true  # the run itself tells of errors

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/build.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(STAMP): requirements/dev.txt | $(VENV)/.run
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

lint: $(STAMP) ## Ruff, formatting, mypy strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(STAMP) ## The fast tests only
	$(BIN)/python -m pytest tests/unit tests/architecture

clients: $(STAMP) ## The tests with real clients only
	$(BIN)/python -m pytest tests/scenarios tests/clients

faults: $(STAMP) ## Fifty rounds of kills and of power cuts
	CHASQUI_FAULT_ROUNDS=50 $(BIN)/python -m pytest tests/faults --ignore tests/faults/nodes --timeout 3600 -s

faults-nodes: $(STAMP) ## Thirty rounds each of what may happen to nodes on PostgreSQL
	CHASQUI_FAULT_ROUNDS=30 $(BIN)/python -m pytest tests/faults/nodes --timeout 3600 -s

fuzz: $(STAMP) ## Long fuzzing of HTTP and the wire layer
	CHASQUI_FUZZ_EXAMPLES=20000 $(BIN)/python -m pytest tests -k fuzz --timeout 3600

bench: $(STAMP) ## The load benchmark beside the yardstick; table, JSON and plot
	$(BIN)/python benchmarks/load/run.py

bench-postgres: $(STAMP) ## A node on PostgreSQL beside the yardstick
	$(BIN)/python benchmarks/load/run.py --postgres --only send64,batch64,cycle64

bench-scale: $(STAMP) ## The same with two million messages, noisy tenants, idle polls
	$(BIN)/python benchmarks/load/run.py --scale

bench-console: $(STAMP) ## The console: times, weights, memory, what holds the loop
	$(BIN)/python benchmarks/console/run.py

types: $(STAMP) ## Generate the services' types from botocore's models
	$(BIN)/python tools/generate_types.py

clean: ## Remove what the other commands made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build

texts: $(STAMP) ## Gather and compile the console's translations
	$(BIN)/python tools/texts.py

pictures: $(STAMP) ## Take the README's pictures of the console
	$(BIN)/python -m tools.picture_console

docs: $(STAMP) ## Write docs/reference from the code
	$(BIN)/python tools/generate_docs.py
