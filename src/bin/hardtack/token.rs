//! `hardtack inspect`, `open` and `seal`.

use std::fmt::Write;
use std::io::{self, Read};
use std::time::Duration;

use hardtack::{
    Class, KeyRing, Lifetime, Mode, Purpose, RingFile, RingHandle, Sealer, SealerBuilder, Timestamp,
};
use serde_json::{Value, json};

use crate::args::{Access, Inspect, Keys, Open, Seal};
use crate::report::{Failure, Report};

/// Far more than a token or a payload that fits one.
const INPUT_LIMIT: u64 = 1 << 20;
/// Longer than any policy, so that the token's own stamp decides.
const LONG: Duration = Duration::from_secs(1000 * 365 * 86_400);

pub fn inspect(inspect: &Inspect) -> Result<Report, Failure> {
    let token = token_of(inspect.token.as_deref())?;
    let parts = hardtack::inspect(&token).map_err(Failure::refused)?;
    let (mode, key) = (mode_name(parts.mode), parts.key_id.to_string());
    let (start, end) = (parts.issued.start.to_rfc3339(), parts.issued.end.to_rfc3339());
    let (octets, payload, characters) = (parts.octets, parts.payload, token.len());
    let at_most = if parts.mode == Mode::Signed { "" } else { "at most " };
    let text = format!(
        "mode     {mode}\nkey      {key}\nsealed   from {start} to {end}\n\
         size     {characters} characters, {octets} octets, {at_most}{payload} of them payload"
    );
    let json = json!({
        "mode": mode, "key": key, "sealed_from": start, "sealed_before": end,
        "characters": characters, "octets": octets, "payload": payload,
    });
    Ok(Report::new(text, json))
}

pub fn open(open: &Open, access: Access) -> Result<Report, Failure> {
    let token = token_of(open.token.as_deref())?;
    // Safe here, where a person asks about a token: a server's mode is set, never read from the token.
    let mode = hardtack::inspect(&token).map_err(Failure::refused)?.mode;
    let lifetime = Lifetime { idle: LONG, absolute: LONG };
    let builder = builder(&open.keys, access)?.lifetime(lifetime).remembered(lifetime);
    let builder = if mode == Mode::Signed { builder.signed() } else { builder };
    let sealer = builder.limit(token.len().max(4096)).build().map_err(Failure::usage)?;
    let opened = sealer.open(&token, moment(&open.keys)).map_err(Failure::refused)?;
    let claims = &opened.claims;
    let class = match claims.class() {
        Class::Standard => "standard",
        Class::Remembered => "remembered",
    };
    let payload = &opened.data;
    let hex = payload.iter().fold(String::new(), |mut hex, octet| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{octet:02x}");
        hex
    });
    let decoded: Option<Value> = serde_json::from_slice(payload).ok();
    let (session, schema) = (claims.session_id().to_string(), claims.schema());
    let [created, issued, expires] =
        [claims.created(), claims.issued(), claims.expires()].map(Timestamp::to_rfc3339);
    let mut text = format!(
        "mode     {}\nclass    {class}\nschema   {schema}\nsession  {session}\ncreated  {created}\n\
         issued   {issued}\nexpires  {expires}\npayload  {} octets\n{hex}",
        mode_name(mode),
        payload.len()
    );
    if let Some(decoded) = &decoded {
        let _ = write!(text, "\n{decoded:#}");
    }
    let json = json!({
        "mode": mode_name(mode), "class": class, "schema": schema, "session": session,
        "created": created, "issued": issued, "expires": expires,
        "payload_hex": hex, "payload_json": decoded,
    });
    Ok(Report::new(text, json))
}

pub fn seal(seal: &Seal, access: Access) -> Result<Report, Failure> {
    let payload = read_input()?;
    let lifetime = Lifetime { idle: seal.idle, absolute: LONG };
    let builder = builder(&seal.keys, access)?.lifetime(lifetime).remembered(lifetime);
    let builder = if seal.signed { builder.signed() } else { builder };
    let sealer: Sealer = builder.build().map_err(Failure::usage)?;
    let now = moment(&seal.keys);
    let claims = if seal.remembered { sealer.fresh_remembered(now) } else { sealer.fresh(now) };
    let claims = claims.map_err(Failure::unusable)?.with_schema(seal.schema);
    let token = sealer.seal(&claims, &payload, now).map_err(Failure::unusable)?;
    Ok(Report::new(token.clone(), json!({ "token": token })))
}

fn builder(keys: &Keys, access: Access) -> Result<SealerBuilder, Failure> {
    let purpose = match &keys.use_ {
        Some(use_) => Purpose::token(&keys.app, use_),
        None => Purpose::cookie(&keys.app, &keys.name),
    };
    let ring: RingHandle = match (&keys.ring, &keys.ring_env) {
        (Some(file), _) => {
            let read = RingFile::read(access.to(file));
            read.map_err(|error| Failure::from(error).within(file.display()))?.into()
        }
        (None, Some(variable)) => KeyRing::from_env(variable).map_err(Failure::unusable)?.into(),
        (None, None) => return Err(Failure::usage("--ring or --ring-env is needed")),
    };
    Ok(Sealer::builder(ring, purpose.map_err(Failure::usage)?))
}

fn moment(keys: &Keys) -> Timestamp {
    keys.at.map_or_else(Timestamp::now, Timestamp::from_secs)
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Encrypted => "encrypted",
        Mode::Signed => "signed",
    }
}

fn token_of(argument: Option<&str>) -> Result<Vec<u8>, Failure> {
    match argument {
        None | Some("-") => Ok(read_input()?.trim_ascii().to_vec()),
        Some(token) => Ok(token.as_bytes().to_vec()),
    }
}

/// Standard input, whole.
pub fn read_input() -> Result<Vec<u8>, Failure> {
    let mut input = Vec::new();
    let read = io::stdin().lock().take(INPUT_LIMIT + 1).read_to_end(&mut input);
    read.map_err(Failure::unusable)?;
    if input.len() as u64 > INPUT_LIMIT {
        return Err(Failure::unusable("standard input is longer than a mebibyte"));
    }
    Ok(input)
}
