//! One server, and the connections to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::io::tcp::TcpSettings;
use ::redis::{
    Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo as _, Pipeline,
    ProtocolVersion, RedisConnectionInfo, RedisResult, TlsCertificates, Value,
};
use parking_lot::{Mutex, RwLock};
use tokio::sync::oneshot;

use super::address::{Login, Node, RedisAddress};
use super::replicas::{Rounds, Wanted};
use crate::store::StoreError;

/// A dead peer is known after this, on each connection. A stopped one is not dead: its kernel still answers.
const USER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may take to stand.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How to be let in.
#[derive(Debug, Clone)]
pub(super) struct Access {
    tls: bool,
    /// The certificates of authorities to trust in place of the machine's, PEM.
    ca: Option<Vec<u8>>,
    login: Login,
    db: i64,
    call_timeout: Duration,
}

impl Access {
    /// To the servers behind an address.
    pub(super) fn new(address: &RedisAddress, ca: Option<Vec<u8>>, call_timeout: Duration) -> Self {
        Self { tls: address.tls, ca, login: address.login.clone(), db: address.db, call_timeout }
    }

    /// To the Sentinels of an address.
    pub(super) fn of_sentinels(&self, address: &RedisAddress) -> Self {
        Self { login: address.sentinel_login.clone(), db: 0, ..self.clone() }
    }

    /// How long one call may take.
    pub(super) fn call_timeout(&self) -> Duration {
        self.call_timeout
    }

    /// A client of one server.
    pub(super) fn client(&self, node: &Node, protocol: ProtocolVersion) -> RedisResult<Client> {
        let mut settings = RedisConnectionInfo::default().set_db(self.db).set_protocol(protocol);
        if let Some(user) = &self.login.user {
            settings = settings.set_username(user);
        }
        if let Some(password) = &self.login.password {
            settings = settings.set_password(password);
        }
        let tcp = TcpSettings::default().set_nodelay(true);
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(USER_TIMEOUT);
        let (host, port) = (node.host.clone(), node.port);
        let addr = if self.tls {
            ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        let info: ConnectionInfo = addr.into_connection_info()?;
        let info = info.set_tcp_settings(tcp).set_redis_settings(settings);
        if !self.tls {
            return Client::open(info);
        }
        Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: self.ca.clone() })
    }

    fn manager(&self, client: &Client) -> RedisResult<ConnectionManager> {
        // A command fails soon, so that a room goes on without the store: two tries, and not for long.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(2)
            .set_min_delay(Duration::from_millis(20))
            .set_max_delay(Duration::from_millis(100))
            .set_response_timeout(Some(self.call_timeout))
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_pipeline_buffer_size(1_000);
        ConnectionManager::new_lazy_with_config(client.clone(), config)
    }
}

/// A server and a shared connection to it, which is made again when it breaks.
pub(super) struct Line {
    node: Node,
    access: Access,
    client: Client,
    commands: RwLock<ConnectionManager>,
    /// Commands that leave in the next write.
    gathered: Arc<Gathered>,
    /// For commands that block their connection; made with the first one.
    blocking: RwLock<Option<ConnectionManager>>,
    rounds: Rounds,
    /// Another server has taken over: what this one answers from here on proves nothing.
    retired: AtomicBool,
}

impl Line {
    /// Connects when it is first used.
    pub(super) fn new(node: Node, access: &Access) -> RedisResult<Self> {
        let client = access.client(&node, ProtocolVersion::RESP2)?;
        let commands = RwLock::new(access.manager(&client)?);
        let access = access.clone();
        Ok(Self {
            node,
            access,
            client,
            commands,
            gathered: Arc::default(),
            blocking: RwLock::new(None),
            rounds: Rounds::default(),
            retired: AtomicBool::new(false),
        })
    }

    /// Whose it is.
    pub(super) fn node(&self) -> &Node {
        &self.node
    }

    /// For connections of another kind.
    pub(super) fn access(&self) -> &Access {
        &self.access
    }

