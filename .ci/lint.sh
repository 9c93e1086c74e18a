#!/usr/bin/env bash
# clang-tidy and cppcheck over src/, shellcheck over the scripts, systemd's units, grace periods.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}

make --no-print-directory B="$build" compile_commands.json >/dev/null
mapfile -t sources < <(ls src/*.c src/*/*.c)

printf '%s\n' "${sources[@]}" | xargs -P "$(nproc)" -n 8 clang-tidy --quiet -p . 2>/dev/null

cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -j "$(nproc)" -Iinclude -I"$build/gen" \
    --enable=warning,performance,portability --suppress=missingIncludeSystem \
    --suppress='*:/usr/include/*' src

shellcheck .ci/*.sh .ci/run
.ci/check_units.sh
.ci/check_grace.sh
.ci/check_pains.sh
