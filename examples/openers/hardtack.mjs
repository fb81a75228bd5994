// Opens and seals hardtack tokens: sessions that a Rust server keeps in a cookie. By docs/format-v1.md, with WebCrypto alone, which
// Node (where this file is tested), Deno and Workers have. Copy this file; it imports nothing.
//
//   import { Sealer, readKeys } from './hardtack.mjs';
//
//   const sealer = new Sealer(await readKeys(process.env.SESSION_KEYS), 'cookie:shop/__Host-shop');
//   const session = await sealer.openCookie(request.headers.get('cookie'));      // null, or { claims, data }
//
// The purpose is the application's name and the cookie's, as the server has them. `openCookie`, `openJson` and `sealJson` are for
// sessions that the server declares with `.codec(Codec::Json)`; integers beyond 2^53 lose their last digits in JavaScript. `open` and
// `seal` take any bytes. What is refused throws `Refused`: its reason is for your log, never for the sender.
//
// What this file does not know: the server's revocation hook and denylist, its check of devices, and its forged-request protection. So
// it suits pages that read who is logged in. Leave sealing to the server, but for tests and for tokens of your own.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));
const VERSIONS = { encrypted: 1, signed: 2 };
const HEADER = 12;
const NONCE = 12;
const ENVELOPE = 32;
const TAGS = { encrypted: 16, signed: 32 };
const MINUTE = 60;
const DAY = 86_400;
const LABEL = '[A-Za-z0-9._-]{1,64}';
const PURPOSE = new RegExp(`^(cookie:${LABEL}/[A-Za-z0-9!#$%&'*+.^_\`|~-]{1,256}|token:${LABEL}/${LABEL})$`);

const { subtle } = globalThis.crypto;
const ascii = (text) => new TextEncoder().encode(text);

/** Why a token was refused: `reason` as in section 5 of the page, and for expired ones `expiredBy`: stamp, idle or absolute. */
export class Refused extends Error {
  constructor(reason, expiredBy) {
    super(expiredBy ? `${reason} (${expiredBy})` : reason);
    this.name = 'Refused';
    this.reason = reason;
    this.expiredBy = expiredBy;
  }
}

/** Root keys as text, apart by white space or commas: the first seals, all open. What Rust's `KeyRing::from_text` reads. */
export async function readKeys(text) {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (words.length === 0) throw new Error('no key');
  const keys = [];
  for (const [index, word] of words.entries()) {
    const bytes = word.length === 53 && word.startsWith('htk1_') ? decode(word.slice(5)) : null;
    const root = bytes?.slice(0, 32);
    const sum = bytes && (await sha256(concat(ascii('hardtack v1 key text\0'), root)));
    // The text itself is a secret: the message has its place alone.
    if (!bytes || !sum.slice(0, 4).every((byte, at) => byte === bytes[32 + at])) throw new Error(`key ${index + 1} is not a key's text`);
    const key = await readKey(root, index === 0 ? { sealFrom: 0 } : {});
    if (keys.some((other) => other.id === key.id)) throw new Error(`key ${index + 1} is there twice`);
    keys.push(key);
  }
  return keys;
}

/** A root key of 32 bytes. It seals from `sealFrom` on and opens before `openUntil`, in seconds since 1970; left out: never, for good. */
export async function readKey(root, { sealFrom = Infinity, openUntil = Infinity } = {}) {
  if (root.length !== 32) throw new Error('a root key is 32 bytes');
  const base = await subtle.importKey('raw', root, 'HKDF', false, ['deriveBits']);
  return { id: hex(await derive(base, 8, ascii('hardtack v1 key id\0'))), base, sealFrom, openUntil };
}

/** Claims of a new session, with a new id. `seal` adds the times. */
export function newClaims({ class: kind = 'standard', schema = 0 } = {}) {
  return { class: kind, bound: false, schema, sessionId: hex(crypto.getRandomValues(new Uint8Array(16))) };
}

