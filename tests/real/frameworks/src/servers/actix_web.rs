//! actix-web: its own server.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;

use actix_web::{HttpResponse, HttpServer, rt, web};
use hardtack::SessionSlot;

use super::Running;
use crate::apps::actix_web::app;
use crate::slow;
use crate::world::{User, World};

pub fn serve(world: World) -> Running {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    let app = move || {
        app(world.clone(), |more| {
            more.route("/stream", web::get().to(stream));
        })
    };
    let (started, handle) = mpsc::channel();
    std::thread::spawn(move || {
        rt::System::new().block_on(async {
            let server = HttpServer::new(app).workers(2).disable_signals();
            let server = server.listen_auto_h2c(listener).unwrap().run();
            started.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    let handle = handle.recv().unwrap();
    Running::new(addr, move || drop(handle.stop(false)))
}

async fn stream(users: SessionSlot<User>) -> HttpResponse {
    HttpResponse::Ok().streaming(Box::pin(slow::late_change(users)))
}
