// wasi.mjs MODULE ARGUMENT…: runs a command for WASI, as cargo's runner of tests. It sees the repository's files.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { WASI } from 'node:wasi';

const [file, ...args] = process.argv.slice(2);
const wasi = new WASI({
  version: 'preview1',
  args: [basename(file), ...args],
  env: { PROPTEST_CASES: process.env.PROPTEST_CASES ?? '256' },
  preopens: { '/': '/' },
});
const instance = await WebAssembly.instantiate(await WebAssembly.compile(readFileSync(file)), wasi.getImportObject());
process.exitCode = wasi.start(instance);
