//! The heads of a request and a response, in a framework's own types: all that the crate needs from a framework.

/// The head of a request. Implement it to use a framework that has no adapter.
pub trait RequestHead {
    /// Returns the method, such as `GET`, in the case in which it was sent.
    fn method(&self) -> &str;

    /// Returns the path of the request's target as it arrived, without the query. If a router strips a prefix, this is the path
    /// before that.
    fn path(&self) -> &str;

    /// Returns the authority of the target if it has one: HTTP/2's `:authority`.
    fn authority(&self) -> Option<&str>;

    /// Calls `each` with the value of every line of the header `name` (lower case), in order.
    fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8]));
}

/// The head of a response that has not been sent yet. Implement it to use a framework that has no adapter.
pub trait ResponseHead {
    /// Returns the status code.
    fn status(&self) -> u16;

    /// Calls `each` with the value of every line of the header `name` (lower case), in order.
    fn lines(&self, name: &str, each: &mut dyn FnMut(&[u8]));

    /// Adds a header line.
    fn append(&mut self, name: &'static str, value: &str);

    /// Replaces all lines of that name with one.
    fn replace(&mut self, name: &'static str, value: &str);
}

#[cfg(test)]
pub(crate) mod stub {
    //! Heads in memory, for unit tests.

    use super::{RequestHead, ResponseHead};

    #[derive(Clone, Debug)]
    pub(crate) struct Request {
        pub(crate) method: &'static str,
        pub(crate) path: String,
        pub(crate) authority: Option<String>,
        /// Names are in lower case.
        pub(crate) lines: Vec<(&'static str, Vec<u8>)>,
    }

    impl Request {
        /// A request to the host `shop.example`.
        pub(crate) fn new(method: &'static str, path: &str) -> Self {
            let request = Self { method, path: path.into(), authority: None, lines: Vec::new() };
            request.with("host", "shop.example")
        }

        pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
            self.lines.push((name, value.as_ref().to_vec()));
            self
        }
    }

    impl RequestHead for Request {
        fn method(&self) -> &str {
            self.method
        }

        fn path(&self) -> &str {
            &self.path
        }

        fn authority(&self) -> Option<&str> {
            self.authority.as_deref()
        }

        fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8])) {
            self.lines.iter().filter(|line| line.0 == name).for_each(|line| each(&line.1));
        }
    }

    #[derive(Clone, Debug)]
    pub(crate) struct Response {
        pub(crate) status: u16,
        pub(crate) lines: Vec<(String, String)>,
    }

    impl Response {
        pub(crate) fn new(status: u16) -> Self {
            Self { status, lines: Vec::new() }
        }

        pub(crate) fn all(&self, name: &str) -> Vec<&str> {
            let named = self.lines.iter().filter(|line| line.0 == name);
            named.map(|line| line.1.as_str()).collect()
        }
    }

    impl ResponseHead for Response {
        fn status(&self) -> u16 {
            self.status
        }

        fn lines(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
            self.all(name).into_iter().for_each(|value| each(value.as_bytes()));
        }

        fn append(&mut self, name: &'static str, value: &str) {
            self.lines.push((name.to_owned(), value.to_owned()));
        }

        fn replace(&mut self, name: &'static str, value: &str) {
            self.lines.retain(|line| line.0 != name);
            self.append(name, value);
        }
    }
}
