// check.mjs CASES HARDTACK: hardtack.mjs against every vector, of which there must be CASES, and against the Rust command HARDTACK.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

import { Refused, Sealer, newClaims, readKey, readKeys } from './hardtack.mjs';

const [expected, hardtack] = process.argv.slice(2);
const vectors = new URL('../../tests/vectors/v1/', import.meta.url);
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
let passed = 0;

async function check(name, test) {
  try {
    await test();
    passed += 1;
  } catch (error) {
    error.message = `${name}: ${error.message}`;
    throw error;
  }
}

/** What the opener says: ok, or the reason. */
async function said(opening) {
  try {
    return ['ok', await opening];
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [error.expiredBy ? `${error.reason} ${error.expiredBy}` : error.reason, null];
  }
}

/** What may be set up: a key's text, a purpose, a ring, settings. */
async function setUp(it) {
  const { key_text: word, root, purpose = 'token:shop/api', settings } = it;
  const done = (async () => {
    // White space separates keys here, so texts with some are not asked.
    if (word !== undefined) return /\s/.test(word) ? { id: null } : (await readKeys(word))[0];
    return new Sealer(it.keys ? await ring(it) : [await readKey(new Uint8Array(32))], purpose, settings);
  })();
  if (it.expect !== 'ok') await assert.rejects(done.then((key) => key.id === null && Promise.reject(new Error('not asked'))));
  else if (root) assert.equal((await done).id, (await readKey(bytes(root))).id);
  else await done;
}

/** Seals as of `now`, with the case's nonce: which key, which times, and what must not be sealed. */
async function sealFirst(it) {
  const settings = { mode: it.mode, padBlock: it.pad_block, ...it.settings };
  const sealer = new Sealer(await ring(it), it.purpose, settings);
  const { session_id: sessionId, bound = false, ...claims } = it.claims;
  const before = { ...claims, sessionId, bound, expiresBy: it.expires_by ?? Infinity };
  const sealing = withNonce(it, () => sealer.seal(before, bytes(it.payload), it.now));
  if (it.expect === 'ok') assert.equal(await sealing, it.token);
  else await assert.rejects(sealing);
}

/** Seals again what an `ok` case was made from, with its nonce. */
async function sealAgain(sealer, it, claims) {
  assert.equal(await withNonce(it, () => sealer.sealExactly(claims, bytes(it.payload), it.now)), it.token);
}

async function withNonce(it, seal) {
  const { getRandomValues } = globalThis.crypto;
  globalThis.crypto.getRandomValues = (array) => {
    array.set(bytes(it.nonce));
    return array;
  };
  try {
    return await seal();
  } finally {
    globalThis.crypto.getRandomValues = getRandomValues;
  }
}

/** The keys of a case; one at `sealing` starts at 0, whatever the case says. */
function ring({ keys, seal_from: starts, open_until: ends }, sealing = null) {
  const start = (at) => (sealing === null ? starts[at] : at === sealing ? 0 : null) ?? Infinity;
  return Promise.all(keys.map((root, at) => readKey(bytes(root), { sealFrom: start(at), openUntil: ends?.[at] ?? Infinity })));
}

let [asked, sealed, notAsked] = [0, 0, 0];
for (const file of readdirSync(vectors)) {
  const { cases } = JSON.parse(readFileSync(new URL(file, vectors), 'utf8'));
  // Tokens of forms (section 9), which no opener takes; several cookies, whose payloads are no JSON.
  if (['csrf.json', 'several.json'].includes(file)) {
    notAsked += cases.length;
    continue;
  }
  const other = { 'sealing.json': sealFirst, 'setup.json': setUp }[file];
  if (other) {
    for (const it of cases) await check(it.name, () => other(it));
    continue;
  }
  for (const it of cases) {
    asked += 1;
    await check(it.name, async () => {
      const settings = { mode: it.mode, padBlock: it.pad_block ?? 16, ...it.settings };
      const sealer = new Sealer(await ring(it, it.expect === 'ok' ? (it.seal_key ?? 0) : -1), it.purpose, settings);
      const [reason, opened] = await said(sealer.open(it.token, it.now));
      assert.equal(reason, it.expired_by ? `${it.expect} ${it.expired_by}` : it.expect);
      if (!opened) return;
      const { session_id: sessionId, bound = false, ...claims } = it.claims;
      assert.deepEqual(opened.claims, { ...claims, sessionId, bound });
      assert.equal(Buffer.from(opened.payload).toString('hex'), it.payload);
      sealed += 1;
      await sealAgain(sealer, it, opened.claims);
    });
  }
}
assert.equal(asked, Number(expected), 'cases that the Rust tests open');

