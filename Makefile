# The commands of every day; CI calls the same targets. `make` lists them.
# They use the Python that is active: `make setup` installs the project and its tools into it.

PYTHON ?= python3
SOURCES := bcviewer tests packaging

.PHONY: help setup check test slow long properties test-fast coverage bench minute hour screenshots guide

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup:  ## install the project, editable, with what tests and checks need, and the commit hooks
	$(PYTHON) -m pip install -e ".[test]" pre-commit
	$(PYTHON) -m pre_commit install

check:  ## style, types, layers and rooms: half a minute, no test
	ruff check $(SOURCES)
	ruff format --check $(SOURCES)
	mypy
	lint-imports

test:  ## the suite: everything but what is marked slow or long
	$(PYTHON) -m pytest

slow:  ## what is marked slow: CI runs it, and then the suite
	$(PYTHON) -m pytest -m "slow and not long" --hypothesis-profile=slow

long:  ## what is marked long: every night and before a release, and before you push what it tests
	$(PYTHON) -m pytest -m long --hypothesis-profile=slow

properties:  ## every property of the suite with more examples, drawn anew
	$(PYTHON) -m pytest -m hypothesis --hypothesis-profile=bcviewer

test-fast:  ## of the suite what needs no window and no shared recordings
	$(PYTHON) -m pytest -m "not gui and not slow and not long and not shared" -n 0 \
		--ignore=tests/gui --ignore=tests/widgets --ignore=tests/app

coverage:  ## every branch of the files that are held to it (tests/coverage_by_file.py)
	$(PYTHON) tests/coverage_by_file.py

bench:  ## the rows of the speed goals, as ratios against a reference in the same run
	$(PYTHON) tests/bench/run.py

minute:  ## a curator's minute: scripted hands in the real window; needs the shared recordings
	$(PYTHON) tests/minute/run.py

hour:  ## an hour beside the real phy, driven by keys; needs BCVIEWER_PHY, Xvfb, openbox, xdotool
	$(PYTHON) tests/hour/drive.py

screenshots:  ## the pictures of the README, rendered by the program from its demo
	$(PYTHON) packaging/screenshots.py

guide:  ## the guide as a site, in resources/site; needs the extra "guide"
	$(PYTHON) -m mkdocs build --strict
