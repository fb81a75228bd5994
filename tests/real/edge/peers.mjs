// peers.mjs FOLDER [ROUNDS]: a session sealed and opened by hardtack (WebAssembly that bindgen wrote into FOLDER), jose and iron-session,
// in turn, in one process. Prints characters, medians, and how many times as long the others take; a round is some 100 ms.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { sealData, unsealData } from 'iron-session';
import { EncryptJWT, jwtDecrypt } from 'jose';

import { load } from './module.mjs';

const [folder, rounds = '31'] = process.argv.slice(2);
const { Users } = await load(folder, 'calls');
const user = { id: 7, name: 'Ada Lovelace', email: 'ada@example.org' };

const users = new Users();
const secret = randomBytes(32);
const password = randomBytes(32).toString('base64url');
// A batch is as many as take about the same time.
const contenders = [
  {
    name: 'hardtack',
    batch: 1_000,
    isAsync: false,
    seal: () => users.seal(user.id, user.name, user.email),
    open: (value) => users.open(`__Host-shop=${value}`),
  },
  {
    name: 'jose, dir + A256GCM',
    batch: 100,
    isAsync: true,
    seal: () => new EncryptJWT(user).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).setIssuedAt().setExpirationTime('30m').encrypt(secret),
    open: async (value) => (await jwtDecrypt(value, secret)).payload.name,
  },
  {
    name: 'iron-session',
    batch: 30,
    isAsync: true,
    seal: () => sealData(user, { password, ttl: 1_800 }),
    open: async (value) => (await unsealData(value, { password, ttl: 1_800 })).name,
  },
];

const forged = (value) => `${value.slice(0, -8)}${value.at(-8) === 'A' ? 'B' : 'A'}${value.slice(-7)}`;
let passed = 0;
for (const it of contenders) {
  it.value = await it.seal();
  it.times = { seal: [], open: [] };
  assert.equal(await it.open(it.value), user.name, it.name);
  const refused = await Promise.resolve().then(() => it.open(forged(it.value))).catch(() => undefined);
  assert.equal(refused, undefined, `${it.name} opens a forged value`);
  passed += 2;
}

async function batch(it, act) {
  const count = it.batch;
  const start = process.hrtime.bigint();
  if (it.isAsync) {
    for (let i = 0; i < count; i++) await it[act](it.value);
  } else {
    for (let i = 0; i < count; i++) it[act](it.value);
  }
  return Number(process.hrtime.bigint() - start) / count / 1_000;
}

// The first rounds warm up, and each round is begun by another one.
for (let round = -3; round < Number(rounds); round++) {
  for (let turn = 0; turn < contenders.length; turn++) {
    const it = contenders[(turn + round + 3) % contenders.length];
    for (const act of ['seal', 'open']) {
      const time = await batch(it, act);
      if (round >= 0) it.times[act].push(time);
    }
  }
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const [ours, ...others] = contenders;
const ratio = (it, act) => median(it.times[act].map((time, round) => time / ours.times[act][round]));
for (const it of contenders) {
  const [sealing, opening] = ['seal', 'open'].map((act) => `${median(it.times[act]).toFixed(1)} µs (${ratio(it, act).toFixed(1)})`);
  console.log(`${it.name}: ${it.value.length} characters, seal ${sealing}, open ${opening}`);
}
// What this is for, with room for a loaded machine.
for (const it of others) {
  assert.ok(ours.value.length < it.value.length, `${it.name} writes fewer characters`);
  assert.ok(ratio(it, 'seal') > 2 && ratio(it, 'open') > 2, `${it.name} is nearly as fast`);
  passed += 2;
}
console.log(`${passed} passed, 0 failed`);
