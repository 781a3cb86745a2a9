# Everything the project does, one target each. `make demo` and `make test` set up what they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
BIN := .venv/bin
CODE := catalogue harvest ingest tests manage.py gunicorn.conf.py

.DEFAULT_GOAL := help
.PHONY: help setup demo run worker watch beat test lint format types migrations check bench lock image clean

# list these targets
help:
	@awk '/^# /{text=substr($$0,3)} /^[a-z]+:/{sub(":.*","",$$1); printf "  make %-11s %s\n", $$1, text}' $(MAKEFILE_LIST)

.venv/running: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; run: make PYTHON=/path/to/python3.11 …")'
	@echo "Installing the pinned requirements into .venv (half a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.txt
	@touch $@

.venv/developing: .venv/running requirements-dev.txt
	@echo "Installing the pinned development tools into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-dev.txt
	@touch $@

# make the environment: pinned requirements and development tools in .venv
setup: .venv/developing

# the main job on realistic data, then the site on 127.0.0.1 (make demo PORT=9000)
demo: .venv/running
	@$(BIN)/python manage.py demo --port $(PORT)

# serve the site as in production, on the database that is configured
run: .venv/running
	@$(BIN)/python manage.py migrate --verbosity 0
	@exec $(BIN)/gunicorn --bind 127.0.0.1:$(PORT) catalogue.wsgi

# a worker on RabbitMQ for the default queue and each facility's (needs CATALOGUE_BROKER_URL)
worker: .venv/running
	@exec $(BIN)/python manage.py ingest_worker

# follow the inboxes: send what is new, or without a broker ingest it here
watch: .venv/running
	@exec $(BIN)/python manage.py ingest_watch

# the clock of the scheduled tasks (needs CATALOGUE_BROKER_URL)
beat: .venv/running
	@exec $(BIN)/celery -A catalogue beat --loglevel INFO --schedule var/beat

# all tests, on the embedded PostgreSQL or on CATALOGUE_DATABASE_URL
test: .venv/developing
	@$(BIN)/python -m pytest -n 2 --dist worksteal

# style: ruff's rules and formatting
lint: .venv/developing
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)

# put the code into ruff's format
format: .venv/developing
	@$(BIN)/ruff check --fix-only --quiet $(CODE)
	@$(BIN)/ruff format $(CODE)

# types: mypy, strict, with the Django plugin
types: .venv/developing
	@$(BIN)/mypy

# that models and migrations agree
migrations: .venv/developing
	@$(BIN)/python manage.py makemigrations --check --dry-run

# lint, types, migrations and tests
check: lint types migrations test

# ingest and OAI-PMH beside their lower bounds, in one run
bench: .venv/developing
	@$(BIN)/python -m tests.benchmarks

# write the pinned requirements anew from pyproject.toml
lock: .venv/developing
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --upgrade --no-header --no-annotate pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --upgrade --no-header --no-annotate --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

# the container image
image:
	docker build --tag facility-metadata-catalogue .

# forget the environment and everything under var/, the embedded database included
clean:
	rm -rf .venv var
