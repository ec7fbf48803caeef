//! Free ports, outside the range that the kernel hands to outgoing connections (32768-60999).
//!
//! A port inside that range could be taken by any client between planning and binding.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};

use crate::error::DeployError;

const FROM: u16 = 20_000;
const TO: u16 = 32_000;

/// Hands out each port at most once.
pub struct Ports {
    next: u16,
    given: BTreeSet<u16>,
}

impl Ports {
    /// The scan starts at an offset from `salt`, so that simultaneous runs rarely try the same
    /// ports.
    pub fn new(salt: u64) -> Ports {
        let offset = u16::try_from(salt % u64::from(TO - FROM)).unwrap_or(0);
        Ports {
            next: FROM + offset,
            given: BTreeSet::new(),
        }
    }

    pub fn free(&mut self) -> Result<u16, DeployError> {
        for _ in FROM..TO {
            let port = self.next;
            self.next = if port + 1 < TO { port + 1 } else { FROM };
            if is_free(port) && self.given.insert(port) {
                return Ok(port);
            }
        }
        Err(DeployError::NoPort { from: FROM, to: TO })
    }

    /// A port that the definition fixes.
    pub fn fixed(&mut self, port: u16, service: &str) -> Result<u16, DeployError> {
        if is_free(port) && self.given.insert(port) {
            return Ok(port);
        }
        Err(DeployError::PortBusy {
            port,
            service: service.into(),
        })
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}
