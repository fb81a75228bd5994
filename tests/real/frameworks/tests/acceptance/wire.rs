//! Many requests at once, over one connection or many.

use bytes::Bytes;
use hardtack::testing::Change;
use http_body_util::Full;

use crate::client;
use crate::scenarios::NAME;
use crate::server::Server;
use crate::site::Verdict::{self, Held};
use crate::site::{Asked, Reply, Site};
use crate::world::User;

const MANY: usize = 64;

/// Reads and renames in turn, each rename to a different name.
fn requests(line: &str) -> Vec<http::Request<Full<Bytes>>> {
    let request = |at: usize| {
        let lines = ["theme=dark", line, "lang=en"];
        client::request(&if at.is_multiple_of(2) {
            Asked::by_the_site("/profile", None, &lines)
        } else {
            Asked::by_the_site("/act/rename", Some(&format!("Ada {at}")), &lines)
        })
    };
    (0..MANY).map(request).collect()
}

/// Each answer is that of its own request, whatever the others did.
#[track_caller]
fn assert_apart(site: &Site, replies: Vec<Reply>) {
    assert_eq!(replies.len(), MANY);
    let mut ids = Vec::new();
    for (at, reply) in replies.iter().enumerate() {
        assert_eq!(reply.status, 200, "{at}: {}", reply.body);
        assert_eq!(reply.all("set-cookie").len(), 1, "{at}: a refresh was due");
        let session = reply.session(&site.world);
        let name = if at.is_multiple_of(2) { "Ada".to_owned() } else { format!("Ada {at}") };
        assert_eq!(session.data, User { id: 7, name });
        ids.push(session.claims.session_id());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one session");
}

pub fn http2(site: &Server) -> Verdict {
    let addr = site.running.addr;
    let send = |requests| -> Vec<Reply> {
        let replies = site.run(client::send_h2(addr, requests)).unwrap();
        replies.into_iter().map(Result::unwrap).collect()
    };
    let login =
        send(vec![client::request(&Asked::by_the_site("/act/login", Some("Ada"), &[]))]).remove(0);
    assert_eq!(login.session(&site.world).data.name, "Ada");
    let line = login.sent_back(NAME);
    site.wait(15 * 60);
    assert_apart(site, send(requests(&line)));
    let logout =
        send(vec![client::request(&Asked::by_the_site("/act/logout", Some(""), &[&line]))])
            .remove(0);
    assert!(matches!(logout.change(&site.world), Change::Removed));
    Held
}

pub fn parallel(site: &Server) -> Verdict {
    let ada = site.ada();
    site.wait(15 * 60);
    let addr = site.running.addr;
    let replies = site.run(async {
        let sent =
            requests(&ada).into_iter().map(|request| tokio::spawn(client::send(addr, request)));
        let sent: Vec<_> = sent.collect();
        futures_util::future::join_all(sent).await
    });
    assert_apart(site, replies.into_iter().map(|reply| reply.unwrap().unwrap()).collect());
    Held
}
