#!/bin/sh
# The grace periods of systemd/migrated.service and etc/kubernetes/sidecar.yaml are long enough for the default of
# stop_timeout, and docs/reliability.md tells these numbers and no others.
set -eu
cd "$(dirname "$0")/.."

fault() {
    echo "check_grace: $1" >&2
    exit 1
}

# The number that a sed expression finds in a file.
number() {
    found=$(sed -n "s/$1/\1/p" "$2" | head -n 1)
    [ -n "$found" ] || fault "$2 has no $1"
    echo "$found"
}

told() {
    grep -qF "$1" docs/reliability.md || fault "docs/reliability.md does not say: $1"
}

stop=$(sed -n '/\.name = "stop_timeout"/,/\.help/p' src/config/option_table.c | sed -n 's/.*\.initial = "\([0-9]*\)s".*/\1/p')
[ -n "$stop" ] || fault "stop_timeout has no default in seconds"
unit=$(number '^TimeoutStopSec=\([0-9]*\)$' systemd/migrated.service)
pod=$(number '^ *terminationGracePeriodSeconds: \([0-9]*\)$' etc/kubernetes/sidecar.yaml)
extend=$(number '^#define EXTEND_TIMEOUT_MS \([0-9]*\)000$' src/daemon/daemon.c)
every=$(number '^#define EXTEND_EVERY_MS  *\([0-9]*\)000$' src/daemon/daemon.c)
serve=$((stop + 2))
job=$((stop * 7 / 4 + 2))

[ "$unit" -ge "$serve" ] || fault "TimeoutStopSec=$unit is less than stop_timeout + 2 s = $serve"
[ "$unit" -gt "$every" ] || fault "TimeoutStopSec=$unit is over before the daemon asks for more, every $every s"
[ "$extend" -gt $((2 * every)) ] || fault "$extend s more, every $every s: one lost message ends it"
[ "$pod" -ge $((serve + 30)) ] || fault "terminationGracePeriodSeconds: $pod leaves the application less than 30 s"
for file in src/daemon/target.c src/cli/job.c; do
    grep -q 'build_grace_ms = .*stop_timeout_ms / 4 \* 3' "$file" || fault "$file: a build's grace is not 3/4 of stop_timeout"
done
grep -q "(${stop}s)" systemd/migrated.service || fault "systemd/migrated.service speaks of another stop_timeout"
grep -q "(${stop}s)" etc/kubernetes/sidecar.yaml || fault "etc/kubernetes/sidecar.yaml speaks of another stop_timeout"

told "with S = $stop s"
told "\`TimeoutStopSec=$unit\`"
told "$serve of $unit s"
told "every $every s the daemon asks for $extend s more"
told "\`terminationGracePeriodSeconds: $pod\`"
told "$serve s of $pod, $((pod - serve)) s for the application"
told "$job s; the default of 30"
told "$serve s; the default of 10"

echo "check_grace: stop_timeout $stop s, systemd $unit s, Kubernetes $pod s"
