# Everything installs itself below this folder: .venv (the project and its tests), .tools (the local cloud, SAM CLI), .audit (what looks for weaknesses),
# .browser (what drives one), .clients (what makes clients of the API, and others' clients), .fuzz (what tries requests), .node (Node, where the machine has none), .botocore (the oldest that the functions work on).
ifeq ($(wildcard layers/build.py),)
$(error Everything here is relative to this folder: make -C "$(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST))))" $(MAKECMDGOALS))
endif

PYTHON ?= python3
ARCH ?= arm64
ENV ?= staging

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
export PYTHONPATH := layers/domain/python
export SAM_CLI_TELEMETRY := 0

.PHONY: help demo serve sam-local sam-invoke import audit audit-dependencies audit-template operator-token openapi errors test test-browser test-clients fuzz client screenshots coverage mutants test-long test-docker bench lint format build deploy undeploy cost lock clean setup

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /:/' | while IFS=: read -r name text; do printf '  make %-18s %s\n' "$$name" "$$text"; done

demo: setup ## Place a real order through the deployed API, and read the customer's mail; VERBOSE=1 shows requests and answers whole
	@.venv/bin/python -m local.demo

serve: setup ## Run the local cloud until Ctrl-C: the API, the demo organization, a mailbox
	@.venv/bin/python -m local.cloud

sam-local: setup ## Run the API in Docker by `sam local start-api`, on the local cloud, until Ctrl-C
	@.venv/bin/python -m local.sam serve

sam-invoke: setup ## Run every file of events/ in Docker by `sam local invoke`, on a local cloud of its own, and check the answers
	@.venv/bin/python -m local.sam invoke

import: setup ## Import FILE=... on the local cloud, or with STACK=... and TOKEN=... on AWS; DRY_RUN=1 only says what would happen, AGAIN=1 allows what was imported before
	@.venv/bin/python -m local.import_file "$(FILE)" $(if $(DRY_RUN),--dry-run) $(if $(AGAIN),--again) $(addprefix --organization=,$(ORGANIZATION)) $(addprefix --stack=,$(STACK)) $(addprefix --profile=,$(PROFILE))

audit: .venv/.ready ## Look for what is broken in the local cloud, or in TABLE=... with your AWS profile; RESOURCE=... of ORGANIZATION=...
	@.venv/bin/python -m local.audit $(addprefix --table=,$(TABLE)) $(addprefix --organization=,$(ORGANIZATION)) $(addprefix --resource=,$(RESOURCE))

operator-token: .venv/.ready ## Make a token that makes organizations, in the local cloud or in TABLE=... with your AWS profile; DAYS=1
	@.venv/bin/python -m local.operator_token $(addprefix --table=,$(TABLE)) $(addprefix --days=,$(DAYS))

errors: .venv/.ready ## Write the tables of errors in docs/api.md from the catalogue
	@.venv/bin/python -m local.error_table

openapi: .venv/.ready ## Write docs/openapi.json from the code; refuses what would break clients
	@.venv/bin/python -m local.openapi

audit-template: .audit/.ready ## Hold template.yaml to the rules of Checkov; what is waived says why there
	@.audit/bin/checkov --file template.yaml --framework cloudformation --skip-download --compact --quiet

audit-dependencies: .audit/.ready ## Look for known vulnerabilities in all pinned packages, where a database can be reached
	@.venv/bin/python -m local.audit_dependencies

test: lint .botocore/.ready ## Run every check and every test (no Docker, no AWS account); ends with the slowest ten
	@.venv/bin/pytest -n 2 --dist loadgroup --durations=10

test-browser: setup .browser/.ready ## Try the desk in a real browser (Chromium, as the machine has it), on a local cloud of its own
	@.browser/bin/python -m pytest -q -c tests/browser/pytest.ini tests/browser

screenshots: setup .browser/.ready ## Take the picture of the desk that README shows
	@.browser/bin/python -m tests.browser.screenshots

test-clients: setup .clients/python/.ready .clients/.ready ## Try generators of clients and libraries of JSON:API on a local cloud; Java and Node where they are there
	@.venv/bin/pytest -m clients tests/clients

fuzz: .venv/.ready .fuzz/.ready ## Send the functions what the document allows and what it does not, for SECONDS=300
	@.venv/bin/python -m tests.fuzz $(SECONDS)

client: .clients/python/.ready ## Make a Python client of the API, and package it: .build/frontdesk_client-*.whl
	@.venv/bin/python -m local.client

coverage: setup .botocore/.ready ## Run the tests of `make test` and tell what of the code they do not reach; half as fast
	@.venv/bin/pytest -n 2 --dist loadgroup --cov --cov-report=term-missing:skip-covered

mutants: setup ## Take every guard of the booking rules out in turn and see that a test notices; OF=conditions, adapters, domain or usecases alone, PART=1/10 a random tenth
	@.venv/bin/python -m tests.mutants $(OF)

test-long: setup ## Run the chaos, races and schedules that take hours, and all examples of the properties; DYNAMODB_LOCAL=program adds Amazon's engine
	@.venv/bin/pytest -m long
	@FRONTDESK_HYPOTHESIS=many .venv/bin/pytest tests/unit tests/integration/test_fuzz.py

