#!/usr/bin/env bash
# All tests under valgrind: the core's and the rim's, a process a test, then the integration tests with the program itself
# under valgrind: commands, failing revisions, daemons that are started, asked, killed and stopped. A failed test, any
# error and any lost byte fails. What is known not to be ours stands in .ci/valgrind.supp, with the reason.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
build=$(realpath -e "${1:?usage: check_valgrind.sh BUILD}")
leaks=definite,indirect
valgrind=(valgrind --quiet --error-exitcode=99 --num-callers=30 --leak-check=full "--show-leak-kinds=$leaks"
    "--errors-for-leak-kinds=$leaks" "--suppressions=$PWD/.ci/valgrind.supp")
export MIGRATED_TEST_PATIENCE=${MIGRATED_TEST_PATIENCE:-10} CK_TIMEOUT_MULTIPLIER=${CK_TIMEOUT_MULTIPLIER:-10}

logs=$build/valgrind-logs
rm -rf "$logs"
mkdir "$logs"
export MIGRATED_PROGRAM=$build/migrated-under-valgrind
{
    echo '#!/bin/sh'
    printf 'exec'
    printf ' %q' "${valgrind[@]}" "--log-file=$logs/%p.log" "$build/migrated"
    echo ' "$@"'
} >"$MIGRATED_PROGRAM"
chmod +x "$MIGRATED_PROGRAM"

failed=0
echo "== the core's tests"
"${valgrind[@]}" "$build/tests/check_core" || failed=1
echo "== the rim's tests"
"${valgrind[@]}" "$build/tests/check_unit" || failed=1
echo "== the integration tests, the program under valgrind"
"$build/tests/check_integration" || failed=1

runs=$(find "$logs" -name '*.log' | wc -l)
found=$(find "$logs" -name '*.log' -size +0 | wc -l)
find "$logs" -name '*.log' -size +0 | head -n 5 | xargs -r head -n 40
echo "valgrind: $runs runs of the program, $found with findings"
[ "$failed" = 0 ] && [ "$found" = 0 ] && [ "$runs" -gt 0 ]
