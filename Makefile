# Everything needs only git, make and a Python 3.11, 3.12 or 3.13 with pip and venv.
# The first call sets up .uv (the installer, pinned here) and .venv (what uv.lock pins). What compares
# other readers of our files has an environment of its own, .readers: it is large, and pandas, which
# comes with it, would change what Beam loads. So have the tools that check the files of deploy/, .linters,
# Airflow, .airflow, and the emulator of BigQuery, .bigquery, which needs a newer Python than ours may be.

UV_VERSION := 0.13.9
EXAMPLE_OUTPUT := out/example
EXAMPLE_DATABASE := out/example.duckdb
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
READERS := .readers/.ready
LINTERS := .linters/.ready
AIRFLOW := .airflow/.ready
EMULATOR := .bigquery/.ready
CLOUD := .cloud/.ready
PINS := deploy/dataflow/requirements.txt
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	--python-version
IMAGE_EXTRAS := --extra bigquery --extra cloud
PACKAGES := $(shell find pipelines schemas transforms -type f -not -name '*.pyc')
TAG = $(shell git describe --always --dirty --abbrev=12 --exclude '*')
CLOUD_BUILD = gcloud builds submit --project $(PROJECT) --config deploy/dataflow/cloudbuild.yaml \
	--substitutions _REPOSITORY=$(REPOSITORY),_ARTIFACTS=$(ARTIFACTS),_TAG=$(TAG)

export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV

.PHONY: help install example check lint types imports test readers deploy-test bigquery-test image templates prism-test flink-test torture bench soak format lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' Makefile

install: $(READY)  ## Set up .venv with exactly what uv.lock pins

example: $(READY)  ## Run the pipeline on the example pages, show one, load all and ask for languages
	rm -rf $(EXAMPLE_OUTPUT) $(EXAMPLE_DATABASE)
	$(BIN)/suzgi ingest --input examples/pages --timezone Asia/Almaty --output $(EXAMPLE_OUTPUT)
	$(BIN)/suzgi inspect $(EXAMPLE_PAGE)
	$(BIN)/suzgi load $(EXAMPLE_OUTPUT) --to duckdb:$(EXAMPLE_DATABASE)
	$(BIN)/python -c "import duckdb; print(duckdb.connect('$(EXAMPLE_DATABASE)').sql('FROM articles_by_language'))"

check: lint types imports test readers  ## All that CI checks without an engine

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

test: $(READY)
	$(BIN)/pytest -n 2 --ignore tests/readers

readers: $(READERS)  ## Compare what seven Avro readers see in our files
	.readers/bin/pytest -n 2 --dist loadgroup tests/readers

deploy-test: $(READY) $(LINTERS) $(AIRFLOW) $(CLOUD)  ## Check the files of deploy/ as their readers would; needs Terraform, Go
	$(BIN)/pytest -n 2 deploy --ignore deploy/flink

bigquery-test: $(READY) $(EMULATOR)  ## Load into an emulator of BigQuery; needs Python 3.13 for that
	SUZGI_BIGQUERY_PYTHON=.bigquery/bin/python $(BIN)/pytest -n 2 tests/bigquery

image:  ## Build the image of the last commit in Google Cloud, with the two templates
	@test -n "$(PROJECT)" -a -n "$(REPOSITORY)" -a -n "$(ARTIFACTS)" || { \
		echo "make image PROJECT=… REPOSITORY=REGION-docker.pkg.dev/PROJECT/NAME ARTIFACTS=bucket" >&2; exit 1; }
	@test -z "$$(git status --porcelain)" || { echo "There are changes that no commit has." >&2; exit 1; }
	mkdir -p dist && git archive --format=tar.gz --output=dist/context.tgz HEAD
	$(CLOUD_BUILD) dist/context.tgz

templates:  ## Write the two templates for an image that is there, such as an older one: TAG=…
	@test -n "$(PROJECT)" -a -n "$(REPOSITORY)" -a -n "$(ARTIFACTS)" || { \
		echo "make templates PROJECT=… REPOSITORY=REGION-docker.pkg.dev/PROJECT/NAME ARTIFACTS=bucket TAG=…" >&2; exit 1; }
	for kind in ingest stream; do \
		gcloud dataflow flex-template build gs://$(ARTIFACTS)/templates/suzgi-$$kind.json \
			--project=$(PROJECT) --image=$(REPOSITORY)/suzgi:$(TAG) --sdk-language=PYTHON \
			--metadata-file=deploy/dataflow/$${kind}_metadata.json || exit 1; done

