// unknown.mjs MODULE: runs tests for wasm32-unknown-unknown as cargo's runner of tests; runner.rs is what they are compiled with. The
// command in BINDGEN writes the JavaScript of the module's imports.
import { execFileSync } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

// Node 18 has it under this name alone.
globalThis.crypto ??= webcrypto;

const [file] = process.argv.slice(2);
const name = basename(file, '.wasm');
const folder = `${file}.bindgen`;
execFileSync(process.env.BINDGEN, [file, folder]);
const script = pathToFileURL(join(folder, `${name}_bg.js`));
const module = new WebAssembly.Module(readFileSync(join(folder, `${name}_bg.wasm`)));

const seen = { passed: 0, failed: 0, ignored: 0 };
let tests = 0;
let current;
let memory;
const text = (at, length) => Buffer.from(memory.buffer, at, length).toString();
function ends(outcome) {
  console.log(`test ${current} ... ${outcome}`);
  seen[outcome] += 1;
  current = undefined;
}
const host = {
  first: () => tests,
  begins: (at, length) => {
    current = text(at, length);
    tests += 1;
  },
  panics: (at, length) => console.log(text(at, length)),
  ignored: () => ends('ignored'),
  passed: () => ends('passed'),
};

/// Runs the tests that are left, up to a panic. Each instance has its own JavaScript, which keeps views of its memory.
async function run() {
  const bindings = await import(`${script}?${tests}`);
  const { exports } = new WebAssembly.Instance(module, { [`./${name}_bg.js`]: bindings, host });
  ({ memory } = exports);
  bindings.__wbg_set_wasm(exports);
  try {
    exports.__wbindgen_start();
  } catch (trap) {
    if (current === undefined) throw trap;
    ends('failed');
    await run();
  }
}
await run();
const { passed, failed, ignored } = seen;
if (passed + failed + ignored !== tests || tests === 0) throw new Error(`${tests} tests began`);
console.log(`${passed} passed, ${failed} failed, ${ignored} ignored`);
process.exitCode = failed === 0 ? 0 : 101;
