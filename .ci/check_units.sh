#!/bin/sh
# Checks the systemd files without a running systemd: every key is known, the exposure is at most 1.8, the user can be
# made. systemd-analyze verify only prints what it thinks of a unit, so that any output counts as a fault.
set -eu

MAX_EXPOSURE=18 # tenths

cd "$(dirname "$0")/.."
for tool in systemd-analyze systemd-sysusers; do
    if ! command -v "$tool" >/dev/null; then
        echo "check_units: $tool is missing; install the package systemd" >&2
        exit 1
    fi
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fault() {
    echo "check_units: $1" >&2
    exit 1
}

# The units as `make install` writes them; verify wants the program to exist.
printf '#!/bin/sh\n' >"$folder/migrated"
chmod +x "$folder/migrated"
for unit in migrated.service migrated.socket; do
    sed "s|@SBINDIR@|$folder|g" "systemd/$unit" >"$folder/$unit"
    ! grep -n '@[A-Z]*@' "$folder/$unit" || fault "$unit has a placeholder that is not filled in"
done

findings=$(systemd-analyze verify --man=no --recursive-errors=no "$folder/migrated.service" "$folder/migrated.socket" \
    2>&1) || fault "systemd-analyze verify failed:
$findings"
[ -z "$findings" ] || fault "systemd-analyze verify finds:
$findings"

report=$(systemd-analyze security --offline=true --no-pager --threshold="$MAX_EXPOSURE" "$folder/migrated.service") ||
    fault "the service is exposed more than $MAX_EXPOSURE tenths:
$report"
! grep -q '^IPAddress' systemd/migrated.service || fault "an address filter would lock databases out"

mkdir -p "$folder/image/etc"
findings=$(systemd-sysusers --root="$folder/image" - <systemd/migrated.sysusers 2>&1) || fault "systemd-sysusers failed:
$findings"
grep -q '^migrated:.*:/usr/sbin/nologin$' "$folder/image/etc/passwd" || fault "the user migrated was not made"
grep -q '^User=migrated$' systemd/migrated.service || fault "the service does not run as the user that is made"

printf '%s\n' "$report" | tail -n 1
