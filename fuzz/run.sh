#!/usr/bin/env bash
# Gives each target a fixed number of executions, so that a run is the same everywhere: fuzz/run.sh [executions, by default 200000].
# It starts from the vectors (seeds.py) and from what earlier hunts found (minimised/, an archive a target). Needs a nightly toolchain and cargo-fuzz.
# A longer hunt is plain `cargo +nightly fuzz run open`.
set -euo pipefail
cd "$(dirname "$0")/.."
runs="${1:-200000}"
found="$(mktemp -d)"
trap 'rm -rf "$found"' EXIT

python3 fuzz/seeds.py
for target in $(cargo +nightly fuzz list); do
    mkdir -p "fuzz/corpus/$target" "$found/$target"
    if [ -f "fuzz/minimised/$target.tar.gz" ]; then
        tar -xzf "fuzz/minimised/$target.tar.gz" -C "$found/$target"
    fi
    case "$target" in
    # A build, a seal and a decode of several types an execution; shape makes its types, too; device signs and verifies.
    seal_open | payload | shape | device) share=$((runs / 4)) ;;
    *) share=$runs ;;
    esac
    printf '\n== [%4ds] %s: %s executions from %s earlier finds\n' "$SECONDS" "$target" "$share" "$(find "$found/$target" -type f | wc -l)"
    # New finds go into the first folder; the second is where earlier hunts got to (fuzz/minimise.sh).
    cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "$found/$target" -- \
        -runs="$share" -seed=1 -max_len=8192 -timeout=10 -rss_limit_mb=1024 \
        -dict=fuzz/dictionaries/tokens.txt -print_final_stats=1 2>&1 |
        grep -E 'panicked|ERROR|stat::number_of_executed_units|stat::peak_rss_mb|Done' || exit 1
done
