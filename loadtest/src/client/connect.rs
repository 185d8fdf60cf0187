//! From a URL to an open WebSocket.

use std::net::{IpAddr, SocketAddr};

use nix::sys::socket::{setsockopt, sockopt::IpBindAddressNoPort};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Uri, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, http};

use super::{ClientError, Io, Options};

/// The default of tungstenite is 128 KiB, allocated at once: too much for thousands of clients in one process.
const READ_BUFFER_BYTES: usize = 2 * 1024;
/// A gateway's messages are at most a snapshot's piece of 256 KiB; this is well above.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Opens the WebSocket. The caller holds the deadline.
pub(crate) async fn open(
    stream: Io,
    url: &str,
    options: &Options,
) -> Result<WebSocketStream<Io>, ClientError> {
    let request = request(url, options).map_err(|why| ClientError::Url { url: url.to_owned(), why })?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    match tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await {
        Ok((socket, _response)) => Ok(socket),
        Err(WsError::Http(response)) => Err(http_error(&response)),
        Err(error) => Err(ClientError::Handshake(Box::new(error))),
    }
}

/// A connection to the gateway at `url`: TCP, or TLS over it.
pub(crate) async fn dial_url(url: &str, options: &Options) -> Result<Io, ClientError> {
    let no_url = |why: String| ClientError::Url { url: url.to_owned(), why };
    let request = request(url, options).map_err(no_url)?;
    let failed = |source| ClientError::Connect { url: url.to_owned(), source };
    if request.uri().scheme_str() == Some("ws") {
        return dial(request.uri(), options).await.map(Io::Tcp).map_err(failed);
    }
    let trust = options.trust.as_ref();
    let trust = trust.ok_or_else(|| no_url("nothing says whose certificate is taken there".into()))?;
    let stream = dial(request.uri(), options).await.map_err(failed)?;
    let secured = trust.secure(host(request.uri()), stream).await;
    secured.map(|stream| Io::Tls(Box::new(stream))).map_err(failed)
}

fn http_error(response: &http::Response<Option<Vec<u8>>>) -> ClientError {
    let body = response.body().as_deref().unwrap_or_default();
    ClientError::Http { status: response.status().as_u16(), body: String::from_utf8_lossy(body).into_owned() }
}

fn request(url: &str, options: &Options) -> Result<Request, String> {
    let mut request = url.into_client_request().map_err(|error| error.to_string())?;
    if !matches!(request.uri().scheme_str(), Some("ws" | "wss")) {
        return Err("it has to begin with ws:// or wss://".into());
    }
    let value = |text: &str| HeaderValue::from_str(text).map_err(|error| error.to_string());
    let subprotocols = options.subprotocols.as_deref().unwrap_or(options.encoding.subprotocol());
    if !subprotocols.is_empty() {
        request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, value(subprotocols)?);
    }
    for (name, text) in &options.headers {
        let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
        request.headers_mut().insert(name, value(text)?);
    }
    Ok(request)
}

fn host(uri: &Uri) -> &str {
    uri.host().unwrap_or("localhost").trim_matches(['[', ']'])
}

async fn dial(uri: &Uri, options: &Options) -> std::io::Result<TcpStream> {
    let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("wss") { 443 } else { 80 });
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "the name has no address");
    for address in lookup_host((host(uri), port)).await? {
        if options.source.is_some_and(|source| source.is_ipv4() != address.is_ipv4()) {
            continue;
        }
        match dial_address(address, options).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn dial_address(address: SocketAddr, options: &Options) -> std::io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(bytes) = options.receive_buffer_bytes {
        socket.set_recv_buffer_size(bytes)?;
    }
    if let Some(source) = options.source {
        bind_without_port(&socket, source)?;
    }
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Binds the address alone. The kernel takes the port at connect, when it knows both ends: else it searches for one
/// that is free to everybody, slowly, once many old connections wait for their end.
fn bind_without_port(socket: &TcpSocket, source: IpAddr) -> std::io::Result<()> {
    if source.is_ipv4() {
        setsockopt(socket, IpBindAddressNoPort, &true)?;
    }
    socket.bind(SocketAddr::new(source, 0))
}
