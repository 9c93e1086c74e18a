# migrated - GNU make. `make help` lists the targets; all output goes to build/.
VERSION := $(shell sed -n 's/^\#define MIGRATED_VERSION "\(.*\)"/\1/p' include/base/version.h)

PREFIX     ?= /usr/local
SBINDIR    ?= $(PREFIX)/sbin
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
DOCDIR     ?= $(PREFIX)/share/doc/migrated

CC      ?= cc
CFLAGS  ?= -O2 -g
B       ?= build

PACKAGES := libpq libmicrohttpd jansson libuv nettle yaml-0.1
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
            -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wnull-dereference -Wconversion \
            -Wno-sign-conversion -Wno-missing-field-initializers
HARDEN   := -fstack-protector-strong -fPIE -fno-strict-aliasing
our_cflags  = -std=c17 -D_GNU_SOURCE -Iinclude -I$(B)/gen $(WARNINGS) $(HARDEN) \
              $(shell pkg-config --cflags $(PACKAGES)) -MMD -MP
our_ldflags = -pie -Wl,--as-needed -Wl,-z,relro
our_libs    = $(shell pkg-config --libs $(PACKAGES))
check_libs  = $(shell pkg-config --libs check libcurl)

# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '%-5s %s\n' $(1) $(2))

LAYERS := cli daemon flows config files db http notify core base
objects_of = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)/*.c))
libraries  := $(foreach layer,$(LAYERS),$(B)/lib$(layer).a)
sql_headers := $(patsubst src/db/sql/%.sql,$(B)/gen/db/sql/%.inc,$(wildcard src/db/sql/*.sql))

.PHONY: help all run tests check install uninstall deps format format-check lint check-layers check-asan check-clang \
        check-valgrind check-versions coverage fuzz oracle check-long dist clean distclean
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
$(B)/tests/main_$(1).o: tests/main.c tests/suites.h Makefile
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
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs check) -lnettle -lyaml -ljansson

$(B)/tests/check_unit: $(B)/tests/main_unit.o $(unit_tests) $(support_objects) $(libraries)
	$(call say,LINK,$@)
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(libraries) -Wl,--end-group $(our_libs) $(check_libs)

$(B)/tests/check_integration: $(B)/tests/main_integration.o $(integration_tests) $(support_objects) $(libraries)
	$(call say,LINK,$@)
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(libraries) -Wl,--end-group $(our_libs) $(check_libs)

# Answer for our graphs in the comparison with Alembic and Django, for our scanner in that with psql (tests/oracle/).
$(B)/tests/oracle_driver $(B)/tests/django_driver $(B)/tests/script_driver: $(B)/tests/%: $(B)/tests/oracle/%.o $(core_libraries)
	$(call say,LINK,$@)
	$(Q)$(CC) -pie $(LDFLAGS) -o $@ $^ -lnettle -lyaml -ljansson

tests: $(B)/migrated $(B)/tests/oracle_driver $(B)/tests/django_driver $(B)/tests/script_driver $(B)/tests/check_core $(B)/tests/check_unit $(B)/tests/check_integration ## build the tests

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
	@clang-format-14 -i $(sources)

format-check: ## fail when a source is not formatted
	@clang-format-14 --dry-run --Werror $(sources)

check-layers: ## folders are layers, arrows one way; the core is pure
	.ci/check_layers.sh

lint: check-layers $(sql_headers) ## clang-tidy, cppcheck, layers, units, shell scripts
	.ci/lint.sh $(B)

# The same suites under other compilers and tools, each in a build folder of its own.
SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined

check-asan: ## all tests with AddressSanitizer, LeakSanitizer and UBSan
	@$(MAKE) --no-print-directory B=$(B)/asan CFLAGS='$(SANITIZE)' LDFLAGS='$(SANITIZE)' tests
	@MIGRATED_PROGRAM=$(B)/asan/migrated MIGRATED_TEST_PATIENCE=3 CK_TIMEOUT_MULTIPLIER=3 .ci/check.sh $(B)/asan

check-clang: ## build everything with clang, warnings are errors
	@$(MAKE) --no-print-directory B=$(B)/clang CC=clang tests

check-valgrind: ## all tests, and the program in them, under valgrind (slow)
	@$(MAKE) --no-print-directory B=$(B)/valgrind CFLAGS='-O1 -g -DUNDER_VALGRIND' tests
	@.ci/check_valgrind.sh $(B)/valgrind

check-versions: tests ## the integration tests on PostgreSQL 13 to 18, fetched once by npm (VERSIONS='13 18')
	@.ci/check_versions.sh $(B) $(VERSIONS)

coverage: ## line coverage of all tests: a line a file, the least first, and one for all
	@$(MAKE) --no-print-directory B=$(B)/coverage CFLAGS='-O0 -g --coverage' LDFLAGS='--coverage' tests
	@find $(B)/coverage -name '*.gcda' -delete
	@MIGRATED_PROGRAM=$(B)/coverage/migrated .ci/check.sh $(B)/coverage
	@.ci/coverage.sh $(B)/coverage

FUZZ_SECONDS ?= 60
fuzzers := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*.c))

$(B)/fuzz/%: tests/fuzz/%.c $(wildcard src/core/*.c src/base/*.c)
	@mkdir -p $(@D)
	$(Q)clang $(filter-out -MMD -MP,$(our_cflags)) -O1 -g -fsanitize=fuzzer,address,undefined -o $@ $^ -lnettle -lyaml -ljansson

fuzz: $(fuzzers) ## fuzz the scanner and the file reader (FUZZ_SECONDS=60 each)
	@for fuzzer in $(fuzzers); do mkdir -p $$fuzzer.corpus; \
	    $$fuzzer -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -artifact_prefix=$$fuzzer. $$fuzzer.corpus || \
	        exit 1; done

ORACLE_SEEDS ?= 1 2 3 4 5 6 7 8

oracle: $(B)/tests/oracle_driver $(B)/tests/django_driver $(B)/tests/script_driver $(B)/migrated ## compare with Alembic, Django and psql (ORACLE_SEEDS='1 2', ORACLE_GRAPHS=500, ORACLE_PROJECTS=100, ORACLE_SCRIPTS=1600 each)
	@for seed in $(ORACLE_SEEDS); do /usr/bin/python3 tests/oracle/compare.py --seed $$seed $< || exit 1; \
		/usr/bin/python3 tests/oracle/alembic_files.py --seed $$seed $(B)/migrated || exit 1; \
		/usr/bin/python3 tests/oracle/django_files.py --seed $$seed $(B)/migrated $(B)/tests/django_driver || exit 1; \
		/usr/bin/python3 tests/oracle/psql_scripts.py --seed $$seed $(B)/tests/script_driver || exit 1; done

LONG_SUITES ?= check check-asan check-clang check-valgrind fuzz oracle chaos together build-probed readers

check-long: ## all of the above that takes long, a closing line each (FUZZ_SECONDS=, ORACLE_SEEDS=, LONG_SUITES=)
	@.ci/deps.sh all
	@MAKE='$(MAKE)' .ci/check_long.sh $(B) $(LONG_SUITES)

# ---- faults ----

.PHONY: chaos chaos-long together build-probed

chaos: ## kills, cuts and restarts while daemons apply random graphs (CHAOS_SECONDS=60 CHAOS_SEED=1 CHAOS_EPISODE=)
	@.ci/deps.sh test
	@$(MAKE) --no-print-directory all
	@/usr/bin/python3 tests/chaos/chaos.py $(B)/migrated

chaos-long: export CHAOS_UNTIL ?= 50
chaos-long: export CHAOS_KILLS ?= 2000
chaos-long: export CHAOS_WORKERS ?= 4
chaos-long: chaos ## the same until 2,000 were killed and each fault has struck 50 times in each phase (CHAOS_SEED=1)

together: ## 50 upgrades started together on an empty database, 100 times (TOGETHER_ROUNDS=, TOGETHER_PROCESSES=)
	@.ci/deps.sh test
	@$(MAKE) --no-print-directory all
	@/usr/bin/python3 tests/chaos/together.py $(B)/migrated

build-probed: ## an index build on 5 million rows, /readyz probed 100 times a second meanwhile (BUILD_ROWS=)
	@.ci/deps.sh test
	@$(MAKE) --no-print-directory all
	@/usr/bin/python3 tests/chaos/build.py $(B)/migrated

# ---- speed ----

.PHONY: bench
bench_programs := $(patsubst bench/%.c,$(B)/bench/%,$(wildcard bench/*.c))
relay_objects := $(patsubst %,$(B)/tests/support/%.o,relay relay_loop fail)

$(B)/bench/%.o: bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(our_cflags) -Itests $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/bench/%: $(B)/bench/%.o $(libraries)
	$(call say,LINK,$@)
	$(Q)$(CC) $(our_ldflags) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(libraries) -Wl,--end-group \
	    $(our_libs) $(bench_libs)

$(B)/bench/relay: $(relay_objects)
$(B)/bench/relay: bench_libs = $(check_libs)

bench: ## install what is missing, build, measure, print the table of docs/performance.md (BENCH='--help')
	@.ci/deps.sh bench
	@$(MAKE) --no-print-directory $(B)/migrated $(bench_programs)
	@/usr/bin/python3 bench/bench.py $(BENCH) $(B)/migrated $(B)/bench

.PHONY: readers
READERS_TRIES ?= 6

readers: ## how long readers wait beside a migration that is held up; too long is a failure (READERS_TRIES=6)
	@.ci/deps.sh test
	@$(MAKE) --no-print-directory all
	@/usr/bin/python3 bench/readers.py --tries $(READERS_TRIES) $(B)/migrated

# ---- installing ----

install: $(B)/migrated ## install the program, its unit files and documents (DESTDIR, PREFIX)
	install -D -m 755 $(B)/migrated $(DESTDIR)$(SBINDIR)/migrated
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR) $(DESTDIR)$(DOCDIR)
	sed 's|@SBINDIR@|$(SBINDIR)|' systemd/migrated.service > $(DESTDIR)$(UNITDIR)/migrated.service
	install -m 644 systemd/migrated.socket $(DESTDIR)$(UNITDIR)/migrated.socket
	install -m 644 systemd/migrated.sysusers $(DESTDIR)$(SYSUSERSDIR)/migrated.conf
	[ -e $(DESTDIR)$(SYSCONFDIR)/migrated/migrated.conf ] || \
	    install -D -m 644 etc/migrated.conf $(DESTDIR)$(SYSCONFDIR)/migrated/migrated.conf
	install -m 644 README.md LICENSE $(DESTDIR)$(DOCDIR)

uninstall: ## remove what install put there (the configuration stays)
	rm -f $(DESTDIR)$(SBINDIR)/migrated $(DESTDIR)$(UNITDIR)/migrated.service $(DESTDIR)$(UNITDIR)/migrated.socket
	rm -f $(DESTDIR)$(SYSUSERSDIR)/migrated.conf
	rm -rf $(DESTDIR)$(DOCDIR)

dist: ## build/migrated-VERSION.tar.gz from what is committed
	@mkdir -p $(B)
	git archive --prefix=migrated-$(VERSION)/ -o $(B)/migrated-$(VERSION).tar.gz HEAD

compile_commands.json: Makefile ## for editors and clang-tidy
	@.ci/compile_commands.sh '$(CC) $(filter-out -MMD -MP,$(test_cflags)) $(CFLAGS)' $(filter %.c,$(sources)) > $@

clean: ## remove what was built
	rm -rf $(B)

distclean: clean ## remove everything that git does not know
	rm -f compile_commands.json tags

-include $(shell find $(B) -name '*.d' 2>/dev/null)
