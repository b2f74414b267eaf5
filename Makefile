# Two commands matter: `make app` and `make test`. Everything else serves them.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# Real data for the tests that use it; they skip, saying so, where the folder is absent.
export WORKBENCH_TEST_DATA ?= $(abspath ../shared/data)

.PHONY: help app demo install test test-deep check bench notebook wheel clean

help:
	@echo "make app     install, build the demo workspace, open the app on localhost"
	@echo "make demo    build the demo workspace only"
	@echo "make test    install, run the tests"
	@echo "make test-deep  what takes long as well"
	@echo "make check   ruff, format, types"
	@echo "make bench   the measurements (minutes)"
	@echo "make wheel   build the wheel into dist/"

app: $(VENV)/.installed
	$(BIN)/workbench -w demo demo

demo: $(VENV)/.installed
	$(BIN)/workbench -w demo demo --no-open

install: $(VENV)/.installed

# torch first and pinned: another package's open range would take a newer, several times larger build
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	@echo "installing (some minutes on the first run)"
	$(PIP) torch==2.13.0
	$(PIP) hatchling editables
	$(PIP) --no-build-isolation -e .
	@echo "filling the compiled-code cache, so that the first map is not a wait"
	$(BIN)/python -m workbench.warm
	touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(PIP) --no-build-isolation -e ".[dev]"
	touch $@

# the long tests are left to test-deep: real data whole, more kills, more examples
# four workers for two cores, for tests wait on servers and browsers; in the order of their names, since the files
# with the fewest tests take longest and would come last
test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(TESTS)

test-deep: $(VENV)/.dev
	WORKBENCH_DEEP=1 $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder -m "deep or hypothesis" $(TESTS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

wheel: $(VENV)/.dev
	$(BIN)/python -m build --wheel --no-isolation

clean:
	rm -rf $(VENV) dist build
