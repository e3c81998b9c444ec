# PM Endgame Sweep. `make` alone lists the targets; each sets up what it needs by itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo run top test fuzz check fix web contract images bench load chaos lighthouse rulebook-weights rulebook-score risk-page lock config openapi licences audit environment clean

PY := .venv/bin/python
DATA ?= ../shared/data

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## the whole product offline on a simulated venue: http://127.0.0.1:8080
	@scripts/environment runtime
	@scripts/web build
	@exec .venv/bin/endgame demo

run: ## the whole product against the live venue
	@scripts/environment runtime
	@scripts/web build
	@exec .venv/bin/endgame run

top: ## the current list as a table in this terminal (while demo or run runs in another)
	@scripts/environment runtime
	@exec .venv/bin/endgame top

test: environment ## the whole suite, on SQLite and Postgres (one file: make test TESTS=tests/house)
	@scripts/system-packages
	@scripts/container-tools
	@scripts/web build
	@exec $(PY) -m pytest $(TESTS)

fuzz: environment ## schemathesis against the API for some minutes, on both databases (more: FUZZ_EXAMPLES=2000)
	@scripts/system-packages
	FUZZ_EXAMPLES=$(or $(FUZZ_EXAMPLES),200) $(PY) -m pytest tests/api/test_api_fuzz.py

check: environment ## format, lint, types, and whether generated files are up to date
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	scripts/lock --check
	$(PY) scripts/generate_config.py --check
	scripts/web check
	$(PY) scripts/generate_risk_page.py --check

fix: environment ## format and mend what ruff can mend
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

web: environment ## build the page into the package (Node is taken from PyPI where there is none)
	@scripts/web build

contract: environment ## write web/lib/contract.ts, the page's types, from the API's own document
	@scripts/web contract

images: environment ## take the screenshots of docs/images anew
	@scripts/system-packages
	@scripts/web build
	@exec $(PY) -m benchmarks.images

bench: environment ## ratios: scoring cycles, ingest and list latency beside their floors; then the page
	@scripts/system-packages
	@scripts/web build
	@exec $(PY) -m benchmarks

load: environment ## write docs/load.md: all sizes, both databases, an hour (short form: make load SIZES=5000 MINUTES=0.2)
	@scripts/system-packages
	@exec $(PY) -m benchmarks.load $(if $(SIZES),--sizes $(SIZES)) $(if $(MINUTES),--minutes $(MINUTES))

chaos: environment ## break things under the real processes for about a quarter of an hour: docs/faults.md
	@scripts/system-packages
	@exec $(PY) -m benchmarks.faults

lighthouse: environment ## Lighthouse's figures of the three pages (npm fetches Lighthouse when first asked for)
	@scripts/system-packages
	@scripts/web build
	@exec $(PY) -m benchmarks.lighthouse

rulebook-weights: environment ## learn the rulebook's weights from disputed markets and measure them (other records: DATA=DIR)
	$(PY) -m calibration learn --data $(DATA)
	$(PY) scripts/generate_risk_page.py

rulebook-score: environment ## how the released weights rank labelled markets: learns and writes nothing (other records: DATA=DIR)
	@exec $(PY) -m calibration score --data $(DATA)

risk-page: environment ## write docs/risk.md from the rulebook, its weights and their evaluation
	$(PY) scripts/generate_risk_page.py

lock: environment ## write requirements/*.txt from pyproject.toml (newest versions: scripts/lock --upgrade)
	scripts/lock

config: environment ## write config/default.yaml and config/env.example from config.py
	$(PY) scripts/generate_config.py

openapi: environment ## write docs/openapi.json
	.venv/bin/endgame openapi >docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json

licences: environment ## refuse a dependency whose licence is not allowed in pyproject.toml
	$(PY) scripts/check_licences.py

audit: environment ## look the locked versions up in the public lists of known vulnerabilities (needs the internet)
	@scripts/audit

environment: ## make .venv with the developers' tools
	@scripts/environment dev

clean: ## remove what was built; databases stay
	rm -rf .venv .venv.lock .container-tools .web.lock web/node_modules web/.next web/out src/endgame/_web build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
