//! An address of a fleet's own on the loopback: two fleets on one machine never meet, and nobody takes the port of a dead node.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::Error;

/// Who listens here has the address. Ports above it are below those that Linux gives to outgoing connections.
const GATE: u16 = 20_000;

pub struct Address {
    ip: Ipv4Addr,
    _gate: TcpListener,
}

impl Address {
    /// Takes the first that is free, from our process id on: all of 127.0.0.0/8 is this machine.
    pub fn take() -> Result<Self, Error> {
        let first = std::process::id();
        for number in (first..).take(1000) {
            let [_, a, b, c] = number.to_be_bytes();
            let ip = Ipv4Addr::new(127, a | 0x40, b, c);
            if let Ok(gate) = TcpListener::bind((ip, GATE)) {
                return Ok(Self { ip, _gate: gate });
            }
        }
        Err("no address is free".into())
    }

    /// Ports that are free there: another program may listen on all addresses of the machine.
    pub fn ports(&self, count: usize) -> Result<Vec<SocketAddr>, Error> {
        let bind = |port| TcpListener::bind((self.ip, port)).ok();
        let listeners: Vec<_> = (GATE + 1..32_768).filter_map(bind).take(count).collect();
        listeners.iter().map(|listener| Ok(listener.local_addr()?)).collect()
    }
}
