//! The examples do what they say.

use std::process::Command;

#[track_caller]
fn run(example: &str) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--example", example]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn quickstart_prints_each_step() {
    let printed = run("quickstart");
    for expected in [
        "Set-Cookie: __Host-shop=A",
        "; Path=/; HttpOnly; Secure; SameSite=Lax",
        "the same data as JSON in a `cookie` PrivateJar: 1",
        "User { id: 7, name: \"Ada\", role: Customer, cart: [101, 2002] }",
        "not authentic",
        "the old cookie opens: Ada is still logged in",
        "without the old key: unknown key: ",
        "2959 bytes of encoded data fit a session",
        "the cookie would take 7999 bytes, more than 4096; the data takes 5880 of them",
    ] {
        assert!(printed.contains(expected), "{expected}\nis not in\n{printed}");
    }
}

#[test]
fn bearer_tokens_open_for_an_hour() {
    let printed = run("bearer");
    assert!(printed.contains("now:           Ok(\"ada\")"), "{printed}");
    assert!(printed.contains("in an hour:    Err(401)"), "{printed}");
    assert!(printed.contains("someone else's: Err(401)"), "{printed}");
}
