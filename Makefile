# The commands.  Everything else is Meson's: see README.md.
#
#   make run     installs what is missing, builds, and opens the window; without a display it draws a picture
#   make test    installs what is missing, builds, and runs every test
#   make drivers builds, and on Debian as root runs the kernel and model suites on drivers that this machine does not have
#   make tsan    on Debian: the session suites under ThreadSanitizer, in build-tsan
#   make deb     Debian packages of what is committed, in build-deb
#   make deb-test
#                on Debian as root: builds, installs and uses them on a clean Debian 12 and 13
#   make flatpak a Flatpak bundle of what is committed, in build-flatpak; the runtime that it names must be installed
#   make flatpak-test
#                on Debian as root: the same on a runtime made of Debian's newest packages, used in its sandbox

BUILD ?= build
MESON_ARGS ?=

PROMPT = a red cube on top of a blue sphere on grass

.PHONY: run test drivers tsan deb deb-test flatpak flatpak-test all clean

run:
	@./.ci/install-deps
	@./.ci/install-glslc build-glslc
	@$(MAKE) --no-print-directory all
	@if [ -n "$$WAYLAND_DISPLAY$$DISPLAY" ] && [ -x $(BUILD)/src/app/limn ]; then \
	  exec $(BUILD)/src/app/limn; \
	else \
	  pictures=$$(xdg-user-dir PICTURES 2>/dev/null || echo "$$HOME/Pictures"); \
	  mkdir -p "$$pictures/Limn"; \
	  picture="$$pictures/Limn/first-light.png"; \
	  echo "No display: drawing \"$(PROMPT)\""; \
	  $(BUILD)/src/cli/limn-cli generate --prompt "$(PROMPT)" --output "$$picture" && \
	  echo "The picture is $$picture"; \
	fi

test:
	@./.ci/install-deps test
	@./.ci/install-glslc build-glslc
	@$(MAKE) --no-print-directory all
	@meson test -C $(BUILD) --print-errorlogs

drivers:
	@./.ci/install-deps test
	@./.ci/install-glslc build-glslc
	@$(MAKE) --no-print-directory all
	@sh tests/drivers/drivers.sh $(BUILD)

tsan:
	@./.ci/install-deps test
	@./.ci/install-glslc build-glslc
	@sh tests/tsan/tsan.sh build-tsan

deb:
	@./.ci/make-deb build-deb

deb-test:
	@for suite in bookworm trixie; do sh tests/packages/deb.sh build-deb-test $$suite || exit 1; done

flatpak:
	@./.ci/make-flatpak build-flatpak

flatpak-test:
	@sh tests/flatpak/flatpak.sh build-flatpak-test

all: $(BUILD)/build.ninja
	@meson compile -C $(BUILD)

$(BUILD)/build.ninja:
	@meson setup $(BUILD) $(MESON_ARGS)

clean:
	rm -rf $(BUILD)
