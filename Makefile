# `make serve` and `make test` are all that a fresh machine with Python 3.11+, git and make needs to know.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve site docs setup test test-all test-lowest coverage fuzz audit messages screenshots bench release lint clean

serve: site
	$(BIN)/broadsheet serve site

site: $(VENV)/installed
	$(BIN)/broadsheet build site

# The manual as a site, in .tools/docs/site: any warning fails.
docs: $(VENV)/installed-for-docs
	$(BIN)/python docs/manual.py

# All that it takes to work on Broadsheet, and hooks that look at what is committed.
setup: $(VENV)/installed-for-tests
	$(BIN)/pre-commit install

test: $(VENV)/installed-for-tests lint
	$(BIN)/pytest -n auto --dist worksteal -m "not slow"

test-all: $(VENV)/installed-for-all-tests
	@tests/outside/install
	$(BIN)/pytest -n auto --dist worksteal -m "slow and not alone"
	$(BIN)/pytest -m alone

# With the lowest versions that pyproject.toml allows of all that users install.
test-lowest: $(VENV)/installed-for-all-tests
	mkdir -p .tools
	$(BIN)/uv pip compile --quiet --resolution lowest-direct --extra all pyproject.toml --output-file .tools/lowest.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .tools/lowest
	$(BIN)/uv pip install --quiet --python .tools/lowest --constraints .tools/lowest.txt --editable ".[test]"
	.tools/lowest/bin/pytest -n auto --dist worksteal -m "not slow"

# How much of the program `make test` and the tests of publishing by rsync run; below 95 % of its lines or of its branches
# it fails.
coverage: $(VENV)/installed-for-tests
	$(BIN)/python docs/covered.py -n auto --dist worksteal

# Whether all is ready for a release, and what is then left to do: make release VERSION=1.2.3
release: $(VENV)/installed-for-all-tests
	@$(BIN)/python docs/release.py $(VERSION)

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
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[check,email,search,serve]"
	touch $@

$(VENV)/installed-for-docs: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[docs]"
	touch $@

$(VENV)/installed-for-tests: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	touch $@

$(VENV)/installed-for-all-tests: $(VENV)/installed-for-tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[docs,test,test-all,fuzz]"
	touch $@

clean:
	rm -rf $(VENV) .coverage .fuzz .tools build dist site/public site/.broadsheet
