#!/usr/bin/env bash
# compile_commands.sh COMMAND FILE...: the compilation database, one entry a source.
set -euo pipefail
command=$1
shift
escape() { sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' <<<"$1"; }
separator='['
for file; do
    printf '%s\n{"directory":"%s","file":"%s","command":"%s -c %s"}' "$separator" "$(escape "$PWD")" "$(escape "$file")" \
        "$(escape "$command")" "$(escape "$file")"
    separator=,
done
printf '\n]\n'
