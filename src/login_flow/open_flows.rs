//! The flows that a browser holds open, and which of them go when another begins: a visitor who clicks the button again and again, or
//! is led there by somebody else's pages, must not end with a header that no server takes.

use super::IN_NAME;
use crate::time::Timestamp;

/// The most flows that a browser holds open.
const MOST: usize = 5;
/// The most octets that their cookies' names and values take together.
const MOST_OCTETS: usize = 4096;

#[derive(Default)]
pub(super) struct OpenFlows(Vec<OpenFlow>);

struct OpenFlow {
    name_end: String,
    octets: usize,
    /// `None` for a cookie that does not open, here and now. Such a one counts as the oldest; it is not removed for that alone, since
    /// another node may have a newer ring.
    issued: Option<Timestamp>,
}

impl OpenFlows {
    /// Notes a cookie of the request. What cannot be the name of a flow's cookie is none.
    pub(super) fn push(&mut self, name_end: &[u8], value: usize, issued: Option<Timestamp>) {
        let in_name = |octet: &u8| octet.is_ascii_alphanumeric() || b"-_".contains(octet);
        if name_end.len() == IN_NAME && name_end.iter().all(in_name) {
            let name_end = String::from_utf8_lossy(name_end).into_owned();
            self.0.push(OpenFlow { name_end, octets: value, issued });
        }
    }

    /// The ends of the names of those that go, so that one more fits, whose value has `octets`.
    pub(super) fn surplus(mut self, octets: usize) -> impl Iterator<Item = String> {
        // Stable: of one second, the browser names the older first (RFC 6265bis section 5.8.3).
        self.0.sort_by_key(|flow| flow.issued);
        let mut taken = octets;
        let stays = |(count, flow): &(usize, &OpenFlow)| {
            taken += flow.octets;
            *count < MOST - 1 && taken <= MOST_OCTETS
        };
        let staying = self.0.iter().rev().enumerate().take_while(stays).count();
        self.0.truncate(self.0.len() - staying);
        self.0.into_iter().map(|flow| flow.name_end)
    }
}
