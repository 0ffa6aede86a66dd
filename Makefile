# Every chore of this project. `make` alone lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help up test check bench lock locale clean bundle

# The first interpreter that is new enough; `make PYTHON=/path/to/python3 up` chooses another.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
WEB := app/web
BUNDLE := $(WEB)/static/dist

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

up: $(BIN)/.installed bundle ## make the environment, start everything, print the addresses (ARGS="--port 9000")
	@exec $(BIN)/village up $(ARGS)

test: $(BIN)/.installed-tests bundle ## run the tests (ARGS="-k news")
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(BIN)/.installed-tests ## lint, format, types, import contracts
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(BIN)/.installed-tests ## measure against the baselines (ARGS="tenants feeds")
	@$(BIN)/python -m tests.bench $(ARGS)

lock: $(BIN)/.installed-tests ## pin all dependencies with hashes, without index addresses
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(PIP) install uv
	@$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header pyproject.toml --output-file requirements.lock
	@$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --extra dev --constraint requirements.lock pyproject.toml --output-file tests/requirements.lock
	@! grep -n '://' requirements.lock tests/requirements.lock

locale: $(BIN)/.installed-tests ## compile every catalogue once, which finds mistakes
	@for file in app/locale/*/*.po; do \
		$(BIN)/pybabel --quiet compile --statistics --input-file "$$file" --output-file /dev/null \
			--locale "$$(basename "$$(dirname "$$file")" | cut -d- -f1)" || exit 1; done

clean: ## remove the environment, the bundle and the caches; the data folder stays
	@rm -rf .venv build $(BUNDLE) $(WEB)/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find app migrations tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- what the targets stand on ---------------------------------------------------------------------------------------

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer is needed and was not found ($$(python3 --version 2>&1 | head -n 1)); install it and run make again." >&2; \
		exit 1; fi
	@echo "Making the environment .venv with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || $(PYTHON) -m virtualenv --quiet .venv >/dev/null 2>&1 || { \
		rm -rf .venv; \
		$(PYTHON) -m pip install --quiet --disable-pip-version-check --target build/virtualenv virtualenv >/dev/null 2>&1 && \
		PYTHONPATH=build/virtualenv $(PYTHON) -m virtualenv --quiet .venv >/dev/null; \
	} || { \
		rm -rf .venv; \
		echo "$$($(PYTHON) --version) lacks the module venv; on Debian and Ubuntu: apt install python3-venv, then run make again." >&2; \
		exit 1; }

# A changed lock file installs again; an unchanged one costs nothing.
$(BIN)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@echo "Installing the dependencies …"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --editable .
	@touch $@

$(BIN)/.installed-tests: tests/requirements.lock $(BIN)/.installed
	@echo "Installing what the tests need …"
	@$(PIP) install --require-hashes --requirement tests/requirements.lock
	@touch $@

# Everything runs without the bundle, only without JavaScript: nothing here may stop the rest.
bundle:
	@[ -f $(WEB)/package-lock.json ] || exit 0; \
	if ! command -v npm >/dev/null 2>&1; then \
		[ -d $(BUNDLE) ] || echo "npm was not found: going on without JavaScript."; exit 0; fi; \
	sum=$$(find $(WEB)/package.json $(WEB)/package-lock.json $(WEB)/js $(WEB)/css $(WEB)/*.mjs -type f 2>/dev/null \
		| LC_ALL=C sort | xargs cksum | cksum); \
	[ "$$(cat $(BUNDLE)/.stamp 2>/dev/null)" = "$$sum" ] && exit 0; \
	echo "Building the front-end bundle …"; \
	if (cd $(WEB) && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build) >.bundle.log 2>&1; then \
		mkdir -p $(BUNDLE) && echo "$$sum" >$(BUNDLE)/.stamp; rm -f .bundle.log; \
	else \
		echo "The front-end bundle could not be built ($$(grep . .bundle.log | tail -n 1)): going on without it."; \
		rm -f .bundle.log; fi
