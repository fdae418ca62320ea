# `make serve` and `make test` are all that a fresh machine with Python 3.11+, git and make needs to know.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve site test test-all fuzz audit messages screenshots bench lint clean

serve: site
	$(BIN)/broadsheet serve site

site: $(VENV)/installed
	$(BIN)/broadsheet build site

test: $(VENV)/installed-for-tests lint
	$(BIN)/pytest -n auto --dist worksteal -m "not slow"

test-all: $(VENV)/installed-for-all-tests
	@tests/outside/install
	$(BIN)/pytest -n auto --dist worksteal -m "slow and not alone"
	$(BIN)/pytest -m alone

# A long one: FUZZ_SECONDS for each target, or FUZZ_RUNS executions; or the targets that TARGETS names.
fuzz: export FUZZ_SECONDS := $(or $(FUZZ_SECONDS),$(if $(FUZZ_RUNS),,600))
fuzz: $(VENV)/installed-for-all-tests
	$(BIN)/python -m fuzz $(TARGETS)

# Whether a vulnerability is known of anything that is installed here. It needs the network: what can not be asked about
# fails, since the program that asks would call it clean. The other source of advisories: make audit ADVISORIES=osv
ADVISORIES ?= pypi

audit: $(VENV)/installed-for-all-tests
	$(PYTHON) -m venv .tools/audit
	.tools/audit/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip-audit
	$(BIN)/python -m pip freeze --disable-pip-version-check --exclude-editable >.tools/audit/installed.txt
	@.tools/audit/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off --timeout 15 \
		--vulnerability-service $(ADVISORIES) --requirement .tools/audit/installed.txt || { \
		echo "The audit is not clean: a vulnerability is named above, or the advisories ($(ADVISORIES)) could not be asked." >&2; \
		exit 1; }

# The pictures in README.md and docs/.
screenshots: $(VENV)/installed-for-all-tests
	@tests/outside/install
	$(BIN)/python docs/screenshots.py

# After a change of what templates and code say to readers: docs/languages.md.
messages: $(VENV)/installed
	$(BIN)/python docs/messages.py

# As users have it: a package, not a checkout.
bench:
	rm -rf build
	$(PYTHON) -m venv .tools/bench/broadsheet
	.tools/bench/broadsheet/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall .
	.tools/bench/broadsheet/bin/python benchmarks/run.py

lint: $(VENV)/installed-for-tests
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

$(VENV)/installed: pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Broadsheet needs Python 3.11 or newer: make PYTHON=python3.12 …')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[check,search,serve]"
	touch $@

$(VENV)/installed-for-tests: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[check,search,serve,test]"
	touch $@

$(VENV)/installed-for-all-tests: $(VENV)/installed-for-tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[check,search,serve,test,test-all,fuzz]"
	touch $@

clean:
	rm -rf $(VENV) .fuzz .tools build dist site/public site/.broadsheet
