#!/usr/bin/env bash
# After a longer hunt: picks from fuzz/corpus/ the few inputs that reach all that the others reach, and puts them into
# fuzz/minimised/<target>, which is checked in and which fuzz/run.sh starts from.
set -euo pipefail
cd "$(dirname "$0")/.."

for target in $(cargo +nightly fuzz list); do
    mkdir -p "fuzz/minimised/$target" "fuzz/corpus/$target"
    kept="$(mktemp -d)"
    cargo +nightly fuzz run "$target" "$kept" "fuzz/minimised/$target" "fuzz/corpus/$target" -- \
        -set_cover_merge=1 -max_len=512 2>&1 | grep -E 'ERROR|panicked' && exit 1
    rm -r "fuzz/minimised/$target"
    mv "$kept" "fuzz/minimised/$target"
    chmod 755 "fuzz/minimised/$target"
    printf '%-14s %4d files, %7d octets\n' "$target" "$(ls "fuzz/minimised/$target" | wc -l)" "$(cat "fuzz/minimised/$target"/* | wc -c)"
done
