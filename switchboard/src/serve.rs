//! Runs the parts: binds everything, tells where, starts, and stops in order.

use std::net::SocketAddr;
use std::process::ExitCode;

use switchboard_gateway::config::DRAIN_DEADLINE;
use switchboard_gateway::{Tls, TlsError};
use switchboard_telemetry::{Format, Levels};
use tokio::net::TcpListener;

use crate::announce::{self, Bound};
use crate::bind::Taken;
use crate::parts;
use crate::settings::high::{Auth, Program, Settings};
use crate::settings::low::Key;
use crate::stop::{Ended, Parts, Signals, terminate_within};
use crate::{EXIT_ADDRESS, EXIT_FAULT, EXIT_SETTINGS, fault};

/// Everything that listens.
struct Listeners {
    web: Vec<TcpListener>,
    grpc: Option<TcpListener>,
    gateway_admin: Option<TcpListener>,
    room_service_admin: Option<TcpListener>,
}

/// Runs the program until it is told to stop. `levels` changes what is logged.
pub(crate) async fn run(settings: &Settings, levels: Levels) -> ExitCode {
    let source = settings.gateway.as_ref().and_then(|gateway| gateway.tls.clone());
    let tls = match source.map(Tls::load).transpose() {
        Ok(tls) => tls,
        Err(error) => {
            eprintln!("switchboard can't start: {}", tls_mistake(&error));
            return EXIT_SETTINGS.into();
        }
    };
    let listeners = match bind(settings) {
        Ok(listeners) => listeners,
        Err(taken) => {
            eprintln!("{taken}");
            return EXIT_ADDRESS.into();
        }
    };
    let signals = match Signals::catch() {
        Ok(signals) => signals,
        Err(error) => return fault(&error),
    };
    warn(settings);
    let bound = bound(&listeners);
    tell(settings, &bound, tls.as_ref());
    let running = match start(settings, listeners, &bound, tls, levels) {
        Ok(running) => running,
        Err(error) => return fault(&error),
    };
    // The all-in-one ends its gateway together with the rooms: there is no elsewhere to go to.
    let drain = settings.gateway.as_ref().filter(|_| settings.program == Program::Gateway);
    let drain = drain.map(|gateway| (parts::drain_window(gateway), DRAIN_DEADLINE));
    match running.run(signals.listen(terminate_within(drain))).await {
        Ended::Stopped => ExitCode::SUCCESS,
        Ended::Failed => EXIT_FAULT.into(),
    }
}

/// The mistake by the flag that mends it.
fn tls_mistake(error: &TlsError) -> String {
    let flag = match error {
        TlsError::Cert(_) => Key::TlsCertFile.flag(),
        TlsError::Key(_) | TlsError::Pair(_) => Key::TlsKeyFile.flag(),
        TlsError::Folder(_) | TlsError::Authorities(_) => Key::DataDir.flag(),
    };
    format!("{flag}: {error}")
}

fn bind(settings: &Settings) -> Result<Listeners, Taken> {
    let mut taken = Taken::default();
    let web = settings.gateway.as_ref().map(|gateway| taken.bind_all(Key::Listen, &gateway.listen));
    let grpc_key = if settings.program == Program::AllInOne { Key::GrpcListen } else { Key::Listen };
    let grpc = settings.room_service.as_ref().and_then(|part| taken.bind(grpc_key, part.listen));
    // The all-in-one has two, on neighbouring ports.
    let mut admin = settings.admin_listen;
    let mut gateway_admin = None;
    let mut room_service_admin = None;
    if settings.gateway.is_some() {
        gateway_admin = admin.and_then(|address| taken.bind(Key::AdminListen, address));
        admin = admin.map(next_port);
    }
    if settings.room_service.is_some() {
        room_service_admin = admin.and_then(|address| taken.bind(Key::AdminListen, address));
    }
    let listeners = Listeners { web: web.unwrap_or_default(), grpc, gateway_admin, room_service_admin };
    if taken.is_empty() { Ok(listeners) } else { Err(taken) }
}

/// The port after it; 0 stays "any".
fn next_port(mut address: SocketAddr) -> SocketAddr {
    if address.port() != 0 {
        address.set_port(address.port().wrapping_add(1));
    }
    address
}

fn bound(listeners: &Listeners) -> Bound {
    let address = |listener: &TcpListener| listener.local_addr().ok();
    Bound {
        web: listeners.web.iter().filter_map(address).collect(),
        grpc: listeners.grpc.as_ref().and_then(address),
        gateway_admin: listeners.gateway_admin.as_ref().and_then(address),
        room_service_admin: listeners.room_service_admin.as_ref().and_then(address),
    }
}

/// To standard output for people; with a log for machines, as an entry of it.
fn tell(settings: &Settings, bound: &Bound, tls: Option<&Tls>) {
    let text = announce::text(settings, bound, tls.map(Tls::certificate).as_ref());
    match settings.log_format {
        Format::Auto | Format::Text => print!("{text}"),
        Format::Json => tracing::info!("{text}"),
    }
}

/// What whoever reads the log of a server should know.
fn warn(settings: &Settings) {
    if settings.program != Program::AllInOne && matches!(settings.auth, Auth::Open) {
        tracing::warn!(
            "open: whoever reaches this can join any room, under any name; --auth token is for servers"
        );
    }
    let tls = settings.room_service.as_ref().and_then(|room_service| room_service.tls.as_ref());
    if matches!(settings.auth, Auth::Open) && tls.is_some_and(|tls| tls.files().authorities.is_some()) {
        tracing::warn!(
            "--grpc-client-ca lets nobody out with --auth open: who shows no certificate may do everything too; \
             use --auth token"
        );
    }
}

/// Starts the parts in the order in which they stop.
fn start(
    settings: &Settings,
    listeners: Listeners,
    bound: &Bound,
    tls: Option<Tls>,
    levels: Levels,
) -> std::io::Result<Parts> {
    let mut running = Parts::default();
    if let Some(gateway) = &settings.gateway {
        // The all-in-one's gateway reaches its room service as any gateway does.
        let own = bound.grpc.map(|grpc| format!("http://{}", announce::reachable(grpc)));
        let room_services = own.map_or_else(|| gateway.roomsvc.clone(), |own| vec![own]);
        let config = switchboard_gateway::Config {
            trace: settings.trace.clone(),
            levels: Some(levels.clone()),
            ..parts::gateway_config(gateway, room_services, &settings.auth, settings.program, tls)
        };
        let run = parts::gateway(listeners.web, listeners.gateway_admin, config)?;
        running.start("gateway", run);
    }
    if let (Some(room_service), Some(listener)) = (&settings.room_service, listeners.grpc) {
        let config = switchboard_roomsvc::Config {
            trace: settings.trace.clone(),
            levels: Some(levels),
            ..parts::room_service_config(room_service, &settings.auth)
        };
        running.start("room service", parts::room_service(listener, listeners.room_service_admin, config));
    }
    Ok(running)
}
