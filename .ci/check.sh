#!/usr/bin/env bash
# All tests of `make check`, from the build folder given, and one closing line that counts them.
set -uo pipefail
build=${1:?usage: check.sh BUILD}
export MIGRATED_PROGRAM=${MIGRATED_PROGRAM:-$build/migrated}
case $MIGRATED_PROGRAM in /*) ;; *) MIGRATED_PROGRAM=$PWD/$MIGRATED_PROGRAM ;; esac

passed=0 failed=0 broken=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

# run WHAT...: its last line "NAME: N passed, N failed" counts; ending badly or without that line is a failure.
run() {
    echo "== $*"
    "$@" 2>&1 | tee "$output"
    local status=${PIPESTATUS[0]} line
    line=$(grep -E '^[a-z_]+: [0-9]+ passed, [0-9]+ failed$' "$output" | tail -n 1)
    if [[ $line =~ :\ ([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        [ "$status" = 0 ] || [ "${BASH_REMATCH[2]}" != 0 ] || broken=1
    else
        broken=1
    fi
}

run "$build/tests/check_core"
run "$build/tests/check_unit"
run "$build/tests/check_integration"
run /usr/bin/python3 tests/tour/tour.py "$MIGRATED_PROGRAM"
run /usr/bin/python3 tests/oracle/compare.py "$build/tests/oracle_driver"
run /usr/bin/python3 tests/oracle/alembic_files.py "$MIGRATED_PROGRAM"

[ "$broken" = 0 ] || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
