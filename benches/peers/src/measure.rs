//! Round robin: in each round every act runs one short batch, so that other load on the machine affects all of them alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Something that can be timed: it runs itself a given number of times and returns how long that took.
pub type Act = Box<dyn FnMut(u32) -> Duration>;

/// An act that runs `work`; its result is kept from the optimiser.
pub fn act<R>(mut work: impl FnMut() -> R + 'static) -> Act {
    Box::new(move |times| {
        let start = Instant::now();
        for _ in 0..times {
            black_box(work());
        }
        start.elapsed()
    })
}

/// How long the batches are, and how many.
#[derive(Clone, Copy)]
pub struct Plan {
    pub rounds: usize,
    pub batch: Duration,
}

/// The median of nanoseconds a run, for each act.
pub fn medians(acts: &mut [Act], plan: Plan) -> Vec<f64> {
    let times: Vec<u32> = acts.iter_mut().map(|act| calibrate(act, plan.batch)).collect();
    let mut rounds = vec![Vec::with_capacity(plan.rounds); acts.len()];
    for round in 0..plan.rounds {
        for step in 0..acts.len() {
            // Another act begins each round, so that nobody always suffers the same neighbour's cache misses.
            let index = (round + step) % acts.len();
            let took = acts[index](times[index]);
            rounds[index].push(took.as_nanos() as f64 / f64::from(times[index]));
        }
    }
    rounds.into_iter().map(median).collect()
}

fn calibrate(act: &mut Act, batch: Duration) -> u32 {
    let mut times = 1;
    loop {
        let took = act(times);
        if took * 4 >= batch || times >= 1 << 24 {
            let one = took.as_nanos().max(1) as f64 / f64::from(times);
            return (batch.as_nanos() as f64 / one).ceil().max(1.0) as u32;
        }
        times *= 4;
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
