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

.PHONY: help all run check install uninstall deps format format-check lint check-layers check-asan check-valgrind \
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

clean: ## remove what was built
	rm -rf $(B)

distclean: clean ## remove everything that git does not know
	rm -f compile_commands.json tags

-include $(shell find $(B) -name '*.d' 2>/dev/null)
