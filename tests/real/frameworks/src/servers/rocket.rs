//! Rocket: its own server.

use std::sync::mpsc;

use futures_util::StreamExt;
use hardtack::SessionSlot;
use rocket::config::{Config, Shutdown};
use rocket::fairing::AdHoc;
use rocket::response::stream::ByteStream;
use rocket::{get, routes};

use super::Running;
use crate::apps::rocket::{app, quiet};
use crate::slow;
use crate::world::{User, World};

pub fn serve(world: World) -> Running {
    let (started, port) = mpsc::channel();
    let lifted_off = AdHoc::on_liftoff("port", move |rocket| {
        started.send(rocket.config().port).unwrap();
        Box::pin(async {})
    });
    let shutdown = Shutdown { ctrlc: false, grace: 0, mercy: 0, ..Shutdown::default() };
    let config = Config { port: 0, shutdown, ..quiet() };
    let app = app(world, config, routes![stream]).attach(lifted_off);
    // Rocket binds its own port; the listener that was made for it is dropped.
    let mut running = Running::on_tokio(|_| async move { drop(app.launch().await.unwrap()) });
    running.addr.set_port(port.recv().unwrap());
    running
}

#[get("/stream")]
fn stream(users: SessionSlot<User>) -> ByteStream<impl futures_util::Stream<Item = bytes::Bytes>> {
    ByteStream(Box::pin(slow::late_change(users).map(|chunk| chunk.unwrap_or_default())))
}
