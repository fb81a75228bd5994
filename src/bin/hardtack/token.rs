//! `hardtack inspect`, `open` and `seal`.

use std::fmt::Write;
use std::io::{self, Read};
use std::time::Duration;

use hardtack::keys::{self, RingFile};
use hardtack::token::{Mode, SealerBuilder};
use hardtack::{Application, Class, KeyRing, Timeouts, Timestamp};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::args::{Access, Inspect, Keys, Open, Seal, Stray};
use crate::report::{Failure, Report};

/// Far more than a token or a payload that fits one.
const INPUT_LIMIT: u64 = 1 << 20;
/// Longer than any policy, so that only the token's own stamp decides.
const LONG: Duration = Duration::from_secs(1000 * 365 * 86_400);

pub fn inspect(inspect: &Inspect) -> Result<Report, Failure> {
    let token = read_token(&inspect.stray)?;
    let parts = hardtack::token::inspect(&token).map_err(Failure::refused)?;
    let (mode, key) = (mode_name(parts.mode), parts.key_id.to_string());
    let (start, end) = (parts.issued.start.to_string(), parts.issued.end.to_string());
    let (bytes, payload, characters) = (parts.bytes, parts.payload, token.len());
    let at_most = if parts.mode == Mode::Signed { "" } else { "at most " };
    let text = format!(
        "mode     {mode}\nkey      {key}\nsealed   from {start} to {end}\n\
         size     {characters} characters, {bytes} bytes, {at_most}{payload} of them payload"
    );
    let json = json!({
        "mode": mode, "key": key, "sealed_from": start, "sealed_before": end,
        "characters": characters, "bytes": bytes, "payload": payload,
    });
    Ok(Report::new(text, json))
}

pub fn open(open: &Open, access: Access) -> Result<Report, Failure> {
    let token = read_token(&open.stray)?;
    // Reading the mode from the token is safe here, where a person asks about it. A server's mode is configured, never read from
    // a token.
    let mode = hardtack::token::inspect(&token).map_err(Failure::refused)?.mode;
    let long = Timeouts { idle: LONG, absolute: LONG };
    let builder = builder(&open.keys, access)?.timeouts(long).remember_me(long);
    let builder = if mode == Mode::Signed { builder.signed() } else { builder };
    let sealer = builder.limit(token.len().max(4096)).build().map_err(Failure::usage)?;
    let opened = sealer.open(&token, moment(&open.keys)).map_err(Failure::refused)?;
    let claims = &opened.claims;
    let class = match claims.class() {
        Class::Standard => "standard",
        Class::Remembered => "remembered",
    };
    let payload = &opened.data;
    let hex = payload.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let decoded: Option<Value> = serde_json::from_slice(payload).ok();
    let (session, schema) = (claims.session_id().to_string(), claims.schema());
    let [created, issued, expires] =
        [claims.created(), claims.issued(), claims.expires()].map(|moment| moment.to_string());
    let mut text = format!(
        "mode     {}\nclass    {class}\nschema   {schema:06x}\nsession  {session}\ncreated  {created}\n\
         issued   {issued}\nexpires  {expires}\npayload  {} bytes\n{hex}",
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
    let timeouts = Timeouts { idle: seal.idle, absolute: LONG };
    let builder = builder(&seal.keys, access)?.timeouts(timeouts).remember_me(timeouts);
    let builder = if seal.signed { builder.signed() } else { builder };
    let sealer = builder.build().map_err(Failure::usage)?;
    let now = moment(&seal.keys);
    let class = if seal.remembered { Class::Remembered } else { Class::Standard };
    let claims = sealer.new_claims(class, now).map_err(Failure::unusable)?.with_schema(seal.schema);
    let token = sealer.seal(&claims, &payload, now).map_err(Failure::unusable)?;
    Ok(Report::new(token.clone(), json!({ "token": token })))
}

fn builder(keys: &Keys, access: Access) -> Result<SealerBuilder, Failure> {
    let ring: keys::Keys = match (&keys.ring, &keys.ring_env) {
        (Some(file), _) => {
            let read = RingFile::read(access.to(file));
            read.map_err(|error| Failure::from(error).within(file.display()))?.into()
        }
        (None, Some(variable)) => KeyRing::from_env(variable).map_err(Failure::unusable)?.into(),
        (None, None) => return Err(Failure::usage("--ring or --ring-env is needed")),
    };
    let app = Application::new(&keys.app, ring).map_err(Failure::usage)?;
    Ok(match (&keys.use_, &keys.name) {
        (Some(use_), _) => app.sealer(use_),
        (None, Some(name)) => app.cookie_sealer(name),
        (None, None) => app.cookie_sealer(&format!("__Host-{}", keys.app)),
    })
}

fn moment(keys: &Keys) -> Timestamp {
    keys.at.unwrap_or_else(Timestamp::now)
}

fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Encrypted => "encrypted",
        Mode::Signed => "signed",
    }
}

/// A token that still opens is as good as a password, and every user of the machine can read arguments.
fn read_token(stray: &Stray) -> Result<Zeroizing<Vec<u8>>, Failure> {
    if !stray.words.is_empty() {
        return Err(Failure::usage(
            "give tokens on standard input only, because other users can see arguments: write `<FILE`, or paste it and press Ctrl-D",
        ));
    }
    Ok(Zeroizing::new(read_input()?.trim_ascii().to_vec()))
}

/// Standard input, whole: a token or a key, in a buffer that never grows, so that no copy is left behind.
pub fn read_input() -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut input = Zeroizing::new(Vec::with_capacity(INPUT_LIMIT as usize + 1));
    let read = io::stdin().lock().take(INPUT_LIMIT + 1).read_to_end(&mut input);
    read.map_err(Failure::unusable)?;
    if input.len() as u64 > INPUT_LIMIT {
        return Err(Failure::unusable("standard input is longer than a mebibyte"));
    }
    Ok(input)
}
