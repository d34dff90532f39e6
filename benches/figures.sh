#!/usr/bin/env bash
# The figures of docs/benchmarks.md, all of one build and named by its commit: the size of the program, its
# memory with 1,000 boards, and what the benchmarks measure. Some minutes; a machine with nothing else to do.
#
#   benches/figures.sh              everything
#   benches/figures.sh sessions     one benchmark: size and memory are in this one
#
# Writes to standard output, to be copied into the page as it is, and to target/figures.json: a line for each
# measure, with commit and machine.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "$(git status --porcelain)" ]; then
    echo "there are changes that no commit has: commit them first, so that the figures have a name" >&2
    exit 1
fi
echo "commit    $(git rev-parse --short=12 HEAD), $(git log -1 --format=%cs)"
echo "compiler  $(rustc --version)"
echo "machine   $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), Linux $(uname -r)"
echo

# One at a time: built together they share the features of both, and the benchmark of `sessions`, which builds
# `venued` alone, would build it a second time.
for program in venuectl venued; do cargo build --quiet --release --locked -p "$program"; done
target="${CARGO_TARGET_DIR:-target}/release"
benches/size.sh "$target"
echo

export VENUE_BENCH_JSON="$PWD/target/figures.json"
mkdir -p target && : >"$VENUE_BENCH_JSON"
if [ $# -gt 0 ]; then
    for bench in "$@"; do cargo bench --quiet --locked -p venue-benches --bench "$bench"; done
else
    cargo bench --quiet --locked -p venue-benches
fi
