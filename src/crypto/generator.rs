//! Nonces from a generator in the thread's memory, which is cheaper than asking the operating system for each.
//!
//! Not compiled on WebAssembly: instances there start from copies of one memory, and each would draw the same nonces.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{NONCE, Refused, os_random};

/// Nonces per seed. This reseeds the generator about as often as rand reseeds its own, every 48 KiB.
const NONCES_A_SEED: u32 = 4096;

/// Draws a nonce from the thread's generator, with the clock XORed in.
#[expect(clippy::disallowed_methods, reason = "the clock is mixed into nonces")]
pub(super) fn thread_nonce(nonce: &mut [u8; NONCE]) -> Result<(), Refused> {
    let filled = GENERATOR.try_with(|generator| generator.borrow_mut().fill(nonce));
    filled.map_err(|_| Refused)??;
    // XOR of a uniform value with anything independent stays uniform. If a fork or a restored snapshot repeats the generator, the
    // clock keeps two nonces apart (most likely: no guarantee).
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = now.map_or(0, |d| d.as_nanos() as u64);
    for (byte, clock) in nonce.iter_mut().zip(nanos.to_be_bytes()) {
        *byte ^= clock;
    }
    Ok(())
}

thread_local! {
    static GENERATOR: RefCell<Generator> = const { RefCell::new(Generator { rng: None, left: 0 }) };
}

/// rand's own thread generator panics if it cannot be seeded; this one returns an error.
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
        let in_thread = || {
            std::thread::spawn(|| {
                let mut nonce = [0; NONCE];
                thread_nonce(&mut nonce).map(|()| nonce)
            })
        };
        let (one, two) = (in_thread(), in_thread());
        assert_ne!(one.join().unwrap(), two.join().unwrap());
    }
}
