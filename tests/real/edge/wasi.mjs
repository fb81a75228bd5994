// wasi.mjs MODULE ARGUMENT…: runs a program for WASI as cargo's runner of tests. It sees the files of this machine.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { WASI } from 'node:wasi';

const [file, ...rest] = process.argv.slice(2);
const wasi = new WASI({
  version: 'preview1',
  args: [basename(file), ...rest],
  env: process.env,
  preopens: { '/': '/' },
});
const instance = await WebAssembly.instantiate(await WebAssembly.compile(readFileSync(file)), wasi.getImportObject());
process.exitCode = wasi.start(instance);
