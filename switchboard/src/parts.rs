//! From the program's settings to those of the two crates, and the calls that run them.

use std::io;
use std::time::Duration;

use anyhow::Context as _;
use switchboard_gateway::{Access, Tls};
use switchboard_roomsvc::{RedisChoice, StoreChoice};
use tokio::net::TcpListener;

use crate::settings::high::{Auth, Gateway, Program, RoomService};
use crate::stop::Stop;

/// Of the two seconds that Ctrl-C promises; the room service needs its share.
const GATEWAY_STOP_WITHIN: Duration = Duration::from_millis(1_500);

pub(crate) fn gateway_config(
    gateway: &Gateway,
    room_services: Vec<String>,
    auth: &Auth,
    program: Program,
    tls: Option<Tls>,
) -> switchboard_gateway::Config {
    let (access, verifier) = match auth {
        Auth::Open => (Access::Open, None),
        Auth::Token(token) => (Access::SameOrigin, Some(token.verifier.clone())),
    };
    let defaults = switchboard_gateway::Config::default();
    let ping_interval = gateway.ping_interval.unwrap_or(defaults.ping_interval);
    switchboard_gateway::Config {
        name: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        room_services,
        access,
        verifier,
        link_secrets: gateway.link_secrets.clone(),
        room_service_tls: gateway.room_service_tls.clone(),
        ice_servers: gateway.ice_servers.clone(),
        trusted_hops: gateway.trusted_hops,
        proxies: gateway.proxies.clone(),
        limits: gateway.limits,
        allowed_origins: gateway.allow_origins.clone(),
        tls,
        shutdown_timeout: GATEWAY_STOP_WITHIN,
        drain_window: if program == Program::Gateway { drain_window(gateway) } else { Duration::ZERO },
        ping_interval,
        pong_timeout: ping_interval * 2 / 5,
        socketio_ping_timeout: gateway.socketio_ping_timeout.unwrap_or(defaults.socketio_ping_timeout),
        socketio_resume_window: gateway.socketio_resume_window.unwrap_or(defaults.socketio_resume_window),
        ..defaults
    }
}

/// Over how long a gateway that runs alone lets its sockets go.
pub(crate) fn drain_window(gateway: &Gateway) -> Duration {
    gateway.drain_window.unwrap_or(switchboard_gateway::config::DRAIN_WINDOW)
}

pub(crate) fn room_service_config(room_service: &RoomService, auth: &Auth) -> switchboard_roomsvc::Config {
    let store = match &room_service.redis_url {
        Some(url) => StoreChoice::Redis(RedisChoice {
            tls_ca: room_service.redis_tls_ca.clone(),
            wait_replicas: room_service.redis_wait_replicas.unwrap_or_default(),
            ..RedisChoice::new(url.expose())
        }),
        None => StoreChoice::Memory,
    };
    let defaults = switchboard_roomsvc::Config::default();
    let gateway_lease = room_service.gateway_lease.unwrap_or(defaults.gateway_lease);
    let partitions = room_service.partitions.unwrap_or(defaults.partitions);
    let access = match auth {
        Auth::Open => switchboard_roomsvc::Access::Open,
        Auth::Token(token) => switchboard_roomsvc::Access::Token {
            verifier: token.verifier.clone(),
            link_secrets: token.link_secrets.clone(),
            names: room_service.names.clone(),
        },
    };
    let reflection = room_service.reflection;
    switchboard_roomsvc::Config {
        store,
        access,
        tls: room_service.tls.clone(),
        reflection,
        gateway_lease,
        partitions,
        ..defaults
    }
}

/// The gateway on its listeners, until it is told to stop.
pub(crate) fn gateway(
    listeners: Vec<TcpListener>,
    admin: Option<TcpListener>,
    config: switchboard_gateway::Config,
) -> io::Result<impl FnOnce(Stop) -> Running> {
    let gateway = switchboard_gateway::Gateway::new(config).map_err(io::Error::other)?;
    Ok(move |stop: Stop| -> Running {
        Box::pin(async move {
            let handle = gateway.handle();
            let run = gateway.run(listeners, admin.into_iter().collect(), stop.haste);
            tokio::pin!(run);
            tokio::select! {
                () = &mut run => return Ok(()),
                () = stop.begin.cancelled() => handle.drain(),
            }
            run.await;
            Ok(())
        })
    })
}

/// The room service on its listener, until it is told to stop.
pub(crate) fn room_service(
    listener: TcpListener,
    admin: Option<TcpListener>,
    config: switchboard_roomsvc::Config,
) -> impl FnOnce(Stop) -> Running {
    move |stop| {
        Box::pin(async move {
            switchboard_roomsvc::run(listener, admin, config, stop.begin).await.context("room service")
        })
    }
}

/// A part at work.
pub(crate) type Running = std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;
