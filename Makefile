# The commands of the project. `make` alone lists them.
#
# Everything happens in a virtual environment, made when it is first needed; packages are installed
# again only when pyproject.toml or constraints.txt changed.

PYTHON ?= python3
VENV ?= .venv
LAB_ARGS ?=
TEST_ARGS ?=
JOBS ?= auto
UNIT ?= tests
BENCH_ARGS ?=

# A file stays in one process. By default those with the fewest tests come last, the slowest of all.
SHARED_OUT := --dist loadfile --no-loadscope-reorder

BIN := $(VENV)/bin
RUN := $(BIN)/python -m

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help lab test unit coverage lint docs bench binder notebooks screenshots constraints clean

help: ## list the commands
	@sed -n 's/^\([a-z]*\): .*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
	  awk -F'|' '{ printf "%-19s %s\n", $$1, $$2 }'
	@echo 'PYTHON=python3.12 chooses the interpreter, VENV=dir the environment;'
	@echo 'LAB_ARGS, TEST_ARGS and BENCH_ARGS are handed on; JOBS=1 tests in one process.'

# In a container one is often root, which JupyterLab refuses unless told; it is bound to loopback.
lab: $(VENV)/installed-lab ## open JupyterLab on the first lesson
	PATH="$(abspath $(BIN)):$$PATH" $(RUN) jupyterlab --ServerApp.ip=127.0.0.1 \
	  --ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/00_start_here.ipynb \
	  $(if $(filter 0,$(shell id -u)),--allow-root) $(LAB_ARGS)

# All three runs happen even if one fails. Browsers are apart: while Playwright runs, the event loop
# of its process is its own. Warnings in notebooks are third parties'.
test: $(VENV)/installed-test ## run every test and every notebook
	@status=0; \
	$(RUN) pytest -n $(JOBS) $(SHARED_OUT) -m 'not browser' $(TEST_ARGS) || status=1; \
	$(RUN) pytest tests/browser $(TEST_ARGS) || status=1; \
	$(RUN) pytest notebooks --nbval --nbval-cell-timeout=120 -n $(JOBS) $(SHARED_OUT) \
	  -W default $(TEST_ARGS) || status=1; \
	exit $$status

unit: $(VENV)/installed-test ## run the tests that need neither a browser nor the notebooks
	$(RUN) pytest $(UNIT) -n $(JOBS) $(SHARED_OUT) \
	  -m 'not browser and not kernel and not thorough' $(TEST_ARGS)

# Started by coverage itself: pytest imports the package, with its plugin, before other plugins.
coverage: $(VENV)/installed-test ## tell which lines the tests leave out; takes long, in one process
	$(RUN) coverage run -m pytest -m 'not browser' $(TEST_ARGS)
	$(RUN) coverage report --skip-covered

lint: $(VENV)/installed-test ## check style, format and types
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

docs: $(VENV)/installed-docs ## build the documentation into docs/_build/html
	$(RUN) sphinx -W --keep-going -q docs docs/_build/html
	@echo 'docs/_build/html/index.html'

bench: $(VENV)/installed-test ## measure speed against other clients
	$(RUN) pip install --quiet -c constraints.txt -r benchmarks/requirements.txt
	$(RUN) benchmarks $(BENCH_ARGS)

# The Python that binder/ names, if it is here, as such or by pyenv; otherwise the usual one.
BINDER_PYTHON = $(shell version=$$(sed 's/python-//' binder/runtime.txt); \
  PYENV_VERSION=$$version python$$version -c 'import sys; print(sys.executable)' 2>/dev/null \
  || echo '$(PYTHON)')

binder: ## run the lessons in a fresh environment, the one that binder/ describes
	rm -rf $(VENV)-binder
	@sh tools/create_venv.sh '$(BINDER_PYTHON)' '$(VENV)-binder'
	$(VENV)-binder/bin/python -m pip install --quiet -r binder/requirements.txt
	$(VENV)-binder/bin/python -m nbconvert --to notebook --execute \
	  --ExecutePreprocessor.timeout=60 --output-dir=build/binder notebooks/*.ipynb

notebooks: $(VENV)/installed-test ## run the notebooks and store their outputs in them
	$(BIN)/python tools/execute_notebooks.py

screenshots: $(VENV)/installed-test ## make the pictures of the README and the docs again
	$(BIN)/python tools/make_screenshots.py

constraints: ## resolve all dependencies again into constraints.txt
	$(PYTHON) tools/make_constraints.py

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) $(VENV)-binder docs/_build docs/lessons .coverage .coverage.* .mypy_cache \
	  .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@sh tools/create_venv.sh '$(PYTHON)' '$(VENV)'

$(VENV)/installed-%: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'installing .[$*] into $(VENV)'
	@$(RUN) pip install --quiet -c constraints.txt -e '.[$*]'
	@touch $@
