# Thin: each target gets uv by itself where it is missing, and uv does the rest.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
export UV_COMPILE_BYTECODE = 1

.PHONY: demo test check bench clean

demo: $(UV)
	$(UV) run clearance demo

test: $(UV)
	$(UV) run pytest -n auto --dist loadgroup

check: $(UV)
	$(UV) run ruff format --check
	$(UV) run ruff check
	$(UV) run mypy
	$(UV) run lint-imports

bench: $(UV)
	$(UV) run python -m tests.bench

clean:
	rm -rf .venv .uv build dist clearance-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.uv/bin/uv:
	python3 -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check uv
