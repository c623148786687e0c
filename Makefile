# Everything goes into .venv (and .tool, which holds uv alone). With `make -s` set-up writes nothing to standard output.
PY ?= python3
B := .venv/bin
ARGS ?=
.PHONY: install demo test check bench lock clean
.DELETE_ON_ERROR:

install: .venv/.app

demo: .venv/.app
	@$(B)/cutline demo $(ARGS)

test: .venv/.app
	$(B)/python -m pytest -n 2 $(ARGS)

check: .venv/.app
	$(B)/ruff format --check src tests benchmarks
	$(B)/ruff check src tests benchmarks
	$(B)/mypy
	$(B)/lint-imports
	$(B)/python -m pytest -n 2 -m "not slow"

bench: .venv/.app
	$(B)/python -m benchmarks $(ARGS)

lock: .tool/bin/uv
	.tool/bin/uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -o requirements.lock

clean:
	rm -rf .venv .tool

.tool/bin/uv:
	@$(PY) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "cutline needs Python 3.11 or newer; name one with: make PY=python3.12 …")'
	@$(PY) -m venv .tool 1>&2
	@.tool/bin/pip install -q --disable-pip-version-check uv==0.13.9 1>&2

.venv/.deps: requirements.lock | .tool/bin/uv
	@test -x $(B)/python || .tool/bin/uv venv -q --python $(PY) .venv 1>&2
	@.tool/bin/uv pip sync -q --python $(B)/python --require-hashes requirements.lock 1>&2
	@touch $@

.venv/.app: .venv/.deps pyproject.toml
	@.tool/bin/uv pip install -q --python $(B)/python --no-build-isolation --no-deps -e . 1>&2
	@# What every run loads is compiled once, as pip would: where the environment forbids bytecode, each of its processes took 5 s longer.
	@PYTHONDONTWRITEBYTECODE= $(B)/python -c 'import cutline.workspace.demo, cutline.pipeline.analysis, cutline.workspace.evaluating' 1>&2
	@touch $@
