//! Runs a crate's tests on `wasm32-unknown-unknown`, where what the standard runner prints goes nowhere. `.ci/edge` compiles the tests
//! with this one in its place; `unknown.mjs` is the host, which prints and counts.

#![cfg(target_family = "wasm")]
#![feature(test)]

extern crate test;

use test::{TestDescAndFn, TestFn};

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    // The test to begin with: a panic is the end of an instance, and the next one goes on behind it.
    safe fn first() -> usize;
    // A test begins: its name.
    fn begins(name: *const u8, length: usize);
    // What a panic says.
    fn panics(text: *const u8, length: usize);
    // A test was not run.
    safe fn ignored();
    safe fn passed();
}

pub fn run(tests: &[&TestDescAndFn]) {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string();
        // SAFETY: the host reads these bytes and nothing else.
        unsafe { panics(text.as_ptr(), text.len()) }
    }));
    for test in &tests[first()..] {
        let name = test.desc.name.as_slice();
        // SAFETY: as above.
        unsafe { begins(name.as_ptr(), name.len()) }
        match test.testfn {
            _ if test.desc.ignore => ignored(),
            TestFn::StaticTestFn(run) => match run() {
                Ok(()) => passed(),
                Err(text) => panic!("{text}"),
            },
            _ => panic!("not a test"),
        }
    }
}
