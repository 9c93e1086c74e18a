#!/usr/bin/env bash
# The long suites, one after the other, none left out because another failed: check_long.sh BUILD SUITE...
#
# A suite is a make target ($MAKE runs it). A closing line a suite; what it said stays in BUILD/long.
set -uo pipefail
build=${1:?usage: check_long.sh BUILD SUITE...}
shift
logs=$build/long
mkdir -p "$logs"

# What a log amounts to, from the closing lines of the programs in it.
counts() {
    awk '/^[a-z_]+: [0-9]+ passed, [0-9]+ failed$/  { passed += $2; failed += $4; tests = 1 }
         /^valgrind: /                              { sub(/^valgrind: /, ""); runs = ", " $0 }
         /^(chaos|together|build): [0-9]+ /         { sub(/^[a-z]+: /, ""); runs = $0 }
         /^stat::number_of_executed_units: [0-9]+$/ { inputs += $2 }
         END {
             if (tests)
                 printf "%d passed, %d failed%s", passed, failed, runs
             else if (inputs)
                 printf "%d inputs", inputs
             else
                 printf "%s", runs
         }' "$1"
}

failed=0
for suite; do
    log=$logs/$suite.log
    started=$SECONDS
    verdict=ok
    ${MAKE:-make} --no-print-directory "$suite" >"$log" 2>&1 || { verdict=FAILED && failed=1; }
    printf '%-15s %-6s %5d s  %s\n' "$suite" "$verdict" $((SECONDS - started)) "$(counts "$log")"
    [ $verdict = ok ] || { tail -n 20 "$log" && echo "the whole of it: $log"; }
done
exit $failed
