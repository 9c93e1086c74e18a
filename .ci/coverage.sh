#!/usr/bin/env bash
# Line coverage of src/ after the tests of a --coverage build: gcov's figures, a line a file and one for all.
set -euo pipefail
build=${1:?usage: coverage.sh BUILD}
find "$build/src" -name '*.gcda' -print0 | xargs -0 gcov -n 2>/dev/null |
    awk '/^File .src\// { file = $2; gsub(/\x27/, "", file); next }
         /^Lines executed/ && file != "" {
             split($2, part, ":"); sub(/%/, "", part[2]); lines[file] = $4; share[file] = part[2]; file = ""
         }
         END {
             for (f in lines) {
                 printf "%6.1f %%  %5d  %s\n", share[f], lines[f], f | "sort -n"
                 all += lines[f]
                 hit += lines[f] * share[f]
             }
             close("sort -n")
             printf "%6.1f %%  %5d  all\n", hit / all, all
         }'
