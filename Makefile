# make run: start the program on the demo source.  make test: lint, types and all tests.
# The first run of either installs what is missing; later runs need no network.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What Qt's windows need on Debian, the virtual display for machines without one, and a font with CJK characters.
SYSTEM_PACKAGES := python3-venv xvfb xauth libdbus-1-3 libegl1 libfontconfig1 libgl1 libglib2.0-0 libxcb-cursor0 \
	libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-shm0 \
	libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1 libxkbcommon0 libxkbcommon-x11-0 fonts-dejavu-core fonts-wqy-microhei

# What the tests need besides: a virtual display that changes its size.
TEST_PACKAGES := x11-xserver-utils

.PHONY: run test test-program test-window test-rooms torture system clean
.DEFAULT_GOAL := run

run: $(VENV)/run.stamp
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY$$QT_QPA_PLATFORM" ]; then \
		$(BIN)/nhem-qt --source demo --start; \
	else \
		mkdir -p demo-output && \
		xvfb-run -a -s "-screen 0 1920x1080x24" $(BIN)/nhem-qt --source demo --seconds 20 \
			--export demo-output --screenshot demo-output/screenshot.png && \
		echo "There is no display: the demo ran under a virtual one, its results are in demo-output/"; \
	fi

test: $(VENV)/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target test-program test-window test-rooms

# Side by side they need half the time: the first ones, which let the whole program run, mostly wait.
test-program: $(VENV)/test.stamp
	$(BIN)/pytest -m "not torture" tests/test_*.py tests/torture

test-window: $(VENV)/test.stamp
	$(BIN)/pytest -m "not torture" tests/ui

test-rooms: $(VENV)/test.stamp
	$(BIN)/pytest -m "not torture" tests --ignore-glob="tests/test_*.py" --ignore=tests/torture --ignore=tests/ui

torture: $(VENV)/test.stamp
	$(BIN)/pytest -m torture --timeout=0

$(VENV)/run.stamp: pyproject.toml | system
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable ".[video]"
	touch $@

$(VENV)/test.stamp: SYSTEM_PACKAGES += $(TEST_PACKAGES)
$(VENV)/test.stamp: $(VENV)/run.stamp
	$(BIN)/pip install --quiet --editable ".[video,test]"
	touch $@

# Asks the package manager only for what is not there; other systems bring what Qt needs.
system:
	@if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then \
		missing=""; \
		for package in $(SYSTEM_PACKAGES); do \
			dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q "install ok installed" || missing="$$missing $$package"; \
		done; \
		if [ -n "$$missing" ]; then \
			sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
			echo "Installing$$missing"; \
			$$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
		fi; \
	fi

clean:
	rm -rf $(VENV) demo-output
