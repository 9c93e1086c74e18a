#!/usr/bin/env bash
# All tests of `make check`, from the build folder given, and one closing line that counts them. Two parts run at a time
# (MIGRATED_TEST_JOBS); what a part says is shown when it has ended.
set -uo pipefail
build=${1:?usage: check.sh BUILD}
export MIGRATED_PROGRAM=${MIGRATED_PROGRAM:-$build/migrated}
case $MIGRATED_PROGRAM in /*) ;; *) MIGRATED_PROGRAM=$PWD/$MIGRATED_PROGRAM ;; esac

jobs=${MIGRATED_TEST_JOBS:-2} shares=6
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Longest first: the short ones fill the end. The suites of integration are dealt out among its shares.
parts=()
for ((share = 1; share <= shares; share++)); do
    parts+=("env MIGRATED_TEST_SHARE=$share/$shares $build/tests/check_integration")
done
parts+=(
    "$build/tests/check_unit"
    "$build/tests/check_core"
    "/usr/bin/python3 tests/tour/tour.py $MIGRATED_PROGRAM"
    "/usr/bin/python3 tests/oracle/compare.py $build/tests/oracle_driver"
    "/usr/bin/python3 tests/oracle/alembic_files.py $MIGRATED_PROGRAM"
    "/usr/bin/python3 tests/oracle/django_files.py $MIGRATED_PROGRAM $build/tests/django_driver"
    "/usr/bin/python3 tests/oracle/sqitch_projects.py $MIGRATED_PROGRAM"
    "/usr/bin/python3 tests/oracle/psql_scripts.py $build/tests/script_driver"
    "/usr/bin/python3 tests/oracle/psql_log.py $MIGRATED_PROGRAM"
)

run() {
    local number=$1 command
    read -ra command <<<"${parts[number]}"
    "${command[@]}" >"$folder/$number.output" 2>&1
    echo $? >"$folder/$number.status"
    {
        flock 9
        echo "== ${parts[number]}"
        cat "$folder/$number.output"
    } 9>"$folder/lock"
}

for number in "${!parts[@]}"; do
    while (($(jobs -rp | wc -l) >= jobs)); do wait -n; done
    run "$number" &
done
wait

# A part's last line "NAME: N passed, N failed" counts; ending badly or without that line is a failure.
passed=0 failed=0
for number in "${!parts[@]}"; do
    line=$(grep -E '^[a-z_]+: [0-9]+ passed, [0-9]+ failed$' "$folder/$number.output" | tail -n 1)
    if [[ $line =~ :\ ([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
        [ "$(cat "$folder/$number.status")" = 0 ] || [ "${BASH_REMATCH[2]}" != 0 ] || failed=$((failed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
