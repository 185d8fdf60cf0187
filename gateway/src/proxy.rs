//! The PROXY protocol, version 2: what a balancer of TCP says before anything else of whom it heard from. Taken from
//! peers that were named as balancers, who then must say it; from others it is no HTTP and ends there.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncRead, AsyncReadExt as _};

const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The most behind the first 16 bytes: addresses, and what balancers tell beside.
const REST_BYTES_MAX: usize = 2_048;

/// Reads it, and not a byte more; whom the connection is from, or none where the balancer speaks for itself.
///
/// # Errors
/// When the other side ends it, or says something else.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<IpAddr>> {
    let wrong = |what: &'static str| io::Error::new(io::ErrorKind::InvalidData, what);
    let mut head = [0; 16];
    stream.read_exact(&mut head).await?;
    let [.., version, family, high, low] = head;
    if !head.starts_with(SIGNATURE) || version >> 4 != 2 {
        return Err(wrong("no PROXY protocol of version 2"));
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > REST_BYTES_MAX {
        return Err(wrong("a PROXY header that is too long"));
    }
    let mut rest = vec![0; length];
    stream.read_exact(&mut rest).await?;
    match (version & 0x0f, family >> 4) {
        // LOCAL: a health check of its own.
        (0, _) => Ok(None),
        (1, 1) => match rest.first_chunk::<4>() {
            Some(source) if length >= 12 => Ok(Some(Ipv4Addr::from(*source).into())),
            _ => Err(wrong("a PROXY header that ends in an address")),
        },
        (1, 2) => match rest.first_chunk::<16>() {
            Some(source) if length >= 36 => Ok(Some(IpAddr::from(Ipv6Addr::from(*source)).to_canonical())),
            _ => Err(wrong("a PROXY header that ends in an address")),
        },
        (1, _) => Ok(None),
        _ => Err(wrong("a command of the PROXY protocol that is not known")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(version: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).expect("is short").to_be_bytes();
        [SIGNATURE.as_slice(), &[version, family], &length, rest].concat()
    }

    #[tokio::test]
    async fn whom_a_balancer_names() {
        let v4 = [1, 2, 3, 4, 10, 0, 0, 1, 0, 80, 0, 81];
        let v6 = [&[0x20, 1, 0x0d, 0xb8], &[0; 11][..], &[7], &[0; 20]].concat();
        let good: [(Vec<u8>, Option<&str>); 6] = [
            (header(0x21, 0x11, &v4), Some("1.2.3.4")),
            // With something behind the addresses.
            (header(0x21, 0x11, &[&v4[..], &[3, 0, 1, 9]].concat()), Some("1.2.3.4")),
            (header(0x21, 0x21, &v6), Some("2001:db8::7")),
            (header(0x20, 0x11, &v4), None),
            (header(0x20, 0, &[]), None),
            (header(0x21, 0x31, &[0; 216]), None),
        ];
        for (bytes, want) in good {
            let with_more = [&bytes[..], b"GET / HTTP/1.1"].concat();
            let mut read_from = &with_more[..];
            let got = read(&mut read_from).await.expect("is one");
            assert_eq!(got, want.map(|want| want.parse().expect("is an address")));
            assert_eq!(read_from, b"GET / HTTP/1.1");
        }
        let mut long = header(0x21, 0x11, &v4);
        long[14] = 0xff;
        let wrong = [
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            b"PROXY TCP4 1.2.3.4 1.2.3.4 80 81\r\n".to_vec(),
            header(0x11, 0x11, &v4),
            header(0x22, 0x11, &v4),
            header(0x21, 0x11, &v4[..11]),
            header(0x21, 0x21, &v4),
            header(0x21, 0x11, &v4)[..20].to_vec(),
            long,
            Vec::new(),
        ];
        for bytes in wrong {
            assert!(read(&mut &bytes[..]).await.is_err(), "{bytes:?}");
        }
    }
}
