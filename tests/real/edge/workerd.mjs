// Workers in workerd, the runtime of Cloudflare's, on the loopback.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import workerd from 'workerd';

// What worker-build writes around the module, without its restart after a panic.
const shim = (name) => `
import * as bindings from './${name}_bg.js';
import module from './${name}_bg.wasm';

const { exports } = new WebAssembly.Instance(module, { './${name}_bg.js': bindings });
bindings.__wbg_set_wasm(exports);
exports.__wbindgen_start();
export default { fetch: bindings.fetch };
`;

const config = (name, modules, secrets) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "shim.js", esModule = embed "shim.js"),
${modules.map((module) => `    (name = "${module}", esModule = embed "${module}"),`).join('\n')}
    (name = "${name}_bg.wasm", wasm = embed "${name}_bg.wasm"),
  ],
  bindings = [${Object.entries(secrets).map(([secret, text]) => `(name = "${secret}", text = ${JSON.stringify(text)})`)}],
  compatibilityDate = "2026-01-01",
);
`;

/// Serves the Worker `name` from what bindgen wrote into `folder`, calls `use` with a function that sends requests, and stops.
export async function serve(folder, name, secrets, use) {
  const here = mkdtempSync(join(tmpdir(), 'workerd-'));
  // The JavaScript, what it imports of the crate `worker`, and the module.
  const bindings = `${name}_bg.js`;
  const imported = [...readFileSync(join(folder, bindings), 'utf8').matchAll(/ from '\.\/(.+)';/g)].map(([, path]) => path);
  for (const part of [bindings, ...imported, `${name}_bg.wasm`]) cpSync(join(folder, part), join(here, part));
  writeFileSync(join(here, 'shim.js'), shim(name));
  writeFileSync(join(here, 'config.capnp'), config(name, [bindings, ...imported], secrets));
  const server = spawn(workerd.default, ['serve', '--control-fd=3', join(here, 'config.capnp')], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  try {
    const port = await listening(server);
    return await use((method, path, options) => send(port, method, path, options));
  } finally {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    if (server.exitCode === null && server.kill()) await ended;
    rmSync(here, { recursive: true });
  }
}

/// The port that workerd took.
async function listening(server) {
  const late = setTimeout(() => server.kill(), 60_000);
  for await (const line of createInterface({ input: server.stdio[3] })) {
    const { event, port } = JSON.parse(line);
    if (event !== 'listen') continue;
    clearTimeout(late);
    return port;
  }
  throw new Error('workerd ended, or took no port within a minute');
}

/// A request as a browser at https://shop.example sends it; `fetch` would not let these headers through.
function send(port, method, path, { cookie, form, headers = {} } = {}) {
  const body = form && new URLSearchParams(form).toString();
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, agent: false, timeout: 30_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part)).on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, setCookie: response.headers['set-cookie'] ?? [], text });
      });
    });
    const own = {
      Host: 'shop.example',
      ...(method === 'GET' ? {} : { Origin: 'https://shop.example', 'Sec-Fetch-Site': 'same-origin' }),
      ...(body ? { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': body.length } : {}),
      ...(cookie ? { Cookie: cookie } : {}),
      ...headers,
    };
    for (const [header, value] of Object.entries(own)) if (value !== null) sent.setHeader(header, value);
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error('no answer'))).end(body);
  });
}
