# Roomful from a checkout. It takes Python 3.11 or later and make; the rest is fetched.
#   make run                 the demo service on http://127.0.0.1:8000 (make run PORT=8080)
#   make test                the test suite (make test ARGS="-k waiting")
# Another Python: make run PYTHON=python3.12

PYTHON ?= python3
PORT ?= 8000
ARGS ?=

BIN := .venv/bin
# Where the machine says to keep no compiled modules: a command then takes twice as long to start, and tests start hundreds.
export PYTHONDONTWRITEBYTECODE :=
# The machine's own pip settings stay in force, for it may need them to reach a package index. Two -q leave errors only.
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip -qq
ASSETS := package.json package-lock.json $(filter-out app/static/built,$(wildcard app/static/*))

.PHONY: help run test test-long check audit bench lock

help:
	@sed -n 's/^#   //p' Makefile
	@echo "also: make test-long | check | audit | bench | lock"

# Somebody to ask, as every service has; the number is one that leads nowhere.
DEMO = ROOMFUL_DEMO=1 ROOMFUL_CONTACT_EMAIL=$${ROOMFUL_CONTACT_EMAIL:-library@example.org} \
	ROOMFUL_CONTACT_PHONE="$${ROOMFUL_CONTACT_PHONE:-01632 960 001}"
run: .venv/.ready
	@$(DEMO) $(BIN)/roomful demo --if-empty
	@$(DEMO) ROOMFUL_BASE_URL=$${ROOMFUL_BASE_URL:-http://127.0.0.1:$(PORT)} exec $(BIN)/roomful serve --port $(PORT)

test: .venv/.ready-for-tests
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow and not long and not again and not case" $(ARGS)

# Every page, field and letter there is, the rules once more on PostgreSQL, races and kills; then, one at a time, those
# that want the machine to themselves.
test-long: .venv/.ready-for-tests
	$(BIN)/pytest -n 2 --dist worksteal -m "(slow or again or long) and not case and not alone" $(ARGS)
	$(BIN)/pytest -m alone $(ARGS)

check: .venv/.ready-for-tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint templates

audit: .venv/.ready-for-tests
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements.lock -r requirements-dev.lock
	npm audit

bench: .venv/.ready-for-tests
	$(BIN)/python -m tests.load $(ARGS)

# Pins stay where pyproject.toml still allows them; ARGS=--upgrade takes the newest. One lock for every Python and system.
lock: .venv/.made
	@$(PIP) install "uv>=0.9,<1"
	$(BIN)/uv $(UV_COMPILE) -o requirements.lock
	$(BIN)/uv $(UV_COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock
UV_COMPILE = pip compile pyproject.toml -q --no-config --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header $(ARGS)

# --- setting up: each step leaves a file behind, so that only what has changed is done again ----------------------

.venv/.ready: .venv/.packages pyproject.toml hatch_build.py $(ASSETS)
	@echo "Setting up, 3 of 3: Roomful itself and its page assets"
	@$(PIP) install --no-deps -e .
	@touch $@

.venv/.packages: .venv/.made requirements.lock
	@echo "Setting up, 2 of 3: $$(grep -c == requirements.lock) Python packages (the first time takes about a minute)"
	@$(PIP) install -r requirements.lock
	@touch $@

.venv/.made:
	@echo "Setting up, 1 of 3: .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit("Roomful needs Python 3.11 or later." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv || { echo "Python cannot make a .venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

.venv/.ready-for-tests: requirements-dev.lock | .venv/.ready
	@echo "Setting up for tests: $$(grep -c == requirements-dev.lock) Python packages"
	@$(PIP) install -r requirements-dev.lock
	@touch $@
