# Everything is installed into this folder: .venv (the project and its tests), .tools (the local cloud, SAM CLI), .audit (vulnerability scanners), .browser (Playwright),
# .clients (client generators and other people's clients), .fuzz (the fuzzer), .node (Node, if the machine has none), .botocore (the oldest supported version).
ifeq ($(wildcard layers/build.py),)
$(error Run make in its own folder: make -C "$(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST))))" $(MAKECMDGOALS))
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
# Without bytecode, each of two test workers would compile all tests on every run, and each process of the local cloud what it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo serve sam-local sam-invoke import audit audit-dependencies audit-template operator-token openapi errors test test-browser test-clients fuzz client screenshots coverage mutants test-long test-docker bench lint types format build deploy undeploy cost lock clean setup

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /:/' | while IFS=: read -r name text; do printf '  make %-18s %s\n' "$$name" "$$text"; done

demo: setup ## Place a real order on a local deployment and show the mail; VERBOSE=1 prints requests and answers in full
	@.venv/bin/python -m local.demo

serve: setup ## Run the local cloud until Ctrl-C: the API, the desk, a demo organization, a mailbox
	@.venv/bin/python -m local.cloud

sam-local: setup ## Run the API in Docker with `sam local start-api`, on the local cloud, until Ctrl-C
	@.venv/bin/python -m local.sam serve

sam-invoke: setup ## Invoke every file of events/ in Docker with `sam local invoke`, on a local cloud of its own, and check the answers
	@.venv/bin/python -m local.sam invoke

import: setup ## Import FILE=... into the local cloud, or with STACK=... and TOKEN=... on AWS; DRY_RUN=1 only reports, AGAIN=1 allows a repeated file, REPORT_IN=de reports in German
	@.venv/bin/python -m local.import_file "$(FILE)" $(if $(DRY_RUN),--dry-run) $(if $(AGAIN),--again) $(addprefix --organization=,$(ORGANIZATION)) $(addprefix --stack=,$(STACK)) $(addprefix --profile=,$(PROFILE)) $(addprefix --language=,$(REPORT_IN))

audit: .venv/.ready ## Check the stored data of the local cloud, or of TABLE=... in AWS; ORGANIZATION=... and RESOURCE=... check only a part
	@.venv/bin/python -m local.audit $(addprefix --table=,$(TABLE)) $(addprefix --organization=,$(ORGANIZATION)) $(addprefix --resource=,$(RESOURCE))

operator-token: .venv/.ready ## Create a token that can create organizations, or one with every scope for ORGANIZATION=..., valid for DAYS=1, in the local cloud or in TABLE=... in AWS
	@.venv/bin/python -m local.operator_token $(addprefix --organization=,$(ORGANIZATION)) $(addprefix --table=,$(TABLE)) $(addprefix --days=,$(DAYS))

errors: .venv/.ready ## Write the error tables in docs/api.md from the catalogue
	@.venv/bin/python -m local.error_table

openapi: .venv/.ready ## Write docs/openapi.json, docs/calls.md and the tables of docs/api.md from the code; refuses changes that break clients
	@.venv/bin/python -m local.openapi

audit-template: .audit/.ready ## Check template.yaml against the rules of Checkov; the template has a reason for each waived finding
	@.audit/bin/checkov --file template.yaml --framework cloudformation --skip-download --compact --quiet

audit-dependencies: .audit/.ready ## Look up known vulnerabilities of all pinned packages, if a vulnerability database can be reached
	@.venv/bin/python -m local.audit_dependencies

# What pytest leaves out by itself, but for the long proofs, with as many examples and schedules as .ci/run has.
THOROUGHLY := FRONTDESK_HYPOTHESIS=some FRONTDESK_SCHEDULES=1000
EVERY_TEST := -m 'not long and not docker and not clients'

test: lint $(if $(THOROUGH),.botocore/.ready) ## Run the checks and tests (no Docker, no AWS account), and print the ten slowest; THOROUGH=1 adds the long proofs
	@$(if $(THOROUGH),$(THOROUGHLY)) .venv/bin/pytest -n 2 --durations=10 $(if $(THOROUGH),$(EVERY_TEST))

