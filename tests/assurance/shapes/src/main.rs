//! Prints golden.txt or texts.txt as they would be today: `cargo run -p shapes -- golden`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let (golden, texts) = shapes::files();
    match std::env::args().nth(1).as_deref() {
        Some("golden") => print!("{golden}"),
        Some("texts") => print!("{texts}"),
        _ => {
            eprintln!("usage: shapes golden|texts");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
