# Everything installs itself: Python 3.11 with its venv module, git and make are enough.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check format bench record docs clean

demo: $(STAMP)  ## the main job on simulators of both platforms, on your terminal
	$(BIN)/connector demo

test: $(STAMP)  ## every test
	$(BIN)/pytest -n auto

check: $(STAMP)  ## what CI runs: format, lint, types, import rules, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory test

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)  ## the operating envelope, as a table and as JSON
	$(BIN)/python -m benchmarks

record: $(STAMP)  ## record the cassettes again, from the sandbox or (see cassettes/README.md) from a tenant
	$(BIN)/python -m tests.record

docs: $(STAMP)  ## the generated pages of the reference, and the man page
	$(BIN)/python -m tools.manual

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# every package is pinned with its hashes; the project itself is installed in place
$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@