    /// Another server has taken over.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
    }

    /// Whether another server has taken over.
    pub(super) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Relaxed)
    }

    /// Sends commands in one write; one reply each, or the first error among them.
    pub(super) async fn send(&self, cmds: &[Cmd]) -> RedisResult<Vec<Value>> {
        let connection = self.commands.read().clone();
        let result = match cmds {
            [cmd] => self.gathered.send(connection, cmd).await.map(|value| vec![value]),
            cmds => send(connection, cmds).await,
        };
        self.renew_after(&result);
        result
    }

    /// As [`Self::send`], for commands that block: not on the connection that all others share.
    pub(super) async fn send_blocking(&self, cmds: &[Cmd]) -> RedisResult<Vec<Value>> {
        let connection = self.blocking.read().clone();
        let connection = match connection {
            Some(connection) => connection,
            None => {
                let fresh = self.access.manager(&self.client)?;
                self.blocking.write().get_or_insert(fresh).clone()
            }
        };
        let result = send(connection, cmds).await;
        self.renew_after(&result);
        result
    }

    /// Waits until replicas have what this server has answered so far.
    ///
    /// # Errors
    /// Too few had it in time, or nobody knows: it is unclear whether it outlives the server.
    pub(super) async fn replicated(&self, wanted: Wanted<'_>) -> Result<(), StoreError> {
        self.rounds.wait(self, wanted).await
    }

    /// What is said while connecting is kept by the manager for ever: the next call begins with a new one.
    fn renew_after<T>(&self, result: &RedisResult<T>) {
        let Err(error) = result else { return };
        if is_said_while_connecting(error.kind())
            && let Ok(fresh) = self.access.manager(&self.client)
        {
            *self.commands.write() = fresh;
            *self.blocking.write() = None;
        }
    }
}

/// Whether an error of that kind is about the connection and not about a command on it.
pub(super) fn is_said_while_connecting(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig | ErrorKind::Client)
}

async fn send(mut connection: ConnectionManager, cmds: &[Cmd]) -> RedisResult<Vec<Value>> {
    let mut pipeline = Pipeline::with_capacity(cmds.len());
    for cmd in cmds {
        pipeline.add_command(cmd.clone());
    }
    let replies = connection.send_packed_commands(&pipeline, 0, cmds.len()).await?;
    replies.into_iter().map(Value::extract_error).collect()
}

/// Single commands of one turn of the runtime, which leave in one write.
///
/// Many rooms have something to append at the same moment, since they were told by one message. Each by itself would cost
/// a write here and a turn of the server's loop, which then answers each by itself, too.
#[derive(Default)]
struct Gathered(Mutex<Vec<Waiting>>);

/// A command that is to be sent, and who waits for its reply.
type Waiting = (Cmd, oneshot::Sender<RedisResult<Value>>);

impl Gathered {
    /// Sends a command with those of the same turn.
    async fn send(self: &Arc<Self>, connection: ConnectionManager, cmd: &Cmd) -> RedisResult<Value> {
        let (sender, reply) = oneshot::channel();
        let is_first = {
            let mut waiting = self.0.lock();
            waiting.push((cmd.clone(), sender));
            waiting.len() == 1
        };
        if is_first {
            // A task, since whoever came first may be dropped while the others wait. It ends with the replies, which the
            // connection gives the time of a call.
            tokio::spawn(Arc::clone(self).send_all(connection));
        }
        reply.await.unwrap_or_else(|_| Err((ErrorKind::Io, "nobody sent it").into()))
    }

    async fn send_all(self: Arc<Self>, mut connection: ConnectionManager) {
        // Whoever else has something to send in this turn.
        tokio::task::yield_now().await;
        let waiting = std::mem::take(&mut *self.0.lock());
        let mut pipeline = Pipeline::with_capacity(waiting.len());
        let mut senders = Vec::with_capacity(waiting.len());
        for (cmd, sender) in waiting {
            pipeline.add_command(cmd);
            senders.push(sender);
        }
        match connection.send_packed_commands(&pipeline, 0, senders.len()).await {
            Ok(replies) => {
                for (sender, reply) in senders.into_iter().zip(replies) {
                    // Nobody waits any more: then nobody wants it.
                    drop(sender.send(reply.extract_error()));
                }
            }
            Err(error) => senders.into_iter().for_each(|sender| drop(sender.send(Err(error.clone())))),
        }
    }
}
