// Cookies of cookie-session behind Express, by both themselves: node express.mjs >express.json
// The package needs express and cookie-session in node_modules.
import { createRequire } from 'node:module';
const require = createRequire(`${process.cwd()}/`);
const express = require('express');
const cookieSession = require('cookie-session');

const MADE = 1768435200;
const ZOE = { user_id: 7, name: 'Zoë' };

// What Express sets, both cookies, as a browser sends them back.
async function cookies(data, keys, name) {
  const app = express();
  app.use(cookieSession({ name, keys }));
  app.get('/', (req, res) => { Object.assign(req.session, data); res.end(); });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`);
  server.close();
  return response.headers.getSetCookie().map((line) => line.split(';')[0]);
}

// The value and, behind a point, its signature: the recipe's `joined` makes one cookie of the two.
async function value(data, keys, name = 'session') {
  const [session, signature] = await cookies(data, keys, name);
  if (!signature.startsWith(`${name}.sig=`)) throw new Error(signature);
  return `${session.slice(name.length + 1)}.${signature.slice(name.length + 5)}`;
}

const keys = ['express 5b1f0c7e', 'express older 99c0'];
const good = { reader: 'session', name: 'session', value: await value(ZOE, keys), now: MADE, gives: ZOE };
const made = [
  { case: 'the first key', ...good },
  { case: 'an older key', ...good, value: await value(ZOE, keys.slice(1)) },
  { case: 'another key', ...good, value: await value(ZOE, ['another']), gives: 'not authentic' },
  { case: "another cookie's name", ...good, name: 'other', gives: 'not authentic' },
  { case: 'not signed', ...good, value: good.value.split('.')[0], gives: 'malformed' },
  { case: "nobody's session", ...good, value: await value({ cart: [1] }, keys), gives: 'unreadable' },
];
const version = (name) => `${name} ${require(`${name}/package.json`).version}`;
console.log(JSON.stringify({
  made_by: `${version('express')}, ${version('cookie-session')}`,
  secrets: keys,
  header: (await cookies(ZOE, keys, 'session')).join('; '),
  cookies: made,
}, null, 1));