export class Sealer {
  #keys;
  #purpose;
  #settings;

  /** The settings are the server's, and so are the defaults: `remembered: null` switches that class off. */
  constructor(keys, purpose, settings = {}) {
    this.#keys = keys;
    this.#purpose = ascii(purpose);
    this.#settings = {
      mode: 'encrypted',
      limit: 4096,
      leeway: MINUTE,
      padBlock: 16,
      standard: { idle: 30 * MINUTE, absolute: 8 * 60 * MINUTE },
      remembered: { idle: 14 * DAY, absolute: 90 * DAY },
      ...settings,
    };
    if (!Object.hasOwn(VERSIONS, this.#settings.mode)) throw new Error(`no such mode: ${this.#settings.mode}`);
    if (!PURPOSE.test(purpose)) throw new Error(`not a purpose: ${purpose}`);
    for (const { idle, absolute } of [this.#settings.standard, this.#settings.remembered ?? { idle: 1, absolute: 1 }]) {
      if (!(idle >= 1 && idle <= absolute)) throw new Error('idle is at least 1 second, and at most absolute');
    }
    checkRing(keys);
  }

  /** The JSON session in a request's Cookie header: null where it has none, `Refused` where it has none that opens. */
  async openCookie(header, now = seconds(), schema = 0) {
    const name = new TextDecoder().decode(this.#purpose).split('/')[1];
    let best = null;
    let refusal = null;
    for (const token of cookies(header ?? '', name)) {
      let session;
      try {
        session = await this.openJson(token, now, schema);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        refusal ??= error;
        continue;
      }
      if (best && best.claims.sessionId !== session.claims.sessionId) throw new Refused('ambiguous');
      if (!best || session.claims.issued > best.claims.issued) best = session;
    }
    if (!best && refusal) throw refusal;
    return best;
  }

  /** Opens a token that holds JSON. The schema number is 0, unless the server numbers by hand. */
  async openJson(token, now = seconds(), schema = 0) {
    const { claims, payload } = await this.open(token, now);
    if (claims.schema !== schema) throw new Refused('unknown shape');
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
      return { claims, data: JSON.parse(text) };
    } catch {
      throw new Refused('bad payload');
    }
  }

  /** Opens a token that holds bytes. The first check that fails names the reason: the numbers are those of section 5. */
  async open(token, now = seconds()) {
    const { mode, limit, leeway, standard, remembered } = this.#settings;
    const signed = mode === 'signed';
    if (token.length > limit || ascii(token).length > limit) throw new Refused('too long'); // 1
    const header = token.length < 16 ? null : decode(token.slice(0, 16));
    if (!header) throw new Refused('malformed'); // 2
    if (header[0] !== VERSIONS[mode]) throw new Refused('wrong version'); // 3
    const id = hex(header.slice(1, 9));
    const key = this.#keys.find((key) => key.id === id && now < key.openUntil);
    if (!key) throw new Refused('unknown key'); // 4
    const epoch = number(header, 9, 3);
    const longestIdle = Math.max(standard.idle, remembered?.idle ?? 0);
    if (epoch > Math.floor((now + leeway) / 65_536)) throw new Refused('not yet valid'); // 5
    if (epoch < Math.floor(Math.max(0, now - longestIdle - leeway) / 65_536)) throw new Refused('expired', 'idle'); // 6
    const bytes = decode(token);
    const least = signed ? HEADER + ENVELOPE + TAGS.signed : HEADER + NONCE + ENVELOPE + 1 + TAGS.encrypted;
    if (!bytes || bytes.length < least) throw new Refused('malformed'); // 7
    const sealed = signed ? await this.#verify(key, bytes) : await this.#decrypt(key, bytes); // 8
    const plain = signed ? sealed : unpad(sealed); // 9
    const claims = readClaims(plain, epoch); // 10
    const timeouts = this.#settings[claims.class];
    if (claims.issued > now + leeway) throw new Refused('not yet valid'); // 11
    if (now >= claims.expires) throw new Refused('expired', 'stamp'); // 12
    if (!timeouts) throw new Refused('class off'); // 13
    if (now >= claims.issued + timeouts.idle) throw new Refused('expired', 'idle'); // 14
    if (now >= claims.created + timeouts.absolute) throw new Refused('expired', 'absolute'); // 15
    return { claims, payload: plain.slice(ENVELOPE) };
  }

  /** Seals what JSON can say. */
  async sealJson(claims, data, now = seconds()) {
    return this.seal(claims, ascii(JSON.stringify(data)), now);
  }

  /**
   * Seals bytes, as of now (section 4). The claims come from `newClaims`, or from the token that this one follows; `expiresBy` in them
   * is an earlier end.
   */
  async seal(claims, payload, now = seconds()) {
    const timeouts = this.#settings[claims.class];
    if (!timeouts) throw new Error(`the class ${claims.class} is off`);
    const { created = now } = claims;
    const issued = Math.max(claims.issued ?? now, now);
    const expires = Math.min(issued + timeouts.idle, created + timeouts.absolute, claims.expiresBy ?? Infinity);
    return this.sealExactly({ ...claims, created, issued, expires }, payload, now);
  }

  /** Seals bytes under these very claims: for tests. */
  async sealExactly(claims, payload, now = seconds()) {
    const { mode, limit, padBlock } = this.#settings;
    const due = this.#keys.filter((key) => key.sealFrom <= now && now < key.openUntil);
    const key = due.find((key) => due.every((other) => other.sealFrom <= key.sealFrom));
    if (!key) throw new Error('no key may seal');
    const envelope = writeClaims(claims);
    const header = concat([VERSIONS[mode]], unhex(key.id), bigEndian(Math.floor(claims.issued / 65_536), 3));
    let token;
    if (mode === 'signed') {
      const signed = concat(header, envelope, payload);
      token = encode(concat(signed, new Uint8Array(await subtle.sign('HMAC', await this.#signKey(key), signed))));
    } else {
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
      const rest = (ENVELOPE + payload.length + 1) % padBlock;
      const pad = new Uint8Array(rest === 0 ? 1 : 1 + padBlock - rest);
      pad[0] = 0x80;
      const how = { name: 'AES-GCM', iv: nonce, additionalData: header };
      const sealed = await subtle.encrypt(how, await this.#encryptKey(key, header), concat(envelope, payload, pad));
      token = encode(concat(header, nonce, new Uint8Array(sealed)));
    }
    if (token.length > limit) throw new Error(`the token would take ${token.length} characters of ${limit}`);
    return token;
  }

  async #encryptKey(key, header) {
    const info = concat(ascii('hardtack v1 encrypt\0'), header.slice(9), this.#purpose);
    return subtle.importKey('raw', await derive(key.base, 32, info), 'AES-GCM', false, ['encrypt', 'decrypt']);
  }

  async #signKey(key) {
    const info = concat(ascii('hardtack v1 sign\0'), this.#purpose);
    return subtle.importKey('raw', await derive(key.base, 32, info), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  }

  async #decrypt(key, bytes) {
    const header = bytes.slice(0, HEADER);
    const how = { name: 'AES-GCM', iv: bytes.slice(HEADER, HEADER + NONCE), additionalData: header };
    const encryptKey = await this.#encryptKey(key, header);
    try {
      return new Uint8Array(await subtle.decrypt(how, encryptKey, bytes.slice(HEADER + NONCE)));
    } catch {
      throw new Refused('not authentic');
    }
  }

  async #verify(key, bytes) {
    const end = bytes.length - TAGS.signed;
    const good = await subtle.verify('HMAC', await this.#signKey(key), bytes.slice(end), bytes.slice(0, end));
    if (!good) throw new Refused('not authentic');
    return bytes.slice(HEADER, end);
  }
}

function checkRing(keys) {
  const starts = keys.map((key) => key.sealFrom).filter(Number.isFinite);
  if (new Set(keys.map((key) => key.id)).size < keys.length) throw new Error('a key is there twice');
  if (new Set(starts).size < starts.length) throw new Error('two keys start together');
  if (keys.some((key) => key.sealFrom !== Infinity && key.openUntil <= key.sealFrom)) throw new Error('a key ends before it starts');
}

/** Zeros from the end, then one 0x80, and nothing of the envelope. */
function unpad(plain) {
  let end = plain.length;
  while (end > ENVELOPE && plain[end - 1] === 0) end -= 1;
  if (end <= ENVELOPE || plain[end - 1] !== 0x80) throw new Refused('malformed');
  return plain.slice(0, end - 1);
}

function readClaims(bytes, epoch) {
  const flags = bytes[0];
  const claims = {
    class: flags & 1 ? 'remembered' : 'standard',
    bound: (flags & 2) !== 0,
    schema: number(bytes, 1, 3),
    sessionId: hex(bytes.slice(4, 20)),
    created: number(bytes, 20, 5),
    issued: epoch * 65_536 + number(bytes, 25, 2),
    expires: number(bytes, 27, 5),
  };
  if (flags > 3 || !(claims.created <= claims.issued && claims.issued < claims.expires)) throw new Refused('malformed');
  return claims;
}

function writeClaims({ class: kind, bound, schema, sessionId, created, issued, expires }) {
  if (!(created <= issued && issued < expires)) throw new Error('the session is over');
  const flags = (kind === 'remembered' ? 1 : 0) | (bound ? 2 : 0);
  const id = unhex(sessionId);
  if (id.length !== 16) throw new Error('a session id is 16 bytes');
  return concat([flags], bigEndian(schema, 3), id, bigEndian(created, 5), bigEndian(issued % 65_536, 2), bigEndian(expires, 5));
}

/** The values of all cookies of this name, in order. No quotes are stripped, no escapes read. */
function cookies(header, name) {
  const trim = (text) => text.replace(/^[ \t]+|[ \t]+$/g, '');
  const pairs = header.split(';').map((pair) => [pair, pair.indexOf('=')]);
  const named = pairs.filter(([pair, at]) => at >= 0 && trim(pair.slice(0, at)) === name);
  return named.map(([pair, at]) => trim(pair.slice(at + 1)));
}

async function sha256(bytes) {
  return new Uint8Array(await subtle.digest('SHA-256', bytes));
}

async function derive(base, length, info) {
  const how = { name: 'HKDF', hash: 'SHA-256', salt: ascii('hardtack v1'), info };
  return new Uint8Array(await subtle.deriveBits(how, base, 8 * length));
}

/** base64url without padding, the one spelling of its bytes; null for every other. */
function decode(text) {
  if (text.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let length = 0;
  for (const digit of text) {
    const value = VALUES.get(digit);
    if (value === undefined) return null;
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[length++] = bits >> held;
    }
  }
  return (bits & ((1 << held) - 1)) === 0 ? bytes : null;
}

function encode(bytes) {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff;
    held += 8;
    while (held >= 6) {
      held -= 6;
      text += DIGITS[(bits >> held) & 63];
    }
  }
  return held > 0 ? text + DIGITS[(bits << (6 - held)) & 63] : text;
}

function concat(...parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function number(bytes, start, length) {
  return bytes.slice(start, start + length).reduce((sum, byte) => sum * 256 + byte, 0);
}

function bigEndian(value, length) {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** length) throw new Error(`${value} does not fit ${length} bytes`);
  return Uint8Array.from({ length }, (_, at) => Math.floor(value / 256 ** (length - 1 - at)) % 256);
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function unhex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function seconds() {
  return Math.floor(Date.now() / 1000);
}
