//! What a browser is answered, in no framework's type.

use crate::head::ResponseHead;

/// An answer to what a browser asks about its device: status, headers, body. Send it as it is.
#[derive(Clone, Debug)]
#[must_use = "the browser waits for it"]
pub struct DeviceAnswer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl DeviceAnswer {
    /// An answer without a body, which no cache keeps.
    pub(crate) fn empty(status: u16) -> Self {
        let headers = vec![("cache-control", "no-store".to_owned())];
        Self { status, headers, body: String::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn with_body(mut self, media_type: &str, body: String) -> Self {
        self.body = body;
        self.with("content-type", media_type)
    }

    /// Returns the status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the headers, names in lower case. `set-cookie` may come more than once.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Returns the body, which may be empty.
    pub fn body(&self) -> &str {
        &self.body
    }
}

/// The head of an answer that a session is committed into. Of what a commit says, only cookies matter: nothing here is cached.
pub(crate) struct Collected(pub(crate) Vec<String>);

impl ResponseHead for Collected {
    fn status(&self) -> u16 {
        200
    }

    fn lines(&self, _: &str, _: &mut dyn FnMut(&[u8])) {}

    fn append(&mut self, name: &'static str, value: &str) {
        if name == "set-cookie" {
            self.0.push(value.to_owned());
        }
    }

    fn replace(&mut self, _: &'static str, _: &str) {}
}
