"""component.py COMPONENT: runs a command for WASI 0.2 in wasmtime, once with wasmtime's own clock and randomness, and twice with this
program's, which writes down what it gives."""

import base64
import secrets
import sys
import tempfile
import time

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record

WASI = "0.2.6"
NOW = 1_800_000_000
IDLE = 1_800


def random(linker, given):
    """The random numbers of this host, all of which are in `given` afterwards."""

    def drawn(_, length):
        given.append(secrets.token_bytes(length))
        return given[-1]

    with linker.root() as root, root.add_instance(f"wasi:random/random@{WASI}") as instance:
        instance.add_func("get-random-bytes", drawn)
        instance.add_func("get-random-u64", lambda store: int.from_bytes(drawn(store, 8), "little"))


def clock(linker):
    now = Record()
    now.seconds, now.nanoseconds = NOW, 0
    with linker.root() as root, root.add_instance(f"wasi:clocks/wall-clock@{WASI}") as instance:
        instance.add_func("now", lambda _: now)
        instance.add_func("resolution", lambda _: now)


def run(engine, component, given=None):
    """The lines that a new process prints, each a name and a value."""
    linker = Linker(engine)
    linker.add_wasip2()
    if given is not None:
        linker.allow_shadowing = True
        random(linker, given)
        clock(linker)
    with tempfile.NamedTemporaryFile() as stdout, Store(engine) as store:
        wasi = WasiConfig()
        wasi.stdout_file = stdout.name
        wasi.inherit_stderr()
        store.set_wasi(wasi)
        instance = linker.instantiate(store, component)
        exports = instance.get_export_index(store, "wasi:cli/run@0.2.0")
        outcome = instance.get_func(store, instance.get_export_index(store, "run", exports))(store)
        assert outcome.tag == "ok", outcome
        return [line.split(" ", 1) for line in stdout.read().decode().splitlines()]


def bytes_in(name, value):
    """The random bytes of a line."""
    decoded = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if name == "session-id":
        return bytes.fromhex(value)
    return decoded(value)[12:24] if name == "token" else decoded(value.removeprefix("htk1_"))[:32]


def is_given(drawn, given):
    """Whether these bytes are consecutive words of the host's. getrandom asks for 64 bits at a time; of the first and of the last, which
    need not be aligned, it takes what it needs."""
    for aligned in range(8):
        cuts = [0, *range(aligned or 8, len(drawn), 8), len(drawn)]
        parts = [drawn[start:end] for start, end in zip(cuts, cuts[1:])]
        for first in range(len(given) - len(parts) + 1):
            if all(word.startswith(part) for word, part in zip(given[first:], parts)):
                return True
    return False


def main():
    engine = Engine()
    component = Component.from_file(engine, sys.argv[1])
    passed, seen = 0, set()
    for given in (None, [], []):
        started = int(time.time())
        lines = run(engine, component, given)
        names = [name for name, _ in lines]
        assert names == ["key", "clock", "session-id"] + ["token", "opened", "forged"] * 3, names
        now = int(dict(lines)["clock"])
        if given is None:
            assert started <= now <= time.time(), f"{now} is not this machine's clock"
        else:
            assert now == NOW, f"{now} is not the host's clock"
        passed += 1
        for name, value in lines:
            if name == "opened":
                assert value == f"7 {now + IDLE}", value
                passed += 1
            elif name == "forged":
                assert value == "false", "a forged session opens"
                passed += 1
            elif name != "clock":
                drawn = bytes_in(name, value)
                assert len(drawn) in (12, 16, 32) and drawn not in seen, f"{name} {value} was drawn before"
                assert given is None or is_given(drawn, given), f"{name} {value} did not come from the host"
                seen.add(drawn)
                passed += 1
    print(f"{passed} passed, 0 failed")


main()
