//! Takes the addresses, before anything else runs: a taken port is told by the flag that changes it.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

use crate::settings::address::Address;
use crate::settings::low::Key;

/// Connections that the kernel keeps until they are accepted: a whole gateway's browsers may come back at once.
const BACKLOG: u32 = 4096;

/// The addresses that could not be taken, all of them.
#[derive(Debug, Default)]
pub(crate) struct Taken(Vec<String>);

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Taken {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Listens there. What goes wrong is noted.
    pub(crate) fn bind(&mut self, key: Key, address: SocketAddr) -> Option<TcpListener> {
        listen(address).map_err(|error| self.note(key, address, &error)).ok()
    }

    /// Listens on all of them. Both halves of `localhost:0` get one port.
    pub(crate) fn bind_all(&mut self, key: Key, addresses: &[Address]) -> Vec<TcpListener> {
        let mut listeners = Vec::new();
        let mut chosen = None;
        for address in addresses {
            let mut socket = address.socket;
            let follows = address.may_be_absent && socket.port() == 0;
            if let (true, Some(port)) = (follows, chosen) {
                socket.set_port(port);
            }
            match listen(socket) {
                Ok(listener) => {
                    chosen = listener.local_addr().ok().map(|bound| bound.port());
                    listeners.push(listener);
                }
                // This machine has no IPv6, or the port that it chose is another's there.
                Err(error) if address.may_be_absent && (follows || is_absent(&error)) => {}
                Err(error) => self.note(key, socket, &error),
            }
        }
        listeners
    }

    fn note(&mut self, key: Key, address: SocketAddr, error: &io::Error) {
        let flag = key.flag();
        self.0.push(match error.kind() {
            io::ErrorKind::AddrInUse => {
                let next = SocketAddr::new(address.ip(), address.port().checked_add(1).unwrap_or_default());
                format!("{address} is taken by another program; choose another port, as in {flag} {next}")
            }
            io::ErrorKind::PermissionDenied => {
                format!("{address} may not be used by this user; choose a port above 1023 with {flag}")
            }
            _ => format!("can't listen on {address}: {error}; choose another address with {flag}"),
        });
    }
}

fn is_absent(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable
        || error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_names_the_flag() {
        let mut taken = Taken::default();
        let first = taken.bind(Key::Listen, ([127, 0, 0, 1], 0).into()).expect("a free port");
        assert!(taken.is_empty());
        let address = first.local_addr().expect("an address");
        let port = address.port();
        assert!(taken.bind(Key::GrpcListen, address).is_none());
        assert!(taken.bind_all(Key::AdminListen, &Address::localhost(port)).len() <= 1);
        let text = taken.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        for (line, flag) in lines.into_iter().zip(["--grpc-listen", "--admin-listen"]) {
            let want =
                format!("127.0.0.1:{port} is taken by another program; choose another port, as in {flag}");
            assert!(line.starts_with(&want), "{line}");
        }
    }

    #[tokio::test]
    async fn both_halves_of_localhost_get_one_port() {
        let mut taken = Taken::default();
        let listeners = taken.bind_all(Key::Listen, &Address::localhost(0));
        assert!(taken.is_empty(), "{taken}");
        let port = |listener: &TcpListener| listener.local_addr().expect("an address").port();
        assert!(
            !listeners.is_empty() && listeners.iter().all(|listener| port(listener) == port(&listeners[0]))
        );
    }
}