test-docker: setup ## Run what needs Docker: `sam local start-api`, and `sam local invoke` for each file of events/
	@.venv/bin/pytest -m docker tests/docker

bench: setup ## Measure orders beside their floors, into .local/bench.json; ENGINE=roto for another engine
	@.venv/bin/python -m bench $(ENGINE)

lint: setup ## Check style, types and the template
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.tools/bin/cfn-lint template.yaml

format: .venv/.ready ## Format the code
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

build: .venv/.ready ## Lay out what is deployed, for ARCH=arm64 (default) or x86_64
	@.venv/bin/python layers/build.py $(ARCH)

deploy: setup ## Deploy to AWS: ENV=staging (default) or production, ARCH as for build; PLAN=1 only says what would change and its cost, PARAMETERS='Name=value' for once
	@.venv/bin/python -m local.release $(if $(PLAN),plan,deploy) $(ENV) $(ARCH) $(PARAMETERS)

undeploy: setup ## Delete the stack of ENV=staging (default) or production; says what it keeps, and asks
	@.venv/bin/python -m local.release undeploy $(ENV) $(ARCH)

cost: setup ## What ENV=staging (default) or production costs a month while nobody uses it, by list price
	@.venv/bin/python -m local.cost $(ENV)

lock: .venv/.ready ## Pin the newest versions that requirements/*.in allow
	@cd requirements; compile="../.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links"; \
	export UV_CUSTOM_COMPILE_COMMAND="make lock"; \
	$$compile uv.in -o uv.txt; \
	$$compile runtime.in -o ../layers/dependencies/requirements.txt --no-emit-package botocore --no-emit-package jmespath --no-emit-package urllib3 --no-emit-package dnspython; \
	$$compile imports.in -o ../layers/imports/requirements.txt; \
	$$compile dev.in -o dev.txt; \
	$$compile botocore.in -o botocore.txt; \
	$$compile tools.in --override overrides.in -o tools.txt; \
	$$compile audit.in -o audit.txt; \
	$$compile browser.in -o browser.txt; \
	$$compile clients.in -o clients.txt; \
	$$compile fuzz.in -o fuzz.txt; \
	$$compile node.in -o node.txt

clean: ## Remove what was installed, built and stored
	@rm -rf .venv .tools .audit .browser .clients .fuzz .node .botocore .build .local .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: .venv/.ready .tools/.ready

.venv/.ready: requirements/uv.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Frontdesk needs Python 3.11 or later: make PYTHON=python3.12 ...'; exit 1; }
	@echo 'Setting up .venv ...'
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@.venv/bin/uv pip sync --quiet --require-hashes --python .venv/bin/python requirements/dev.txt
	@touch $@

.tools/.ready: requirements/tools.txt | .venv/.ready
	@echo 'Setting up .tools ...'
	@test -x .tools/bin/python || .venv/bin/uv venv --quiet --python .venv/bin/python .tools
	@.venv/bin/uv pip sync --quiet --require-hashes --python .tools/bin/python requirements/tools.txt
	@touch $@

.botocore/.ready: requirements/botocore.txt | .venv/.ready
	@echo 'Setting up .botocore ...'
	@rm -rf .botocore
	@.venv/bin/uv pip install --quiet --require-hashes --target .botocore --requirement requirements/botocore.txt
	@touch $@

.browser/.ready: requirements/browser.txt | .venv/.ready
	@echo 'Setting up .browser ...'
	@test -x .browser/bin/python || .venv/bin/uv venv --quiet --python .venv/bin/python .browser
	@.venv/bin/uv pip sync --quiet --require-hashes --python .browser/bin/python requirements/browser.txt
	@touch $@

.clients/python/.ready: requirements/clients.txt | .venv/.ready
	@echo 'Setting up .clients ...'
	@test -x .clients/python/bin/python || .venv/bin/uv venv --quiet --python .venv/bin/python .clients/python
	@.venv/bin/uv pip sync --quiet --require-hashes --python .clients/python/bin/python requirements/clients.txt
	@touch $@

# No script of a package runs. Without npm there is a note, and the tests that need it are skipped.
.clients/.ready: tests/clients/package.json tests/clients/package-lock.json
	@mkdir -p .clients
	@cp tests/clients/package.json tests/clients/package-lock.json .clients/
	@if command -v npm >/dev/null; then cd .clients && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; else echo 'There is no npm: clients in JavaScript are not tried.'; fi
	@touch $@

.fuzz/.ready: requirements/fuzz.txt | .venv/.ready
	@echo 'Setting up .fuzz ...'
	@test -x .fuzz/bin/python || .venv/bin/uv venv --quiet --python .venv/bin/python .fuzz
	@.venv/bin/uv pip sync --quiet --require-hashes --python .fuzz/bin/python requirements/fuzz.txt
	@touch $@

.audit/.ready: requirements/audit.txt | .venv/.ready
	@echo 'Setting up .audit ...'
	@test -x .audit/bin/python || .venv/bin/uv venv --quiet --python .venv/bin/python .audit
	@.venv/bin/uv pip sync --quiet --require-hashes --python .audit/bin/python requirements/audit.txt
	@touch $@
