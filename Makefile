# Two commands do everything on a fresh Debian machine with Python 3.11, git and make:
#   make demo   sets up and runs an agent through the gateway, writes the report
#   make test   sets up and runs every check
# `make help` lists the rest.

VENV   := .venv
BIN    := $(VENV)/bin
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3.14 || command -v python3)

.DEFAULT_GOAL := help
.PHONY: help demo test lint types unit bench fuzz messages screenshots lock clean

help: ## show the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/.runtime ## set up, run an agent through the gateway, write the report
	@mkdir -p out
	@$(BIN)/python examples/demo/demo.py $(if $(CONSOLE),--console)

test: $(VENV)/.dev ## set up and run every check
	@sh tools/bring-programs
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist loadgroup --cov --cov-report=term

lint: $(VENV)/.dev ## style only
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: $(VENV)/.dev ## types only
	$(BIN)/mypy

unit: $(VENV)/.dev ## tests only, with new random examples
	HYPOTHESIS_PROFILE=random $(BIN)/python -m pytest -n 2 --dist loadgroup

bench: $(VENV)-bench/.made ## measure beside the peers; see benchmarks/README.md
	$(VENV)-bench/bin/python benchmarks/decide.py

fuzz: $(VENV)-fuzz/.made ## fuzz each parser for a minute
	for target in fuzz/fuzz_*.py; do $(VENV)-fuzz/bin/python $$target -max_total_time=60 || exit 1; done

messages: $(VENV)/.dev ## compile the console's languages
	$(BIN)/python tools/messages.py

screenshots: demo $(VENV)/.dev ## photograph the report and the console for the documentation, where Chromium is installed
	@sh tools/make-screenshots out/demo.html docs/first-hour/demo-report.png
	@$(BIN)/python tools/console_screenshots.py docs/how-to/supervise

COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --group build

lock: $(VENV)/.dev ## renew the locked dependencies
	$(COMPILE) --all-extras --group demo -o requirements/runtime.txt
	$(COMPILE) --all-extras --group test -o requirements/dev.txt
	$(COMPILE) --group bench -o requirements/bench.txt
	$(COMPILE) --group fuzz -o requirements/fuzz.txt

clean: ## remove the environment and what was written
	rm -rf $(VENV) $(VENV)-bench $(VENV)-fuzz out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

$(VENV)/.made:
	@sh tools/make-environment "$(PYTHON)" $(VENV)
	@touch $@

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/.made
	@echo "installing the locked dependencies"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements/runtime.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/.made
	@echo "installing the locked dependencies for development"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements/dev.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@ $(VENV)/.runtime

# Peers and the fuzzer have environments of their own: what they need must not mix with ours.
$(VENV)-bench/.made $(VENV)-fuzz/.made: $(VENV)-%/.made: requirements/%.txt
	@sh tools/make-environment "$(PYTHON)" $(VENV)-$*
	@$(VENV)-$*/bin/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r $<
	@$(VENV)-$*/bin/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@
