//! A Socket.IO server that echoes, with the settings that the public conformance suites of the protocol expect:
//! `cargo run --example socketio_echo -- --listen 127.0.0.1:3000`.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use clap::Parser;
use http_body_util::Full;
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::value::RawValue;
use switchboard_socketio::engine::{Closed, Config, Engine, Frame, Socket};
use switchboard_socketio::packet::{self, Decoder, Packet, Writer};
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::task::TaskTracker;

/// How long a client may be silent before it asks for a namespace.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const NAMESPACES: [&str; 2] = ["/", "/custom"];

/// Echoes what Socket.IO clients say.
#[derive(Parser)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3000")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind(Arguments::parse().listen).await?;
    let config = Config {
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(200),
        max_payload: 1_000_000,
        ..Config::default()
    };
    let engine = Engine::new(config, TaskTracker::new());
    println!("socketio_echo listens at http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let engine = engine.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let engine = engine.clone();
                async move {
                    let mut response = answer(&engine, request).await;
                    let any = HeaderValue::from_static("*");
                    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
                    Ok::<_, Infallible>(response)
                }
            });
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new());
            let _ = http.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
        });
    }
}

async fn answer(
    engine: &std::sync::Arc<Engine>,
    request: Request<hyper::body::Incoming>,
) -> Response<Full<Bytes>> {
    let status = |status| {
        let mut response = Response::new(Full::default());
        *response.status_mut() = status;
        response
    };
    if request.method() == Method::OPTIONS {
        let mut response = status(StatusCode::NO_CONTENT);
        for name in [header::ACCESS_CONTROL_ALLOW_METHODS, header::ACCESS_CONTROL_ALLOW_HEADERS] {
            response.headers_mut().insert(name, HeaderValue::from_static("*"));
        }
        return response;
    }
    if request.uri().path().trim_end_matches('/') != "/socket.io" {
        return status(StatusCode::NOT_FOUND);
    }
    engine.handle(request, None, serve).await
}

/// Serves one client until it goes.
async fn serve(mut socket: Socket) {
    if let Err(Ended::Invalid) = run(&mut socket).await {
        socket.close(1000, "").await;
    }
}

/// Why a client is served no longer.
enum Ended {
    /// What it said can't be understood, or it said nothing.
    Invalid,
    Closed,
}

impl From<Closed> for Ended {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

async fn run(socket: &mut Socket) -> Result<(), Ended> {
    let mut decoder = Decoder::default();
    let mut connected: Vec<Box<str>> = Vec::new();
    let mut silent = true;
    let connect_timeout = sleep(CONNECT_TIMEOUT);
    tokio::pin!(connect_timeout);
    loop {
        let woken = tokio::select! {
            woken = socket.wait(true) => woken,
            () = &mut connect_timeout, if silent => return Err(Ended::Invalid),
        };
        let Some(message) = socket.handle(woken).await? else { continue };
        let Some(packet) = decoder.take(message).map_err(|_| Ended::Invalid)? else { continue };
        let frames = match packet {
            Packet::Connect { namespace, .. } if !NAMESPACES.contains(&&*namespace) => {
                vec![packet::connect_error(&namespace, "Invalid namespace")]
            }
            Packet::Connect { namespace, auth } => {
                silent = false;
                let sid = format!("{:032x}", rand::random::<u128>());
                let auth = auth.as_deref().map_or("{}", RawValue::get);
                let frames = vec![
                    packet::connect(&namespace, &sid, None),
                    Writer::event(&namespace, "auth", 0).raw(auth).finish(),
                ];
                connected.push(namespace);
                frames
            }
            Packet::Disconnect { namespace } => {
                connected.retain(|one| *one != namespace);
                Vec::new()
            }
            Packet::Event { namespace, id, name, args, attachments } if connected.contains(&namespace) => {
                let writer = match (&*name, id) {
                    ("message", _) => Writer::event(&namespace, "message-back", attachments.len()),
                    ("message-with-ack", Some(id)) => Writer::ack(&namespace, id, attachments.len()),
                    _ => continue,
                };
                let text = args.iter().fold(writer, |writer, arg| writer.raw(arg.get())).finish();
                let binary = attachments.into_iter().map(Frame::Binary);
                std::iter::once(text).chain(binary).collect()
            }
            Packet::Event { .. } | Packet::Ack { .. } => Vec::new(),
        };
        for frame in frames {
            socket.send(frame).await?;
        }
        socket.flush().await?;
    }
}
