# Xiushui CIM: the whole set-up is `make demo` and `make test`.
# Prerequisites: git, make, Python >= 3.11 (with venv), Node >= 20 (with npm). Everything lands in .venv,
# viewer/node_modules, api/http/static and .demo; `make clean` removes all of it.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PYTHON_READY := $(VENV)/.ready
NODE_READY := viewer/node_modules/.ready
VIEWER_READY := api/http/static/index.html
VIEWER_SOURCES := $(shell find viewer/src viewer/public viewer/index.html viewer/vite.config.ts viewer/package-lock.json -type f 2>/dev/null)

.PHONY: help demo test check viewer lock screenshot clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(PYTHON_READY) $(VIEWER_READY) ## Install, build the viewer, convert the sample town, serve it
	@$(BIN)/cim demo --port $(PORT)

test: $(PYTHON_READY) $(NODE_READY) $(VIEWER_READY) ## Install what the tests need and run everything
	@.ci/ensure-chromium
	@.ci/ensure-postgis
	@$(MAKE) --no-print-directory check
	@echo "==> Python, HTTP, command-line and browser tests"
	@$(BIN)/python -m pytest -q

check: $(PYTHON_READY) $(NODE_READY) ## Lint, types, architecture and viewer unit tests
	@echo "==> ruff, mypy, import-linter"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@echo "==> viewer: biome, types, architecture, unit tests"
	@cd viewer && npm run --silent lint && npm run --silent check && npm run --silent arch && npm run --silent test

viewer: $(VIEWER_READY) ## Build the viewer

lock: $(PYTHON_READY) ## Resolve the dependencies of pyproject.toml anew into requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade --quiet -o requirements.lock

screenshot: $(PYTHON_READY) $(NODE_READY) $(VIEWER_READY) ## Take the picture of the README from the demo
	@.ci/ensure-chromium
	@$(BIN)/python -m bench.screenshot docs/images/xiushui-west.png

clean: ## Remove everything that was installed or built
	rm -rf $(VENV) viewer/node_modules api/http/static .demo build dist

$(PYTHON_READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12 ...")'
	@echo "==> Python packages into $(VENV) (exact versions from requirements.lock)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python venv is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.lock
	@CIM_SKIP_WEB=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(NODE_READY): viewer/package.json viewer/package-lock.json
	@node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null || { echo "Node 20 or newer is needed (node --version)" >&2; exit 1; }
	@echo "==> viewer packages into viewer/node_modules (exact versions from package-lock.json)"
	@cd viewer && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(VIEWER_READY): $(NODE_READY) $(VIEWER_SOURCES)
	@echo "==> building the viewer"
	@cd viewer && npm run --silent build
	@touch $@
