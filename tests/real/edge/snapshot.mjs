// snapshot.mjs SNAPSHOT: starts three instances from one snapshot of Wizer's. Everything random that they print must be bytes that the
// host of that very instance gave it: what the snapshot holds, all three have.
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { WASI } from 'node:wasi';

// Where the random bytes are in what is printed: an encoding, the characters before it, the bytes before them, and how many they are.
const DRAWN = {
  'session-id': ['hex', 0, 0, 16],
  token: ['base64url', 0, 12, 12],
  csrf: ['base64url', 0, 8, 16],
  state: ['base64url', 0, 0, 27],
  nonce: ['base64url', 0, 0, 27],
  flow: ['base64url', 0, 12, 12],
  verifier: ['base64url', 0, 0, 32],
  key: ['base64url', 'htk1_'.length, 0, 32],
};
const LINES = 10;
const [snapshot] = process.argv.slice(2);
const compiled = await WebAssembly.compile(readFileSync(snapshot));

/// What an instance prints, and the hexadecimal digits of all that its host gave it.
async function run() {
  const printed = `${snapshot}.out`;
  const stdout = openSync(printed, 'w+');
  const wasi = new WASI({ version: 'preview1', stdout });
  const { wasi_snapshot_preview1: host } = wasi.getImportObject();
  let given = '';
  let instance;
  // A clock that stands still: nothing but randomness tells the instances apart.
  const clock_time_get = (_clock, _precision, at) => {
    new DataView(instance.exports.memory.buffer).setBigUint64(at, 1_800_000_000_000_000_000n, true);
    return 0;
  };
  const random_get = (at, length) => {
    given += `${randomFillSync(Buffer.from(instance.exports.memory.buffer, at, length)).toString('hex')} `;
    return 0;
  };
  instance = await WebAssembly.instantiate(compiled, { wasi_snapshot_preview1: { ...host, clock_time_get, random_get } });
  wasi.initialize(instance);
  instance.exports.serve();
  closeSync(stdout);
  const lines = readFileSync(printed, 'utf8').trim().split('\n').map((line) => line.split(' '));
  rmSync(printed);
  return { given, lines };
}

const faults = [];
const seen = new Set();
for (let instance = 1; instance <= 3; instance++) {
  const { given, lines } = await run();
  assert.equal(lines.length, LINES, 'lines printed');
  for (const [name, text] of lines) {
    const [encoding, characters, start, length] = DRAWN[name];
    const bytes = Buffer.from(text.slice(characters), encoding).subarray(start, start + length);
    assert.equal(bytes.length, length, name);
    const drawn = bytes.toString('hex');
    if (!given.includes(drawn)) faults.push(`instance ${instance}: ${name} ${drawn} did not come from its host`);
    if (seen.has(drawn)) faults.push(`instance ${instance}: ${name} ${drawn} was drawn before`);
    seen.add(drawn);
  }
}
assert.deepEqual(faults, []);
assert.equal(seen.size, 3 * LINES);
console.log(`${seen.size} passed, 0 failed`);
