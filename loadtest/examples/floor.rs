//! The floor: a bare relay over tokio-tungstenite, one process, no store, no rooms, no promises. It speaks as much of
//! Socket.IO over a WebSocket as `switchboard loadtest relay --protocol socketio` needs, so that one can see what sockets
//! and frames alone cost.
//!
//!     cargo run --release --workspace --example floor -- 127.0.0.1:9001

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use parking_lot::RwLock;
use serde_json::value::RawValue;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// What waits for one who does not read; what comes then is dropped.
const WAITING_MAX: usize = 4_096;

type Users = Arc<RwLock<HashMap<String, mpsc::Sender<String>>>>;

/// A signal as it is sent; the field's name is the event's, or nearly.
#[derive(serde::Deserialize)]
struct Signal<'a> {
    to: String,
    from: String,
    #[serde(borrow, alias = "offer", alias = "answer", alias = "candidate")]
    payload: &'a RawValue,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9001".into());
    let listener = TcpListener::bind(&address).await?;
    println!("ready");
    let users = Users::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(stream, users.clone()));
    }
}

async fn serve(stream: TcpStream, users: Users) {
    let config = WebSocketConfig::default().read_buffer_size(4 * 1024).write_buffer_size(0);
    let accepted = tokio_tungstenite::accept_async_with_config(stream, Some(config)).await;
    let Ok(mut socket) = accepted else { return };
    let (own, mut waiting) = mpsc::channel::<String>(WAITING_MAX);
    let mut name = None;
    let open = "0{\"sid\":\"floor\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}";
    if socket.send(Message::text(open)).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            text = waiting.recv() => {
                let Some(text) = text else { break };
                // All that waits goes out in one flush.
                if socket.feed(Message::text(text)).await.is_err() {
                    break;
                }
                while let Ok(text) = waiting.try_recv() {
                    if socket.feed(Message::text(text)).await.is_err() {
                        break;
                    }
                }
                if socket.flush().await.is_err() {
                    break;
                }
            }
            frame = socket.next() => {
                let Some(Ok(frame)) = frame else { break };
                let Message::Text(text) = frame else { continue };
                if let Some(answer) = take(text.as_str(), &own, &users, &mut name)
                    && socket.send(Message::text(answer)).await.is_err()
                {
                    break;
                }
            }
        }
    }
    if let Some(name) = name {
        users.write().remove(&name);
    }
}

/// Takes a packet, and passes a signal on; gives what it is answered.
fn take(text: &str, own: &mpsc::Sender<String>, users: &Users, name: &mut Option<String>) -> Option<String> {
    if text == "40" {
        return Some("40{\"sid\":\"floor\"}".into());
    }
    let args: Vec<&RawValue> = serde_json::from_str(text.strip_prefix("42")?).ok()?;
    let event: &str = serde_json::from_str(args.first()?.get()).ok()?;
    let field = match event {
        "join-room" => {
            let user: String = serde_json::from_str(args.get(2)?.get()).ok()?;
            users.write().insert(user.clone(), own.clone());
            *name = Some(user);
            return Some("42[\"existing-users\",[]]".into());
        }
        "offer" | "answer" => event,
        "ice-candidate" => "candidate",
        _ => return None,
    };
    let Signal { to, from, payload } = serde_json::from_str(args.get(1)?.get()).ok()?;
    let told = format!("42[\"{event}\",{{\"{field}\":{payload},\"from\":\"{from}\"}}]");
    if let Some(to) = users.read().get(&to) {
        drop(to.try_send(told));
    }
    None
}
