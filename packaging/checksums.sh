#!/usr/bin/env bash
# SHA256SUMS of all files for a release: packaging/checksums.sh DIR
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
cd "$1"
SUMS=$(find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%f\0' | sort -z | xargs -0 sha256sum)
printf '%s\n' "$SUMS" | tee SHA256SUMS
