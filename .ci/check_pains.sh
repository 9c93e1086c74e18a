#!/usr/bin/env bash
# Every test that a document names by its suite and its name (`sql_scan:pieces_of_a_text`) exists and is run:
# check_pains.sh [DOCUMENT...]
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- README.md CONTRIBUTING.md docs/*.md

# Has a suite of this name (there may be one of the core and one of integration) this test?
has_test() {
    local file
    while read -r file; do
        grep -q "^START_TEST($2)" "$file" && grep -qE "^    tcase_add_[a-z_]+\([a-z_]+, ${2}[,)]" "$file" && return
    done < <(grep -rlE "^Suite \*${1}_suite\(void\)$" tests --include='test_*.c')
    return 1
}

status=0 named=0
while IFS=: read -r document line suite test; do
    named=$((named + 1))
    if ! grep -qE "^    X\($suite\)" tests/suites.h; then
        echo "$document:$line: there is no suite $suite"
        status=1
    elif ! has_test "$suite" "$test"; then
        echo "$document:$line: the suite $suite has no test $test"
        status=1
    fi
done < <(grep -noHP '\x60[a-z_]+:[a-z0-9_]+\x60' "$@" | sed 's/\x60//g')

if [ "$named" = 0 ]; then
    echo "no document names a test"
    status=1
fi
exit "$status"
