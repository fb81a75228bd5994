//! One server with one way to keep a session: `hardtack-servers CONTENDER REDIS_URL` prints its port on 127.0.0.1 and serves.
//!
//! All have the same routes: `POST /login/{user}`, `GET /read`, `POST /change`. Each is set up as its documentation says.
//! Whatever goes wrong panics, and the load generator sees the broken connection.

mod actix_servers;
mod axum_servers;
mod profile;

use std::net::TcpListener;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [contender, redis] = arguments.as_slice() else {
        panic!("usage: hardtack-servers CONTENDER REDIS_URL");
    };
    profile::Profile::check_sizes();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    match contender.split_once('-').unwrap() {
        ("axum", way) => axum_servers::serve(listener, way, redis),
        ("actix", way) => actix_servers::serve(listener, way, redis),
        _ => panic!("no contender is called {contender}"),
    }
}
