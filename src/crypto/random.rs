//! Randomness from the operating system, or from the host of a WebAssembly instance. Nonces can also come from a generator in
//! memory.

#[cfg(not(target_family = "wasm"))]
use super::generator::thread_nonce;
use super::{NONCE, Refused, Zeroizing};

/// Fresh bytes from the operating system, for keys and session ids.
pub(crate) fn os_random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Refused> {
    let mut bytes = Zeroizing::new([0u8; N]);
    fill(bytes.as_mut(), getrandom::fill)?;
    Ok(bytes)
}

/// Refuses a source that says it has written and has not: JavaScript that still has the memory of an instance that ended writes
/// there. A good source gives all zeros once in 2^64 times or less.
fn fill<E>(
    bytes: &mut [u8],
    source: impl FnOnce(&mut [u8]) -> Result<(), E>,
) -> Result<(), Refused> {
    bytes.fill(0);
    source(bytes).map_err(|_| Refused)?;
    if bytes.iter().all(|&byte| byte == 0) { Err(Refused) } else { Ok(()) }
}

/// Where nonces come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NonceSource {
    /// The thread's ChaCha12 generator, seeded and reseeded by the operating system, with the clock XORed in.
    #[cfg(not(target_family = "wasm"))]
    #[default]
    Thread,
    /// The operating system, one call per nonce. On WebAssembly this is the host, and the only source: see `generator.rs`.
    #[cfg_attr(target_family = "wasm", default)]
    Os,
}

/// Writes a new nonce to `nonce`.
pub(crate) fn nonce(source: NonceSource, nonce: &mut [u8; NONCE]) -> Result<(), Refused> {
    match source {
        NonceSource::Os => fill(nonce, getrandom::fill),
        #[cfg(not(target_family = "wasm"))]
        NonceSource::Thread => thread_nonce(nonce),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(source: NonceSource) -> [u8; NONCE] {
        let mut drawn = [0; NONCE];
        nonce(source, &mut drawn).unwrap();
        drawn
    }

    #[test]
    fn nonces_differ_whatever_their_source() {
        for source in [NonceSource::default(), NonceSource::Os] {
            assert_ne!(draw(source), draw(source));
        }
    }

    #[test]
    fn a_source_that_writes_nothing_is_refused() {
        let mut drawn = [7; NONCE];
        assert!(fill(&mut drawn, |_| Ok::<(), ()>(())).is_err());
        assert!(fill(&mut drawn, |_| Err(())).is_err());
        let last = |bytes: &mut [u8]| {
            bytes[NONCE - 1] = 1;
            Ok::<(), ()>(())
        };
        assert!(fill(&mut drawn, last).is_ok());
    }

    // What is mixed in must not make some nonces likelier than others: of 4,000 coins, half are heads within ten standard deviations.
    #[test]
    fn each_bit_of_a_nonce_is_a_fair_coin() {
        for source in [NonceSource::default(), NonceSource::Os] {
            let drawn: Vec<u128> = (0..4_000)
                .map(|_| draw(source).iter().fold(0, |bits, &byte| bits << 8 | u128::from(byte)))
                .collect();
            for bit in 0..8 * NONCE {
                let heads = drawn.iter().filter(|nonce| **nonce >> bit & 1 == 1).count();
                assert!((1_684..=2_316).contains(&heads), "{heads} heads of bit {bit}");
            }
        }
    }
}
