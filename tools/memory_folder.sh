#!/usr/bin/env bash
# Prints the folder for the tests' temporary files: memory where there is plenty, else nothing, which is the usual folder.
# Servers that are not about losing power then wait for no disk; `tests/faults` keeps its data on a disk all the same.
set -euo pipefail
folder=/dev/shm
need_kb=$((6 * 1024 * 1024))
[ "$(uname -s)" = Linux ] && [ -w $folder ] && [ -r /proc/meminfo ] || exit 0
[ "$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)" -ge $need_kb ] || exit 0
[ "$(df -Pk $folder | awk 'NR == 2 { print $4 }')" -ge $need_kb ] || exit 0
# Tests start programs that they have written there.
trial=$(mktemp $folder/chasqui-trial-XXXXXX)
trap 'rm -f "$trial"' EXIT
printf '#!/bin/sh\n' >"$trial" && chmod +x "$trial"
"$trial" 2>/dev/null || exit 0
echo $folder
