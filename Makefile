# make bench   sets up .venv and runs the main job: the packaged keyword-spotting model
# make test    sets up .venv and runs the tests
# make check   what CI runs after the tests: ruff, mypy, import-linter, codespell, clang-format, the locks
# make benchmark   the benchmarks, by hand, on an idle machine
# make fuzz    10 million executions of each parser of a device's protocol, every reader of files, 300
#              random networks (hours; less by FUZZ="protocol --executions 1000000")
# make soak    short tests in one process for 25 minutes, more than 24 official hours have: nothing may
#              grow (SOAK="--minutes 60")
# make kills   runs that are killed, stopped or out of disk at 200 random moments (KILLS="--moments 20")
# make mutations   10 models with 200 damages each through show, size, quantize, deploy, profile and
#              run: no traceback, signal or hang (an hour; MUTATIONS="--mutations 20")
# make lock    pins the packages of all environments again (make lock UPGRADE=--upgrade: newer ones)

PYTHON ?= $(or $(shell command -v python3.11 || command -v python3),python3)
VENV := .venv
OLD_VENV := .tflite-runtime
BIN := $(VENV)/bin

# What the tests use: compilers and emulators (libclang-rt has libFuzzer for Debian 12's clang),
# a browser for the report page and a reader of what it prints, a machine to reach over SSH, a serial
# port's way onto the network.
TEST_TOOLS := g++ clang clang-format clang-tidy cppcheck libclang-rt-14-dev \
	gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm \
	gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc \
	tcc cmake chromium openssh-client openssh-server busybox ser2net poppler-utils

# Each environment has what its lock says, and no newer release. The variable also holds for the
# tools that build the package.
LOCKS := requirements
pip_install = PIP_CONSTRAINT=$(LOCKS)/$(2).txt $(1)/bin/python -m pip install --quiet
MAIN_EXTRAS := test,quantize,train,report,power,ppk2,shard,onnx
OLD_EXTRAS := test,tflite-runtime,quantize

.PHONY: bench test check benchmark fuzz soak kills mutations lock clean

bench: $(VENV)/.core
	$(BIN)/edgebench run

# Each process of `make test` adds the tests that it reran to this file: too many fail the run.
export EDGEBENCH_RERUNS := $(abspath $(VENV)/reruns)

# What time decides (marked `timed`) runs alone; the rest, which compiles for the most part or waits
# for a serial line, on all processors at once.
# One process more than processors: serial lines and boards are waited for.
PARALLEL := --numprocesses=$(shell expr $$(nproc) + 1) --dist=loadgroup
files_marked = $(shell grep -rlE '$(1)' tests --include='test_*.py')
TIMED = $(call files_marked,mark\.timed)
# What needs tflite-runtime runs in its environment, the rest in the main one.
MAIN = $(BIN)/python -m pytest -raR
OLD = $(OLD_VENV)/bin/python -m pytest -raR
OLD_FILES = $(call files_marked,mark\.tflite_runtime|RUNTIME_NAMES)
test: $(VENV)/.test .labgrid/.done $(OLD_VENV)/.done
	rm -f $(EDGEBENCH_RERUNS)
	$(MAIN) -m 'not timed and not tflite_runtime' $(PARALLEL)
	$(MAIN) -m 'timed and not tflite_runtime' $(TIMED)
	! [ -x $(OLD_VENV)/bin/python ] || $(OLD) -m 'not timed and tflite_runtime' $(PARALLEL) $(OLD_FILES)
	! [ -x $(OLD_VENV)/bin/python ] || $(OLD) -m 'timed and tflite_runtime' $(filter $(TIMED),$(OLD_FILES))

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	sh scripts/format-c.sh --check
	$(BIN)/python scripts/check_locks.py

benchmark: $(VENV)/.test
	$(BIN)/python benchmarks/overhead.py
	$(BIN)/python benchmarks/serial_load.py

# Each prints its figures and ends with 1 where something was found (CONTRIBUTING.md).
fuzz: $(VENV)/.fuzz
	$(BIN)/python -m tests.fuzzing $(FUZZ)

soak: $(VENV)/.test
	$(BIN)/python -m tests.soak $(SOAK)

kills: $(VENV)/.test
	$(BIN)/python -m tests.kills $(KILLS)

# On x86-64 with Python 3.11; elsewhere pip takes the same releases of what it needs there.
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(UPGRADE)
extras = $(patsubst %,--extra %,$(subst $(comma), ,$(1)))
comma := ,
mutations: $(VENV)/.test
	PYTHONPATH=. $(BIN)/python benchmarks/mutated_models.py $(MUTATIONS)

lock: $(BIN)/python
	$(BIN)/python -m pip install --quiet pip-tools==7.6.2
	$(LOCK) $(call extras,$(MAIN_EXTRAS)) pyproject.toml $(LOCKS)/build.in -o $(LOCKS)/main.txt
	$(LOCK) $(call extras,$(OLD_EXTRAS)) pyproject.toml $(LOCKS)/build.in -o $(LOCKS)/tflite-runtime.txt
	$(LOCK) $(LOCKS)/labgrid.in -o $(LOCKS)/labgrid.txt
	$(LOCK) $(LOCKS)/fuzz.in -o $(LOCKS)/fuzz.txt

# Debian's python3 comes without venv, and LoadGen is compiled where it has no wheel (ARM).
$(BIN)/python:
	sh scripts/system-packages.sh "$(PYTHON)"
	"$(PYTHON)" -m venv $(VENV)

# A 32-bit Pi has tflite-runtime and numpy 1 in the main environment.
CORE_LOCK = $(if $(filter armv6l armv7l,$(shell uname -m)),tflite-runtime,main)
$(VENV)/.core: $(BIN)/python pyproject.toml $(LOCKS)/$(CORE_LOCK).txt
	$(call pip_install,$(VENV),$(CORE_LOCK)) --editable .
	touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml $(LOCKS)/main.txt
	sh scripts/system-packages.sh "$(PYTHON)" gcc libc6-dev $(TEST_TOOLS)
	$(call pip_install,$(VENV),main) --editable '.[$(MAIN_EXTRAS)]'
	touch $@ $(VENV)/.core

$(VENV)/.fuzz: $(VENV)/.test $(LOCKS)/fuzz.txt
	$(call pip_install,$(VENV),fuzz) --requirement $(LOCKS)/fuzz.in
	touch $@

# tflite-runtime wants numpy 1, which would hold back all others; it has no wheel for Python 3.12.
$(OLD_VENV)/.done: $(BIN)/python pyproject.toml $(LOCKS)/tflite-runtime.txt
	mkdir -p $(OLD_VENV)
	if $(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 12))'; then \
		"$(PYTHON)" -m venv $(OLD_VENV) && \
		$(call pip_install,$(OLD_VENV),tflite-runtime) --editable '.[$(OLD_EXTRAS)]' && \
		$(OLD_VENV)/bin/python -c 'import tflite_runtime.interpreter'; \
	else \
		echo "no tflite-runtime for this Python: its tests are left out"; \
	fi
	touch $@

# The farm's engine: it brings another `serial` package, so it has an environment of its own.
.labgrid/.done: $(BIN)/python $(LOCKS)/labgrid.txt
	"$(PYTHON)" -m venv .labgrid
	$(call pip_install,.labgrid,labgrid) --requirement $(LOCKS)/labgrid.in
	touch $@

clean:
	rm -rf $(VENV) $(OLD_VENV) .labgrid build dist
