// Cookies of iron-session, by itself: node iron_session.mjs >iron_session.json, with iron-session in node_modules.
import { readFileSync } from 'node:fs';
const root = `${process.cwd()}/node_modules/iron-session`;
const { getIronSession } = await import(`${root}/dist/index.js`);

const MADE = 1768435200;
const TTL = 14 * 24 * 3600;
const SKEW = 60; // iron-session's
const ZOE = { user_id: 7, name: 'Zoë' };
Date.now = () => MADE * 1000; // what the seal's end is counted from

async function value(data, password, ttl = TTL) {
  let set;
  const store = { get: () => undefined, set: (name, text) => { set = text; } };
  const session = await getIronSession(store, { cookieName: 'session', password, ttl });
  Object.assign(session, data);
  await session.save();
  return set;
}

const SECRET = 'iron session password of 36 letters!';
const good = { reader: 'session', name: 'session', value: await value(ZOE, SECRET), now: MADE, issued: MADE, gives: ZOE };
const cookies = [
  { case: 'a session', ...good },
  { case: 'at its last second', ...good, now: MADE + TTL + SKEW - 1 },
  { case: 'expired', ...good, now: MADE + TTL + SKEW, gives: 'expired' },
  { case: 'without an end', ...good, value: await value(ZOE, SECRET, 0), now: MADE + 10 * TTL, issued: null },
  { case: 'another key', ...good, value: await value(ZOE, SECRET.toUpperCase()), gives: 'not authentic' },
  { case: "nobody's session", ...good, value: await value({ cart: [1] }, SECRET), gives: 'unreadable' },
  { case: "another cookie's name", ...good, name: 'other' },
];
const { version } = JSON.parse(readFileSync(`${root}/package.json`));
console.log(JSON.stringify({ made_by: `iron-session ${version}`, secrets: [SECRET], cookies }, null, 1));
