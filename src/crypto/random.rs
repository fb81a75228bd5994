//! Randomness: from the operating system for keys and session ids, from a generator of the thread's own for nonces.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{NONCE, Refused, Zeroizing};

/// Nonces between two seeds: the generator is seeded anew about as often as rand's own, every 48 KiB.
const NONCES_A_SEED: u32 = 4096;

/// Fresh bytes from the operating system, for keys and session ids.
pub(crate) fn os_random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Refused> {
    let mut bytes = Zeroizing::new([0u8; N]);
    getrandom::fill(bytes.as_mut()).map_err(|_| Refused)?;
    Ok(bytes)
}

/// Where nonces come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NonceSource {
    /// A thread's own ChaCha12 generator, seeded and reseeded by the operating system, with the clock XORed in.
    #[default]
    Thread,
    /// The operating system, one call a nonce.
    Os,
}

/// Draws a nonce into its place.
#[expect(clippy::disallowed_methods, reason = "the clock is mixed into nonces")]
pub(crate) fn nonce(source: NonceSource, nonce: &mut [u8; NONCE]) -> Result<(), Refused> {
    match source {
        NonceSource::Os => getrandom::fill(nonce).map_err(|_| Refused)?,
        NonceSource::Thread => {
            let filled = GENERATOR.try_with(|generator| generator.borrow_mut().fill(nonce));
            filled.map_err(|_| Refused)??;
            // XOR of a uniform value with anything independent stays uniform; where a fork or a restored
            // snapshot repeats the generator, the clock keeps two nonces apart (most likely: no guarantee).
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let nanos = now.map_or(0, |d| d.as_nanos() as u64);
            for (byte, clock) in nonce.iter_mut().zip(nanos.to_be_bytes()) {
                *byte ^= clock;
            }
        }
    }
    Ok(())
}

thread_local! {
    static GENERATOR: RefCell<Generator> = const { RefCell::new(Generator { rng: None, left: 0 }) };
}

/// rand's own thread generator panics where it cannot be seeded; this one says so.
struct Generator {
    rng: Option<StdRng>,
    left: u32,
}

impl Generator {
    fn fill(&mut self, nonce: &mut [u8; NONCE]) -> Result<(), Refused> {
        if self.left == 0 {
            self.rng = Some(StdRng::from_seed(*os_random()?));
            self.left = NONCES_A_SEED;
        }
        self.left -= 1;
        self.rng.as_mut().ok_or(Refused)?.fill_bytes(nonce);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn draw(source: NonceSource) -> [u8; NONCE] {
        let mut drawn = [0; NONCE];
        nonce(source, &mut drawn).unwrap();
        drawn
    }

    #[test]
    fn nonces_differ_whatever_their_source() {
        for source in [NonceSource::Thread, NonceSource::Os] {
            assert_ne!(draw(source), draw(source));
        }
    }

    // What is mixed in must not make some nonces likelier than others: of 4,000 coins, half are heads within ten standard deviations.
    #[test]
    fn each_bit_of_a_nonce_is_a_fair_coin() {
        for source in [NonceSource::Thread, NonceSource::Os] {
            let drawn: Vec<u128> = (0..4_000)
                .map(|_| draw(source).iter().fold(0, |bits, &byte| bits << 8 | u128::from(byte)))
                .collect();
            for bit in 0..8 * NONCE {
                let heads = drawn.iter().filter(|nonce| **nonce >> bit & 1 == 1).count();
                assert!((1_684..=2_316).contains(&heads), "{heads} heads of bit {bit}");
            }
        }
    }

    #[test]
    fn the_generator_is_seeded_anew_and_repeats_nothing() {
        let mut generator = Generator { rng: None, left: 0 };
        let mut seen = BTreeSet::new();
        for count in 0..2 * NONCES_A_SEED {
            let mut nonce = [0; NONCE];
            generator.fill(&mut nonce).unwrap();
            assert_eq!(generator.left, NONCES_A_SEED - 1 - count % NONCES_A_SEED);
            assert!(seen.insert(nonce));
        }
    }

    #[test]
    fn two_threads_draw_different_nonces() {
        let in_thread = || std::thread::spawn(|| draw(NonceSource::Thread));
        let (one, two) = (in_thread(), in_thread());
        assert_ne!(one.join().unwrap(), two.join().unwrap());
    }
}
