# Every target prepares what it needs first; a second run finds it prepared. `make help` explains.
PYTHON := .venv/bin/python
ARGS ?=

.PHONY: help demo serve test soak lint bench fix
help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo:  ## play a day of the state, then serve http://127.0.0.1:8000 (ARGS=--no-serve to stop after the cases)
	@scripts/setup run
	@$(PYTHON) -m motcua.cli.main demo $(ARGS)

serve:  ## run database, worker and site (ARGS="--port 8080" for another port)
	@scripts/setup run
	@$(PYTHON) -m motcua.cli.main serve $(ARGS)

test:  ## lint, then every test but the long proofs (at most ten minutes)
	@scripts/setup test --packages
	@scripts/lint
	@$(PYTHON) -m pytest -n 2 --dist loadfile -m "not soak" $(ARGS)

soak:  ## the long proofs: kill tests, generated processes, fuzzing (at most 25 minutes)
	@scripts/setup test --packages
	@$(PYTHON) -m pytest -m soak $(ARGS)

lint:  ## style, types, who may import whom, templates
	@scripts/setup test
	@scripts/lint

bench:  ## time what matters, as ratios to yardsticks measured in the same run
	@scripts/setup test
	@$(PYTHON) -m motcua.cli.main bench $(or $(ARGS),all)

fix:  ## mend what the linters can mend
	@scripts/setup test
	@$(PYTHON) -m ruff check --fix --quiet .
	@$(PYTHON) -m ruff format --quiet .
