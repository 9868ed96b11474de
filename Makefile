# make bench   sets up .venv and runs the main job: the packaged keyword-spotting model
# make test    sets up .venv and runs the tests
# make check   what CI runs after the tests: ruff, mypy, import-linter
# make benchmark   the benchmarks, by hand, on an idle machine

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

# What the tests use: compilers and emulators (libclang-rt has libFuzzer for Debian 12's clang),
# a browser for the report page and a reader of what it prints, a machine to reach over SSH, a serial
# port's way onto the network.
TEST_TOOLS := clang clang-tidy cppcheck libclang-rt-14-dev \
	gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm \
	gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc \
	tcc cmake chromium openssh-client openssh-server ser2net poppler-utils

.PHONY: bench test check benchmark clean

bench: $(VENV)/.core
	$(BIN)/edgebench run

# What time decides runs alone; the rest, which compiles for the most part or waits for a serial
# line, on all processors at once.
# The training tests run in a process of their own: TensorFlow and tflite-runtime in one process
# crash each other.
TIMED := tests/harness tests/power tests/sut tests/host tests/tuning
WAITING := tests/harness/test_device_run.py
AT_ONCE = $(filter-out $(TIMED) tests/training %.py,$(wildcard tests/*)) $(WAITING) edgebench
test: $(VENV)/.test .labgrid/.done
	$(BIN)/python -m pytest -raR --numprocesses=auto --dist=loadgroup $(AT_ONCE)
	$(BIN)/python -m pytest -raR --ignore=$(WAITING) $(TIMED)
	$(BIN)/python -m pytest tests/training

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

benchmark: $(VENV)/.test
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/serial_load.py

# Debian's python3 comes without venv, and LoadGen is compiled where it has no wheel (ARM).
$(BIN)/python:
	sh scripts/system-packages.sh "$(PYTHON)"
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/.core: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml
	sh scripts/system-packages.sh "$(PYTHON)" gcc libc6-dev $(TEST_TOOLS)
	$(BIN)/python -m pip install --quiet --editable '.[test,tflite-runtime,quantize,train,report,power,shard]'
	touch $@ $(VENV)/.core

# The farm's engine: it brings another `serial` package, so it has an environment of its own.
.labgrid/.done: $(BIN)/python
	"$(PYTHON)" -m venv .labgrid
	.labgrid/bin/python -m pip install --quiet labgrid==26.0.1
	touch $@

clean:
	rm -rf $(VENV) .labgrid build dist
