# Everything needs only git, make and a Python 3.11, 3.12 or 3.13 with pip and venv.
# The first call sets up .uv (the installer, pinned here) and .venv (what uv.lock pins).

UV_VERSION := 0.13.9
EXAMPLE_OUTPUT := out/example
EXAMPLE_PAGE := examples/pages/samal-qala.example/kitaphana.txt

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
BASE := import sys; print(getattr(sys, "_base_executable", sys.executable))
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	if $$name -c '$(SUPPORTED)' >/dev/null 2>&1; then $$name -c '$(BASE)'; break; fi; done)
endif

UV := .uv/bin/uv
BIN := .venv/bin
READY := .venv/.ready

export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV

.PHONY: help install example check lint types imports test prism-test torture bench format lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

install: $(READY)  ## Set up .venv with exactly what uv.lock pins

example: $(READY)  ## Run the pipeline on the example pages and show one of them
	rm -rf $(EXAMPLE_OUTPUT)
	$(BIN)/suzgi ingest --input examples/pages --timezone Asia/Almaty --output $(EXAMPLE_OUTPUT)
	$(BIN)/suzgi inspect $(EXAMPLE_PAGE)

check: lint types imports test  ## Everything that CI checks

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

test: $(READY)
	$(BIN)/pytest -n 2

prism-test: $(READY)  ## Build Beam's runner Prism with Go; compare runs and streams on it with ours
	SUZGI_PRISM="$$(deploy/prism/build)" && export SUZGI_PRISM && $(BIN)/pytest tests/engines/test_prism.py

torture: $(READY)  ## Kill runs, damage outputs, feed the worst documents: all at full size
	SUZGI_TORTURE=full SUZGI_TORTURE_MOMENTS=100 SUZGI_TORTURE_TRUNCATIONS=200 \
		SUZGI_TORTURE_FLIPS=400 $(BIN)/pytest -n 2 tests/torture \
		tests/pipelines/test_crashes.py tests/pipelines/test_verify.py

bench: $(READY)  ## Measure the speed of every stage
	$(BIN)/python tests/bench/bench.py

format: $(READY)  ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(UV)  ## Resolve the dependencies of pyproject.toml anew into uv.lock
	$(UV) lock --python "$(PYTHON)"

clean:  ## Remove what these targets made
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist out

# One version of uv for everybody; the stamp's name makes a new pin a new installation.
UV_STAMP := .uv/.uv-$(UV_VERSION)
$(UV_STAMP):
	@test -n "$(PYTHON)" || { \
		echo "Suzgi needs Python 3.11, 3.12 or 3.13, and none was found." >&2; \
		echo "Install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@"$(PYTHON)" -c '$(SUPPORTED)' || { \
		echo "$(PYTHON) is not Python 3.11, 3.12 or 3.13." >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv (Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(UV): $(UV_STAMP)

$(READY): pyproject.toml uv.lock $(UV_STAMP)
	$(UV) sync --frozen --python "$(PYTHON)"
	@touch $@
