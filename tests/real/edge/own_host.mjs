// own_host.mjs MODULE: a host that gives a module nothing but a clock and randomness, by names that it chose.
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(file));
const NOW = 1_800_000_000n;
const drawn = [];
let status = 0;
const host = {
  seconds: () => NOW,
  random: (at, length) => {
    drawn.push(length);
    if (status === 0) randomFillSync(Buffer.from(exports.memory.buffer, at, length));
    return status;
  },
};
const { exports } = new WebAssembly.Instance(module, { host });

// Nothing else is asked for: no import of JavaScript's.
assert.deepEqual(WebAssembly.Module.imports(module).map(({ module, name }) => `${module}.${name}`).sort(), ['host.random', 'host.seconds']);
assert.equal(exports.refused_without_a_clock(), 1);
drawn.length = 0;
assert.equal(exports.expires(), NOW + 1_800n);
assert.deepEqual(drawn.sort((a, b) => a - b), [12, 16, 32], 'bytes drawn for a nonce, a session id and a key');
status = 1;
assert.equal(exports.expires(), 0n, 'a session without randomness');

// docs/edge.md shows lines of the program.
const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const [, shown] = read('../../../docs/edge.md').match(/```rust,ignore\n(use hardtack[^]*?)```/);
const program = read('examples/own_host.rs').split('\n');
assert.deepEqual(shown.trim().split('\n').filter((line) => !program.includes(line)), []);
console.log('5 passed, 0 failed');
