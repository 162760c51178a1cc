# Everything a person or CI does here. `make` alone prints this list.
SHELL := /bin/sh
.SUFFIXES:
.DEFAULT_GOAL := help
.PHONY: help demo up down status logs token test test-fast chaos check fuzz mutants bench bench-peers containers cluster images test-browser pictures clean setup

UV_VERSION := 0.13.9
PYTHON ?= python3
# The uv of the PATH, else a private one that `setup` brings.
UV := $(or $(shell command -v uv 2>/dev/null),$(CURDIR)/.tools/bin/uv)
# Trust what this machine trusts: companies put the certificate of their proxy there.
export UV_SYSTEM_CERTS ?= 1
# Compiled once here, not by every first process at once; our own modules by the first that imports them.
export UV_COMPILE_BYTECODE ?= 1
unexport PYTHONDONTWRITEBYTECODE
RUN := $(UV) run --no-sync
STAMP := .venv/.synced
TOOLS := .venv/.tools
INPUTS := pyproject.toml uv.lock $(wildcard shared/pyproject.toml services/*/pyproject.toml deploy/*/pyproject.toml)

# make test T=tests/unit/local
T ?=
SERVICE ?= sync-svc
NAMES ?=
TOKEN_ARGS ?= --organisation 0198c0de-0000-7000-8000-000000000001 \
	--user 0198c0de-0000-7000-8000-000000000002 --role beheerder
PART ?=
CHAOS_MINUTES ?= 10
FUZZ_EXAMPLES ?= 30
FUZZ_SEED ?= 1
CHAOS_SEED ?= 1
CHAOS_SCALE ?= 1

help:  ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo '  DEMO_ARGS="--json" make demo   PROVIDER=exact_online make demo   T=tests/unit make test   SERVICE=sync-svc make logs'

demo: setup  ## start everything, do the main job before your eyes, stop everything
	@$(RUN) koppel demo $(DEMO_ARGS)

up: setup  ## start the whole system in the background; again: start what died
	@$(RUN) koppel up

down: setup  ## stop it; the data stays under .local/
	@$(RUN) koppel down

status: setup  ## one line a part, and what needs somebody
	@$(RUN) koppel status

logs: setup  ## the end of what a part wrote: SERVICE=sync-svc (to follow it: koppel logs -f)
	@$(RUN) koppel logs $(SERVICE)

token: setup  ## a bearer token for the running system, of a made-up office's administrator, or by TOKEN_ARGS
	@$(RUN) koppel token $(TOKEN_ARGS)

test: setup $(TOOLS)  ## all tests, or those of T=path
	@$(RUN) pytest $(T)

test-fast: setup $(TOOLS)  ## those of units, contracts and components that need no broker
	@$(RUN) pytest tests/unit tests/contract tests/component -m "not broker"

chaos: setup  ## promises under faults, all or PART=mutants|crash|storm|runs|increments|engine|roles|alerts|criteria; CHAOS_MINUTES=10 CHAOS_SEED=1 CHAOS_SCALE=1
	@CHAOS_MINUTES=$(CHAOS_MINUTES) CHAOS_SEED=$(CHAOS_SEED) CHAOS_SCALE=$(CHAOS_SCALE) $(RUN) python -m tests.chaos $(PART)

fuzz: setup  ## calls the services in every way that their OpenAPI documents tell and forbid, for long; FUZZ_EXAMPLES=30 FUZZ_SEED=1
	@FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) FUZZ_SEED=$(FUZZ_SEED) $(RUN) pytest tests/component/openapi -n 0

check: setup  ## lint, formatting, types, import rules, event contracts
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy services shared deploy tests
	@$(RUN) lint-imports
	@$(RUN) python -m koppel.contracts.gate check

mutants: setup  ## small changes of the rules that no test would notice: NAMES="sync gate", or NAMES=database
	@$(RUN) python -m tests.mutation $(NAMES)

bench: setup  ## our speed beside the bare libraries', as ratios
	@$(RUN) python -m tests.bench.backbone
	@$(RUN) python -m tests.bench
	@$(RUN) python -m tests.bench.calls
	@$(RUN) python -m tests.bench.fairness
	@$(RUN) python -m tests.bench.budget
	@$(RUN) python -m tests.bench.herd
	@$(RUN) python -m tests.bench.telemetry

bench-peers: setup  ## our relay beside Debezium's outbox router; the first run fetches 42 MB of its jars
	@$(RUN) python -m tests.bench.peers $(BENCH_ARGS)

containers: setup  ## the images and the compose file, used as an operator does; ALL=1 adds what takes long, REMOVE=1 removes their cache
	@$(RUN) python -m tests.containers $(if $(REMOVE),remove,$(if $(ALL),everything))

cluster: setup  ## deploy/kubernetes, applied to a control plane of Kubernetes that runs here; NODE=1 runs whole nodes instead, REMOVE=1 removes what it built
	@$(RUN) python -m tests.cluster$(if $(NODE),.node) $(if $(REMOVE),remove)

test-browser: setup  ## the story in a Chromium that it finds or brings, on a stack of its own
	@$(UV) sync --frozen --quiet --group browser
	@$(RUN) python -m tests.browser

pictures: setup  ## the README's pictures, by the same run
	@$(UV) sync --frozen --quiet --group browser
	@$(RUN) python -m tests.browser pictures

images: setup  ## renew the digests of others' images in deploy/images.yml; needs Docker and a registry
	@$(RUN) python -m tests.containers images

clean:  ## stop everything and remove what was made here; the jars in your cache stay
	@if [ -x .venv/bin/koppel ]; then .venv/bin/koppel down; fi
	@rm -rf .local .venv .tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(STAMP)

$(STAMP): $(INPUTS) | $(UV)
	@$(UV) sync --frozen --quiet
	@touch $@

$(TOOLS): tests/session/tools.py tests/session/promtool.py tests/session/broker_classes.py $(wildcard tests/contract/events/*/package*.json docs/subscribers/kafkajs/package*.json) | $(STAMP)
	@$(RUN) python -m tests.session.tools
	@touch $@

$(CURDIR)/.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "error: $(PYTHON) is $$($(PYTHON) -V 2>&1 || echo missing), Koppel needs Python 3.11 or newer." >&2; \
	  echo "hint: name one that you have: make PYTHON=python3.12 …" >&2; exit 1; }
	@echo "bringing uv $(UV_VERSION) into .tools/" >&2
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
