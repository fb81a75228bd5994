#!/usr/bin/env bash
# After a longer hunt: picks from fuzz/corpus/ the few inputs that reach all that the others reach, and packs them into
# fuzz/minimised/<target>.tar.gz, which is checked in and which fuzz/run.sh starts from. Words after it choose targets.
set -euo pipefail
cd "$(dirname "$0")/.."
# Of an archive, in bytes: they are checked in, and again with every change.
limit=80000
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# pick TARGET [FLAG…]: packs what libFuzzer keeps with these flags.
pick() {
    local target="$1" kept="$work/kept/$1"
    shift
    rm -rf "$kept"
    mkdir -p "$kept"
    cargo +nightly fuzz run "$target" "$kept" "$work/old/$target" "fuzz/corpus/$target" -- \
        -set_cover_merge=1 -max_len=512 "$@" 2>&1 | grep -E 'ERROR|panicked' && exit 1
    # The same inputs make the same archive.
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=644 -cf - -C "$kept" . | gzip -9n >"$work/packed"
    printf '%-14s %4d files, %7d bytes packed %s\n' "$target" "$(find "$kept" -type f | wc -l)" "$(wc -c <"$work/packed")" "$*"
}

targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cargo +nightly fuzz list)
for target in "${targets[@]}"; do
    archive="fuzz/minimised/$target.tar.gz"
    mkdir -p "$work/old/$target" "fuzz/corpus/$target"
    if [ -f "$archive" ]; then
        tar -xzf "$archive" -C "$work/old/$target"
    fi
    pick "$target"
    # An edge that is taken more often counts as another one. Where code calls itself, as the walker of shapes does, that keeps many
    # inputs that reach no further than others: then only the edges count.
    if [ "$(wc -c <"$work/packed")" -gt "$limit" ]; then
        pick "$target" -use_counters=0
    fi
    if [ "$(wc -c <"$work/packed")" -gt "$limit" ]; then
        echo "$archive would be over $limit bytes: left as it is" >&2
        exit 1
    fi
    cp "$work/packed" "$archive"
done