/** The Rust command, with these keys, at this time. */
function rust(arguments_, input, keys, now) {
  const options = { input, env: { KEYS: keys }, encoding: 'utf8' };
  return execFileSync(hardtack, [...arguments_, '--ring-env', 'KEYS', '--app', 'shop', '--at', String(now), '--json'], options);
}

const NOW = 1_800_000_000;
const newKey = () => execFileSync(hardtack, ['key', 'new'], { encoding: 'utf8' }).trim();
const [text, older] = [newKey(), newKey()];
const both = `${text}\n${older}`;
const data = { id: 7, name: 'Zoë 🦀', cart: [101, 2002], admin: false, note: null };
const json = JSON.stringify(data);

for (const mode of ['encrypted', 'signed']) {
  for (const kind of ['standard', 'remembered']) {
    const purpose = 'cookie:shop/__Host-shop';
    await check(`Rust opens what this seals: ${mode}, ${kind}`, async () => {
      const sealer = new Sealer(await readKeys(both), purpose, { mode });
      const claims = newClaims({ class: kind });
      const token = await sealer.sealJson(claims, data, NOW);
      const opened = JSON.parse(rust(['open'], token, text, NOW + 1));
      const { payload_json, session, schema, mode: found, issued } = opened;
      assert.deepEqual([payload_json, session, schema, found, opened.class], [data, claims.sessionId, 0, mode, kind]);
      assert.equal(Date.parse(issued) / 1000, NOW);
      const { data: again } = await sealer.openJson(token, NOW + 1);
      assert.deepEqual(again, data);
      const twice = await sealer.sealJson(claims, data, NOW);
      assert.equal(twice === token, mode === 'signed', 'each token has a fresh nonce');
    });
    await check(`this opens what Rust seals, under an older key: ${mode}, ${kind}`, async () => {
      const flags = [...(mode === 'signed' ? ['--signed'] : []), ...(kind === 'remembered' ? ['--remembered'] : [])];
      const { token } = JSON.parse(rust(['seal', ...flags], json, older, NOW));
      const sealer = new Sealer(await readKeys(both), purpose, { mode });
      const opened = await sealer.openCookie(`a=1; __Host-shop=${token}; b=2`, NOW + 1);
      assert.deepEqual(opened.data, data);
      assert.equal(opened.claims.class, kind);
    });
  }
}

const sealer = new Sealer(await readKeys(both), 'cookie:shop/__Host-shop', { remembered: null });
const token = (claims, content, now = NOW) => sealer.sealJson(claims, content, now);
const line = (...tokens) => tokens.map((token) => `__Host-shop=${token}`).join('; ');
const mine = newClaims();
const [first, later, others] = [await token(mine, 1), await token(mine, 2, NOW + 9), await token(newClaims(), 3)];

for (const [name, header, answer, content] of [
  ['no cookies', null, 'ok', undefined],
  ['no such cookie', `x__Host-shop=${first}; __host-shop=${first}; __Host-shop`, 'ok', undefined],
  ['one', line(first), 'ok', 1],
  ['white space', `a=b;\t __Host-shop =\t${first} ;`, 'ok', 1],
  ['quotes are not stripped', line(`"${first}"`), 'malformed', undefined],
  ['the later of one session', line(first, later, first), 'ok', 2],
  ['refused ones are passed over', line('', first, `${others}A`), 'ok', 1],
  ['two sessions', line(first, others), 'ambiguous', undefined],
  ['none opens', line(first.slice(4), ''), 'wrong version', undefined],
]) {
  await check(`cookies: ${name}`, async () => {
    const [reason, found] = await said(sealer.openCookie(header, NOW + 10));
    assert.deepEqual([reason, found?.data], [answer, content]);
  });
}

