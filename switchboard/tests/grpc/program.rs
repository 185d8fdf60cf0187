//! The program as a newcomer starts it: everything in one process, rooms in memory.

use std::process::Command;

use switchboard_loadtest::{Client, Encoding};

use crate::process::{Process, WITHIN};

/// One that runs on ports of its own; dropped, it ends.
pub(crate) struct Program {
    /// Host and port of the gRPC API.
    pub(crate) grpc: String,
    socket: String,
    _process: Process,
}

impl Program {
    pub(crate) fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        for flag in ["--listen", "--grpc-listen", "--admin-listen"] {
            command.args([flag, "127.0.0.1:0"]);
        }
        command.env_clear();
        let mut process = Process::start(command);
        let told = process.until("its start", |told| told.contains("Try next:"));
        let find = |name: &str| {
            let line = told.lines().find_map(|line| line.trim().strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name:?} is not told:\n{told}")).trim().to_owned()
        };
        let page = find("page");
        let (_, listens) = page.split_once("(listens on ").expect("tells where it listens");
        let socket = format!("ws://{}/ws", listens.trim_end_matches(')'));
        Self { grpc: find("gRPC API"), socket, _process: process }
    }

    /// Somebody who has joined through the gateway.
    pub(crate) async fn join(&self, room: &str, participant: &str) -> Client {
        let mut client = self.connect().await;
        client.join(room, participant, "").await.expect("joins");
        client
    }

    /// Somebody who is about to.
    pub(crate) async fn connect(&self) -> Client {
        let mut client = Client::connect(&self.socket, Encoding::Json).await.expect("connects");
        client.set_deadline(WITHIN);
        client
    }
}
