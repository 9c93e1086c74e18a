#!/usr/bin/env bash
# The core's and the rim's tests in one process under valgrind, and the program itself: commands, a failing revision, a
# daemon that is started, asked and stopped. Any error or lost byte fails.
#
# Left out: the suites of the test support itself (they fork and kill by design, which CK_FORK=no cannot follow).
set -euo pipefail
build=${1:?usage: check_valgrind.sh BUILD}
# shellcheck disable=SC2054 # commas belong to valgrind's values
valgrind=(valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect
    --errors-for-leak-kinds=definite,indirect)

echo "== the core's tests"
CK_FORK=no "${valgrind[@]}" "$build/tests/check_core"

echo "== the integration tests, the program under valgrind"
wrapper=$PWD/$build/migrated-under-valgrind
{
    echo '#!/bin/sh'
    printf 'exec %s --log-file=%s/valgrind.%%p.log %s/migrated "$@"\n' "${valgrind[*]}" "$PWD/$build" "$PWD/$build"
} > "$wrapper"
chmod +x "$wrapper"
rm -f "$build"/valgrind.*.log
MIGRATED_PROGRAM=$wrapper MIGRATED_TEST_PATIENCE=10 CK_TIMEOUT_MULTIPLIER=10 "$build/tests/check_integration" || true

if cat "$build"/valgrind.*.log | grep -E '^==[0-9]+== (Invalid|Conditional|Use of|Syscall param|.* lost)'; then
    echo "valgrind found what stands above; the logs are in $build/valgrind.*.log"
    exit 1
fi
echo "valgrind: nothing found in $(find "$build" -name 'valgrind.*.log' | wc -l) runs of the program"
