#!/usr/bin/env bash
# The size of the programs without symbols, beside what is accepted in benches/sizes. One that has grown by more than
# a tenth fails: whoever makes it larger on purpose changes the file in the same commit, and says why.
#
#   benches/size.sh target/release   the folder with the programs of a release build
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
folder="${1:?the folder with the programs, such as target/release}"

stripped="$(mktemp)"
trap 'rm -f "$stripped"' EXIT
grown=0
while read -r program accepted; do
    strip --strip-all -o "$stripped" "$folder/$program"
    bytes="$(stat -c %s "$stripped")"
    awk -v name="$program" -v bytes="$bytes" -v accepted="$accepted" 'BEGIN {
        printf "%-8s  %.2f MiB without symbols (%d bytes, %.2f times what is accepted)\n",
            name, bytes / 1048576, bytes, bytes / accepted
    }'
    if [ "$((bytes * 10))" -gt "$((accepted * 11))" ]; then
        echo "$program has grown: $bytes bytes in place of $accepted (benches/sizes)" >&2
        grown=1
    fi
done < <(grep -v '^#' "$here/sizes")
exit "$grown"