test-browser: setup .browser/.ready ## Test the desk in the machine's Chromium, on a local cloud of its own
	@.browser/bin/python -m pytest -q -c tests/browser/pytest.ini tests/browser

screenshots: setup .browser/.ready ## Take the README's picture of the desk
	@.browser/bin/python -m tests.browser.screenshots

test-clients: setup .clients/python/.ready .clients/.ready ## Test client generators and JSON:API libraries on a local cloud; those for Java and Node if these are installed
	@.venv/bin/pytest -m clients -rs tests/clients

fuzz: .venv/.ready .fuzz/.ready ## Send random requests, valid and invalid, to the functions for SECONDS=300, and check the answers against the document
	@.venv/bin/python -m tests.support.fuzz $(SECONDS)

client: .clients/python/.ready ## Generate and package a Python client: .build/frontdesk_client-*.whl
	@.venv/bin/python -m local.client

coverage: setup .botocore/.ready ## Run the tests of `make test`, and report the code that they do not reach; takes twice as long
	@.venv/bin/pytest -n 2 --cov --cov-report=term-missing:skip-covered

mutants: setup ## Remove each guard of the booking rules in turn, and expect a test to fail; OF=conditions, adapters, domain or usecases selects a part
	@.venv/bin/python -m tests.mutants $(OF)

test-long: setup .botocore/.ready ## Run the chaos, race and schedule tests for hours; DYNAMODB_LOCAL=program adds Amazon's engine
	@.venv/bin/pytest -m 'long or thorough'
	@FRONTDESK_HYPOTHESIS=many .venv/bin/pytest tests/unit tests/integration/test_fuzz.py

test-docker: setup ## Run the tests that need Docker: `sam local start-api`, and `sam local invoke` for each file of events/
	@.venv/bin/pytest -m docker tests/docker

bench: setup ## Measure orders, compare them with plain botocore, and write .local/bench.json; ENGINE=roto selects another engine
	@.venv/bin/python -m bench $(ENGINE)

lint: setup ## Check style, types and the template
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@$(MAKE) --no-print-directory -j2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) types .build/template-is-sound

types:
	@.venv/bin/mypy

# Takes ten seconds, and says the same of the same template.
.build/template-is-sound: template.yaml requirements/tools.txt
	@.tools/bin/cfn-lint template.yaml
	@mkdir -p $(@D) && touch $@

format: .venv/.ready ## Format the code
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

build: .venv/.ready ## Build everything that is deployed, for ARCH=arm64 (default) or x86_64
	@.venv/bin/python layers/build.py $(ARCH)

deploy: setup ## Deploy to AWS: ENV=staging (default) or production; PLAN=1 only shows changes and cost, PARAMETERS='Name=value' applies to this deployment only
	@.venv/bin/python -m local.release $(if $(PLAN),plan,deploy) $(ENV) $(ARCH) $(PARAMETERS)

undeploy: setup ## Delete the stack of ENV=staging (default) or production; lists what is kept, and asks first
	@.venv/bin/python -m local.release undeploy $(ENV) $(ARCH)

cost: setup ## Show the monthly cost of ENV=staging (default) or production without traffic, at list prices
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

clean: ## Remove everything that was installed, built and stored
	@rm -rf .venv .tools .audit .browser .clients .fuzz .node .botocore .build .local .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: .venv/.ready .tools/.ready

# Debian's Python without python3-venv leaves a .venv without pip: it is made again.
.venv/.ready: requirements/uv.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Frontdesk needs Python 3.11 or later: make PYTHON=python3.12 ...'; exit 1; }
	@echo 'Setting up .venv ...'
	@.venv/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv
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

# Package scripts never run. Without npm, the tests that need it are skipped with a note.
.clients/.ready: tests/clients/package.json tests/clients/package-lock.json
	@mkdir -p .clients
	@cp tests/clients/package.json tests/clients/package-lock.json .clients/
	@if command -v npm >/dev/null; then cd .clients && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error; else echo 'npm is missing: JavaScript clients are not tested.'; fi
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
