# migrated - GNU make. `make help` lists the targets; all output goes to build/.
VERSION := 0.1.0

PREFIX     ?= /usr/local
SBINDIR    ?= $(PREFIX)/sbin
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
DOCDIR     ?= $(PREFIX)/share/doc/migrated

CC      ?= cc
CFLAGS  ?= -O2 -g
B       ?= build

PACKAGES := libpq libmicrohttpd jansson libuv libcrypto libcurl
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wnull-dereference -Wconversion \
            -Wno-sign-conversion -Wno-missing-field-initializers
HARDEN   := -fstack-protector-strong -fPIE -fno-strict-aliasing
our_cflags  = -std=c17 -D_GNU_SOURCE -DMIGRATED_VERSION='"$(VERSION)"' -Iinclude -I$(B)/gen $(WARNINGS) $(HARDEN) \
              $(shell pkg-config --cflags $(PACKAGES)) -MMD -MP
our_ldflags = -pie -Wl,--as-needed -Wl,-z,relro
our_libs    = $(shell pkg-config --libs $(PACKAGES)) -lm
check_libs  = $(shell pkg-config --libs check)

# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '%-5s %s\n' $(1) $(2))

LAYERS := cli daemon flows config files db http notify core base
objects_of = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))
libraries  := $(foreach layer,$(LAYERS),$(B)/lib$(layer).a)
sql_headers := $(patsubst src/db/sql/%.sql,$(B)/gen/db/sql/%.inc,$(wildcard src/db/sql/*.sql))

.PHONY: help all run tests check install uninstall deps format format-check lint check-layers check-asan check-valgrind \
        coverage fuzz dist clean distclean bench
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

all: $(B)/migrated ## build the program

$(B)/migrated: $(B)/src/main.o $(libraries)
	$(call say,LINK,$@)
	$(Q)$(CC) $(our_ldflags) $(LDFLAGS) -o $@ $(B)/src/main.o -Wl,--start-group $(libraries) -Wl,--end-group $(our_libs)

define library
$(B)/lib$(1).a: $(call objects_of,src/$(1))
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $$^
endef
$(foreach layer,$(LAYERS),$(eval $(call library,$(layer))))

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(our_cflags) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# Each statement of src/db/sql runs in psql as it stands; here it becomes a C string literal.
$(B)/gen/db/sql/%.inc: src/db/sql/%.sql
	@mkdir -p $(@D)
	$(Q)sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$$/\\n"/' $< > $@

$(call objects_of,src/db): | $(sql_headers)

# ---- tests ----

test_cflags = $(our_cflags) -Itests $(shell pkg-config --cflags check libcurl)
support_objects := $(call objects_of,tests/support)
core_tests := $(call objects_of,tests/unit/core) $(call objects_of,tests/unit/base)
unit_tests := $(filter-out $(core_tests),$(patsubst %.c,$(B)/%.o,$(wildcard tests/unit/*/*.c)))
integration_tests := $(call objects_of,tests/integration)
core_libraries := $(B)/libcore.a $(B)/libbase.a

$(B)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(test_cflags) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

define runner
$(B)/tests/main_$(1).o: tests/main.c tests/suites.h
	@mkdir -p $$(@D)
	$$(call say,CC,'tests/main.c ($(1))')
	$(Q)$$(CC) $$(test_cflags) $$(CPPFLAGS) $$(CFLAGS) -DRUNNER_NAME='"$(1)"' -DRUNNER_SUITES=$(2) -DRUNNER_SERVER=$(3) -c -o $$@ $$<
endef
$(eval $(call runner,core,CORE_SUITES,0))
$(eval $(call runner,unit,UNIT_SUITES,1))
$(eval $(call runner,integration,INTEGRATION_SUITES,1))

# The core's tests get libcore and libbase and nothing else of ours, and neither libpq nor libuv nor microhttpd.
$(B)/tests/check_core: $(B)/tests/main_core.o $(core_tests) $(B)/tests/support/runner.o $(core_libraries)
	$(call say,LINK,$@)
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ $(check_libs) -lcrypto -ljansson

$(B)/tests/check_unit: $(B)/tests/main_unit.o $(unit_tests) $(support_objects) $(libraries)
	$(call say,LINK,$@)
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(libraries) -Wl,--end-group $(our_libs) $(check_libs)

$(B)/tests/check_integration: $(B)/tests/main_integration.o $(integration_tests) $(support_objects) $(libraries)
	$(call say,LINK,$@)
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(libraries) -Wl,--end-group $(our_libs) $(check_libs)

tests: $(B)/migrated $(B)/tests/check_core $(B)/tests/check_unit $(B)/tests/check_integration ## build the tests

check: ## install what is missing, build, pass all tests
	@.ci/deps.sh test
	@$(MAKE) --no-print-directory tests
	@MIGRATED_PROGRAM=$(B)/migrated .ci/check.sh $(B)

run: ## install what is missing, build, serve the example on a private throw-away PostgreSQL (PORT=8088)
	@.ci/deps.sh run
	@$(MAKE) --no-print-directory all
	@.ci/run_demo.sh $(B)/migrated

deps: ## install everything that building, testing and linting need
	@.ci/deps.sh all

# ---- quality ----

sources := $(wildcard src/*.c src/*/*.c src/*/*.h include/*/*.h tests/*.c tests/*.h tests/*/*.c tests/*/*.h tests/unit/*/*.c \
             tests/unit/*/*.h bench/*.c)

format: ## format all sources
	clang-format-14 -i $(sources)

format-check: ## fail when a source is not formatted
	clang-format-14 --dry-run --Werror $(sources)

check-layers: ## folders are layers, arrows one way; the core is pure
	.ci/check_layers.sh

lint: check-layers ## clang-tidy, cppcheck, layers, units, shell scripts
	.ci/lint.sh $(B)

compile_commands.json: Makefile
	.ci/compile_commands.sh $(sources) > $@

clean: ## remove what was built
	rm -rf $(B)

distclean: clean ## remove everything that git does not know
	rm -f compile_commands.json tags

-include $(shell find $(B) -name '*.d' 2>/dev/null)
