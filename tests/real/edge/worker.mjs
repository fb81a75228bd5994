// worker.mjs FOLDER: the Workers of examples/worker, which bindgen wrote into FOLDER, do in workerd what a browser expects of them.
import assert from 'node:assert/strict';

import { load } from './module.mjs';
import { serve } from './workerd.mjs';

const [folder] = process.argv.slice(2);
const { new_key: newKey } = await load(folder, 'calls');
const faults = [];
let passed = 0;

async function check(name, test) {
  try {
    await test();
    passed += 1;
  } catch (error) {
    faults.push(`${name}: ${error.message}`);
  }
}

const ATTRIBUTES = '; Path=/; HttpOnly; Secure; SameSite=Lax';
/// The pair of the one Set-Cookie of a response, whose attributes must be these.
function pair({ setCookie }, attributes = ATTRIBUTES) {
  assert.equal(setCookie.length, 1, `Set-Cookie: ${setCookie}`);
  const [line] = setCookie;
  const end = line.indexOf(';');
  assert.equal(line.slice(end), attributes);
  return line.slice(0, end);
}
const nothingSet = ({ setCookie }) => assert.deepEqual(setCookie, []);
const key = newKey();

let cookie;
await serve(folder, 'worker_log_in', { SESSION_KEYS: key }, async (send) => {
  const login = (form = { name: 'Ada' }) => send('POST', '/login', { form });
  const profile = (sent) => send('GET', '/profile', { cookie: sent });

  await check('a visitor sees the front page and gets no cookie', async () => {
    const response = await send('GET', '/');
    assert.deepEqual([response.status, response.text], [200, 'POST name=Ada to /login']);
    nothingSet(response);
  });
  await check('a visitor has no profile', async () => {
    const response = await profile();
    assert.equal(response.status, 401);
    nothingSet(response);
  });
  await check('a log-in answers with a redirect and a cookie of this host alone', async () => {
    const response = await login();
    assert.deepEqual([response.status, response.headers.location], [303, '/profile']);
    cookie = pair(response);
    assert.match(cookie, /^__Host-shop=[\w-]{100,300}$/);
  });
  await check('the session is there, and ends half an hour from now by the clock of the host', async () => {
    const { status, text } = await profile(cookie);
    assert.equal(status, 200);
    const [, until] = text.match(/^7 is Ada, until (.*)$/);
    const seconds = (Date.parse(until) - Date.now()) / 1000;
    assert.ok(1_700 < seconds && seconds <= 1_800, `${seconds} seconds`);
  });
  await check('the front page knows the user too', async () => {
    const { text } = await send('GET', '/', { cookie });
    assert.equal(text, 'Ada is logged in');
  });
  await check('each log-in is drawn anew', async () => {
    const drawn = [cookie, pair(await login()), pair(await login())].map((one) => one.slice(-60));
    assert.equal(new Set(drawn).size, 3);
  });
  await check('a cookie with one other character is refused, and stays', async () => {
    for (const at of [20, 60, cookie.length - 2]) {
      const other = cookie[at] === 'A' ? 'B' : 'A';
      const response = await profile(`${cookie.slice(0, at)}${other}${cookie.slice(at + 1)}`);
      assert.equal(response.status, 401, `at ${at}`);
      nothingSet(response);
    }
  });
  await check('a change comes back in a new cookie', async () => {
    const response = await send('POST', '/rename/Grace', { cookie });
    assert.equal(response.status, 200);
    const renamed = pair(response);
    assert.match((await profile(renamed)).text, /^7 is Grace, until /);
  });
  await check('what another site had the browser send is refused', async () => {
    for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': null, Origin: 'https://evil.example' }]) {
      for (const [path, form] of [['/rename/Mallory'], ['/logout'], ['/login', { name: 'Mallory' }]]) {
        const response = await send('POST', path, { cookie, form, headers });
        assert.equal(response.status, 403, `${path} ${JSON.stringify(headers)}`);
        nothingSet(response);
      }
    }
  });
  await check('a log-out removes the cookie', async () => {
    const response = await send('POST', '/logout', { cookie });
    assert.deepEqual([response.status, response.headers.location], [303, '/']);
    assert.equal(pair(response, `${ATTRIBUTES}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT`), '__Host-shop=');
  });
  await check('a remembered session outlives the browser', async () => {
    const response = await login({ name: 'Ada', remember: 'on' });
    const remembered = pair(response, `${ATTRIBUTES}; Max-Age=${14 * 86_400}`);
    assert.equal((await profile(remembered)).status, 200);
  });
});

await serve(folder, 'worker_log_in', { SESSION_KEYS: `${newKey()} ${key}` }, async (send) => {
  await check('another isolate, whose new key seals, opens what the old one sealed', async () => {
    assert.match((await send('GET', '/profile', { cookie })).text, /^7 is Ada, until /);
    const response = await send('POST', '/rename/Grace', { cookie });
    assert.notEqual(pair(response).slice(0, 28), cookie.slice(0, 28), 'the id of the key');
  });
});

await serve(folder, 'worker_log_in', { SESSION_KEYS: newKey() }, async (send) => {
  await check('without the key there is no session, and the cookie stays', async () => {
    const response = await send('GET', '/profile', { cookie });
    assert.equal(response.status, 401);
    nothingSet(response);
  });
});

for (const secrets of [{}, { SESSION_KEYS: 'htk1_' }]) {
  await serve(folder, 'worker_log_in', secrets, async (send) => {
    await check('without a key that can be read nobody is let in, and the next request does not hang', async () => {
      for (const path of ['/', '/profile']) assert.equal((await send('GET', path)).status, 500);
    });
  });
}

await serve(folder, 'without_axum', { SESSION_KEYS: key }, async (send) => {
  await check("the Worker's own body: a session begins, and goes on", async () => {
    const first = await send('GET', '/ada');
    assert.equal(first.text, 'ada, visit 1');
    const visited = pair(first);
    assert.match(visited, /^__Host-visits=/);
    const second = await send('GET', '/ada', { cookie: visited });
    assert.equal(second.text, 'ada, visit 2');
    assert.notEqual(pair(second), visited);
  });
  await check("the Worker's own body: another site's request, and a session that is too large", async () => {
    const answers = [await send('POST', '/ada', { headers: { 'Sec-Fetch-Site': 'cross-site' } }), await send('GET', `/${'a'.repeat(4_000)}`)];
    assert.deepEqual(answers.map(({ status, text }) => [status, text]), [[403, ''], [500, '']]);
    answers.forEach(nothingSet);
  });
  await check("the Worker's own body: the key of another application's cookie opens nothing", async () => {
    const value = cookie.slice(cookie.indexOf('=') + 1);
    assert.equal((await send('GET', '/ada', { cookie: `__Host-visits=${value}` })).text, 'ada, visit 1');
  });
});

assert.deepEqual(faults, []);
console.log(`${passed} passed, 0 failed`);
