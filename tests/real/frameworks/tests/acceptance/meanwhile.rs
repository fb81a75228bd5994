//! What happens while a request is under way, and bytes that only a socket carries.

use hardtack::testing::Change;
use hardtack_frameworks::slow::{GATE, HEADS_ARRIVED};
use http_body_util::BodyExt;

use crate::server::Server;
use crate::site::Asked;
use crate::site::Verdict::{self, Held, NotApplicable};
use crate::{client, heard};

/// Two requests are under way on one session: the first to come is the last to be answered, and the other logs out.
pub fn slow_response(site: &Server) -> Verdict {
    for (action, status) in [("look-slowly", 200), ("rename-slowly", 500)] {
        let ada = site.ada();
        // A refresh is due.
        site.wait(15 * 60);
        let slow = site.begin(action, "Grace", &ada);
        GATE.is_reached();
        let reply = site.act("logout", "", &[&ada]);
        assert!(matches!(reply.change(&site.world), Change::Removed));
        GATE.open();
        let reply = site.run(slow).unwrap().unwrap();
        assert_eq!(reply.status, status, "{action}");
        reply.assert_sets_nothing();
        assert_eq!(site.profile(&ada), None);
    }
    // Nobody logs out: the same responses carry what they would.
    let ada = site.ada();
    let slow = site.begin("rename-slowly", "Grace", &ada);
    GATE.is_reached();
    GATE.open();
    assert_eq!(site.run(slow).unwrap().unwrap().session(&site.world).data.name, "Grace");
    Held
}

/// The head has arrived here before the handler's stream tries to change the session.
pub fn late_change(site: &Server) -> Verdict {
    let ada = site.ada();
    let request = client::request(&Asked::by_the_site("/stream", None, &[&ada]));
    let addr = site.running.addr;
    let (head, body) = site.run(async {
        let response = client::open(addr, request).await.unwrap();
        let (head, mut body) = response.into_parts();
        let early = body.frame().await.unwrap().unwrap().into_data().unwrap();
        HEADS_ARRIVED.add_permits(1);
        let late = body.collect().await.unwrap().to_bytes();
        (head, [early, late].concat())
    });
    let body = String::from_utf8(body).unwrap();
    assert_eq!(head.status, 200);
    assert_eq!(head.headers.get_all("set-cookie").iter().count(), 0);
    assert_eq!(head.headers["vary"], "Cookie");
    assert_eq!(body, "early. update: head sent, start: head sent, end: head sent");
    // No header can say so any more, but the end was asked for: what the browser still holds is refused.
    heard::take(site);
    assert_eq!(site.profile(&ada), None);
    heard::assert_refused(site, "revoked");
    Held
}

pub fn odd_bytes(site: &Server) -> Verdict {
    let ada = site.ada();
    let odd = b"odd=\x80\xFF\xC3(;\"; =; ;".to_vec();
    let beside = [b"odd=\xFE; ".to_vec(), ada.clone().into_bytes()].concat();
    let send = |lines: &[&[u8]]| {
        let mut request = client::request(&Asked::by_the_site("/profile", None, &[]));
        for line in lines {
            request.headers_mut().append("cookie", http::HeaderValue::from_bytes(line).unwrap());
        }
        site.run(client::send(site.running.addr, request)).unwrap()
    };
    let reply = send(&[&odd, ada.as_bytes()]);
    assert_eq!((reply.status, &*reply.body), (200, "7 Ada"), "in a separate line");
    let reply = send(&[&beside]);
    match site.traits.drops_lines {
        None => assert_eq!((reply.status, &*reply.body), (200, "7 Ada")),
        Some(reason) => {
            assert_eq!(reply.status, 401);
            reply.assert_sets_nothing();
            return NotApplicable(reason);
        }
    }
    Held
}
