#!/usr/bin/env bash
# After a longer hunt: picks from fuzz/corpus/ the few inputs that reach all that the others reach, and packs them into
# fuzz/minimised/<target>.tar.gz, which is checked in and which fuzz/run.sh starts from.
set -euo pipefail
cd "$(dirname "$0")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

for target in $(cargo +nightly fuzz list); do
    mkdir -p "$work/kept/$target" "$work/old/$target" "fuzz/corpus/$target"
    archive="fuzz/minimised/$target.tar.gz"
    if [ -f "$archive" ]; then
        tar -xzf "$archive" -C "$work/old/$target"
    fi
    cargo +nightly fuzz run "$target" "$work/kept/$target" "$work/old/$target" "fuzz/corpus/$target" -- \
        -set_cover_merge=1 -max_len=512 2>&1 | grep -E 'ERROR|panicked' && exit 1
    # The same inputs make the same archive.
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=644 -cf - -C "$work/kept/$target" . | gzip -9n >"$archive"
    printf '%-14s %4d files, %7d bytes packed\n' "$target" "$(find "$work/kept/$target" -type f | wc -l)" "$(wc -c <"$archive")"
done
