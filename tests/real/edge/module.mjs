// What bindgen wrote for a module, ready to be called from Node.
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// Node 18 has it under this name alone.
globalThis.crypto ??= webcrypto;

export async function load(folder, name) {
  const bindings = await import(pathToFileURL(resolve(folder, `${name}_bg.js`)));
  const module = new WebAssembly.Module(readFileSync(join(folder, `${name}_bg.wasm`)));
  const { exports } = new WebAssembly.Instance(module, { [`./${name}_bg.js`]: bindings });
  bindings.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  return bindings;
}