prism-test: $(READY)  ## Build Beam's runner Prism with Go; compare runs and streams on it with ours
	SUZGI_PRISM="$$(deploy/prism/build)" && export SUZGI_PRISM && $(BIN)/pytest tests/engines/test_prism.py

flink-test: $(READY)  ## Run on a Flink cluster of our own and kill parts of it; needs Java 17 and Maven
	deploy/flink/need_java
	$(BIN)/pytest deploy/flink

torture: $(READY)  ## Kill runs, damage outputs, feed the worst documents: all at full size
	SUZGI_TORTURE=full SUZGI_TORTURE_MOMENTS=100 SUZGI_TORTURE_TRUNCATIONS=200 \
		SUZGI_TORTURE_FLIPS=400 SUZGI_TORTURE_SEQUENCES=300 $(BIN)/pytest -n 2 tests/torture \
		tests/pipelines/test_crashes.py tests/pipelines/test_model.py \
		tests/pipelines/test_verify.py tests/pipelines/test_watch_crashes.py \
		tests/transforms/test_ledger.py tests/transforms/test_watch_model.py

bench: $(READY)  ## Measure the speed of every stage
	$(BIN)/python tests/bench/bench.py

soak: $(READY)  ## Run half a million documents three times: memory, counts, equal bits
	$(BIN)/python tests/bench/soak.py

format: $(READY)  ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(UV)  ## Resolve all dependencies anew: uv.lock, what is made of it, and the other environments
	$(UV) lock --python "$(PYTHON)"
	$(COMPILE) 3.11 deploy/linters/requirements.in --output-file deploy/linters/requirements.txt
	$(COMPILE) 3.11 deploy/airflow/requirements.in --output-file deploy/airflow/requirements.txt
	$(COMPILE) 3.13 tests/bigquery/requirements.in --output-file tests/bigquery/requirements.txt
	$(COMPILE) 3.11 deploy/dataflow/build-requirements.in \
		--output-file deploy/dataflow/build-requirements.txt
	$(UV) export --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate \
		$(IMAGE_EXTRAS) --output-file $(PINS)

clean:  ## Remove what these targets made
	rm -rf .venv .uv .readers .linters .airflow .bigquery .cloud tests/readers/avsc/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist out

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

$(READERS): pyproject.toml uv.lock tests/readers/avsc/package-lock.json $(UV_STAMP)
	UV_PROJECT_ENVIRONMENT=.readers $(UV) sync --frozen --group readers --python "$(PYTHON)"
	@if command -v npm >/dev/null; then \
		npm ci --prefix tests/readers/avsc --ignore-scripts --no-audit --no-fund; \
	else echo "There is no npm, so avsc is left out; CI needs it." >&2; fi
	@touch $@

$(LINTERS) $(AIRFLOW): .%/.ready: deploy/%/requirements.txt $(UV_STAMP)
	$(UV) venv --quiet --clear --python "$(PYTHON)" .$*
	$(UV) pip sync --quiet --python .$* --require-hashes deploy/$*/requirements.txt
	@touch $@

$(EMULATOR): tests/bigquery/requirements.txt $(UV_STAMP)
	python="$$(tests/bigquery/find_python)" && $(UV) venv --quiet --clear --python "$$python" .bigquery
	$(UV) pip sync --quiet --python .bigquery --require-hashes tests/bigquery/requirements.txt
	@touch $@

# As the image: what its requirements pin, and this version as a wheel.
$(CLOUD): $(PINS) pyproject.toml $(PACKAGES) $(UV_STAMP)
	$(UV) venv --quiet --clear --seed --python "$(PYTHON)" .cloud
	$(UV) pip install --quiet --python .cloud --require-hashes --requirement $(PINS)
	$(UV) build --quiet --wheel --out-dir .cloud/dist
	$(UV) pip install --quiet --python .cloud --no-deps .cloud/dist/*.whl
	@touch $@