await check('a session that goes on keeps its id, its start and its bit', async () => {
  const begun = { ...newClaims(), bound: true, created: NOW - 60, issued: NOW - 30 };
  const { claims } = await sealer.openJson(await token(begun, 1), NOW);
  assert.deepEqual(claims, { ...begun, issued: NOW, expires: NOW + 1800 });
});
await check('a session ends with its absolute timeout, and is not sealed from then on', async () => {
  const begun = { ...newClaims(), created: NOW - 28_799 };
  const { claims } = await sealer.openJson(await token(begun, 1), NOW);
  assert.equal(claims.expires, NOW + 1);
  await assert.rejects(token({ ...begun, created: NOW - 28_800 }, 1), /over/);
});
await check('an issue time in the future stays', async () => {
  const { claims } = await sealer.openJson(await token({ ...newClaims(), issued: NOW + 50 }, 1), NOW);
  assert.equal(claims.issued, NOW + 50);
});
await check('a class that is off seals nothing and opens nothing', async () => {
  await assert.rejects(token(newClaims({ class: 'remembered' }), 1), /off/);
  const elsewhere = new Sealer(await readKeys(both), 'cookie:shop/__Host-shop');
  const remembered = await elsewhere.sealJson(newClaims({ class: 'remembered' }), 1, NOW);
  assert.equal((await said(sealer.open(remembered, NOW)))[0], 'class off');
});
await check('a key opens before its end, and the latest start that has come seals', async () => {
  const root = (byte) => new Uint8Array(32).fill(byte);
  const ids = await Promise.all([1, 2, 3].map(async (byte) => (await readKey(root(byte))).id));
  const ring = [await readKey(root(1), { sealFrom: 0, openUntil: NOW + 60 }), await readKey(root(2), { sealFrom: NOW }), await readKey(root(3), { sealFrom: NOW + 20 })];
  const turning = new Sealer(ring, 'token:shop/links');
  const keyOf = (token) => Buffer.from(token, 'base64url').subarray(1, 9).toString('hex');
  const old = await turning.seal(newClaims(), bytes('00'), NOW - 1);
  const sealed = [old, await turning.seal(newClaims(), bytes('00'), NOW), await turning.seal(newClaims(), bytes('00'), NOW + 20)];
  assert.deepEqual(sealed.map(keyOf), ids);
  assert.equal((await said(turning.open(old, NOW + 59)))[0], 'ok');
  assert.equal((await said(turning.open(old, NOW + 60)))[0], 'unknown key');
  await assert.rejects(new Sealer([await readKey(root(3))], 'token:shop/links').seal(newClaims(), bytes(''), NOW), /no key/);
});
await check('what is no JSON of this application', async () => {
  const sealBytes = (payload, claims = newClaims()) => sealer.seal(claims, payload, NOW);
  for (const payload of [bytes(''), bytes('22ff22'), bytes('efbbbf31'), Buffer.from('{} x')]) {
    assert.equal((await said(sealer.openJson(await sealBytes(payload), NOW)))[0], 'bad payload');
  }
  const numbered = await sealBytes(Buffer.from('1'), newClaims({ schema: 5 }));
  assert.equal((await said(sealer.openJson(numbered, NOW)))[0], 'unknown shape');
  assert.equal((await sealer.openJson(numbered, NOW, 5)).data, 1);
});
await check('a length is in bytes', async () => {
  const reasons = ['é'.repeat(2048), 'é'.repeat(2049)].map(async (text) => (await said(sealer.open(text, NOW)))[0]);
  assert.deepEqual(await Promise.all(reasons), ['malformed', 'too long']);
});
await check('a token above the limit is not sealed, and numbers that do not fit neither', async () => {
  await assert.rejects(token(newClaims(), 'x'.repeat(4000)), /of 4096/);
  await assert.rejects(token(newClaims({ schema: 2 ** 24 }), 1), /does not fit/);
  await assert.rejects(token(newClaims(), 1, 2 ** 40), /does not fit/);
  await assert.rejects(token({ ...newClaims(), sessionId: '00' }, 1), /16 bytes/);
});
await check('texts that are no keys', async () => {
  const bad = ['', ' ,\n', text.slice(0, -1), `${text}A`, text.replace('htk1_', 'HTK1_'), `${text.slice(0, 5)}${text[5] === 'A' ? 'B' : 'A'}${text.slice(6)}`];
  for (const words of [...bad, `${text} ${text}`]) {
    await assert.rejects(readKeys(words), (error) => !error.message.includes(text.slice(5, 20)), words);
  }
  assert.equal((await readKeys(` ${text},\n${older}`)).length, 2);
});

console.log(`hardtack.mjs: ${asked} vectors opened as they should, ${sealed} of them sealed again; ${notAsked} of forms' tokens and of several cookies not asked`);
console.log(`${passed} passed, 0 failed`);
