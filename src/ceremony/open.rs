//! The ceremonies that a browser holds open, and which of them are removed when another begins. A visitor may click the button again and
//! again, or another site's page may do it: the Cookie header must not grow until servers refuse it.

use super::IN_NAME;
use crate::time::Timestamp;

/// The most ceremonies that a browser holds open.
const MOST: usize = 5;
/// The most bytes that their cookies' names and values take together.
const MOST_BYTES: usize = 4096;
/// The most cookies of a request that are opened, to see how old they are.
const MOST_OPENED: usize = 64;
/// The most removals in one response: what is left goes with the next ceremony.
const MOST_REMOVED: usize = 16;

#[derive(Default)]
pub(super) struct OpenCeremonies(Vec<OpenCeremony>);

struct OpenCeremony {
    name_end: String,
    bytes: usize,
    /// `None` for a cookie that does not open, here and now. It counts as the oldest, but is not removed for that alone: another node may
    /// have a newer ring.
    issued: Option<Timestamp>,
}

impl OpenCeremonies {
    /// Notes a cookie of the request, once for each name. What cannot be the name of a ceremony's cookie is left out.
    pub(super) fn push(
        &mut self,
        name_end: &[u8],
        value: usize,
        issued: impl FnOnce() -> Option<Timestamp>,
    ) {
        let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        if name_end.len() != IN_NAME || !name_end.iter().all(in_name) {
            return;
        }
        let issued = if self.0.len() < MOST_OPENED { issued() } else { None };
        let name_end = String::from_utf8_lossy(name_end).into_owned();
        self.0.push(OpenCeremony { name_end, bytes: value, issued });
    }

    /// The name endings of the cookies to remove, so that one more fits whose value has this many bytes.
    pub(super) fn surplus(mut self, bytes: usize) -> impl Iterator<Item = String> {
        // Stable: of one second, the browser names the older first (RFC 6265bis section 5.8.3).
        self.0.sort_by_key(|ceremony| ceremony.issued);
        let mut taken = bytes;
        let stays = |(count, ceremony): &(usize, &OpenCeremony)| {
            taken += ceremony.bytes;
            *count < MOST - 1 && taken <= MOST_BYTES
        };
        let staying = self.0.iter().rev().enumerate().take_while(stays).count();
        self.0.truncate(self.0.len() - staying);
        let mut going: Vec<String> = Vec::new();
        for ceremony in self.0 {
            if going.len() < MOST_REMOVED && !going.contains(&ceremony.name_end) {
                going.push(ceremony.name_end);
            }
        }
        going.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: usize) -> Vec<u8> {
        format!("{number:08}").into_bytes()
    }

    #[test]
    fn removals_are_few_and_each_is_said_once() {
        let mut ceremonies = OpenCeremonies::default();
        let mut opened = 0;
        for number in 0..16_521 {
            ceremonies.push(&name(number / 2), 100, || {
                opened += 1;
                Some(Timestamp::from_secs(number as u64))
            });
        }
        let going: Vec<_> = ceremonies.surplus(100).collect();
        let mut names = going.clone();
        names.dedup();
        assert_eq!((going.len(), names.len(), opened), (MOST_REMOVED, MOST_REMOVED, MOST_OPENED));
    }

    #[test]
    fn the_oldest_go() {
        let mut ceremonies = OpenCeremonies::default();
        for number in 0..6 {
            ceremonies.push(&name(number), 100, || Some(Timestamp::from_secs(number as u64)));
        }
        assert_eq!(ceremonies.surplus(100).collect::<Vec<_>>(), ["00000000", "00000001"]);
    }
}
