//! What an operator may write as the address of Redis, read whole before anything is tried.

use std::fmt;

use percent_encoding::percent_decode_str;

/// What is told beside each mistake.
const VALID: &str = "valid are redis://[user:password@]host[:port][/db], \
    redis-sentinel://[user:password@]host[:port],…/service[/db] and redis-cluster://[user:password@]host[:port],…; \
    rediss://, rediss-sentinel:// and rediss-cluster:// speak TLS";
/// Hosts in one address: more than anybody has sentinels, and each is asked.
const HOSTS_MAX: usize = 32;
/// Where Redis listens unless told otherwise.
const PORT: u16 = 6_379;
/// Where a Sentinel does.
const SENTINEL_PORT: u16 = 26_379;

/// The address of Redis: one server, the primary that Sentinels name, or a Cluster.
///
/// - `redis://[user:password@]host[:port][/db]`: one server. Several hosts parted by commas: whichever of them says
///   that it is the primary.
/// - `redis-sentinel://[user:password@]host[:port],…/service[/db]`: Sentinels, which name the primary of `service`.
///   User and password are those of Redis; Sentinels that ask for some have theirs in
///   `?sentinel_user=…&sentinel_password=…`.
/// - `redis-cluster://[user:password@]host[:port],…`: some nodes of a Redis Cluster, which name the others.
///
/// With `rediss` in place of `redis` all connections are TLS. Bytes that mean something in a URL are written as
/// `%40`. `Display` and `Debug` show no secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisAddress {
    pub(super) kind: Kind,
    pub(super) tls: bool,
    pub(super) nodes: Vec<Node>,
    pub(super) login: Login,
    pub(super) sentinel_login: Login,
    /// The number of the database; 0 but where somebody shares a server.
    pub(super) db: i64,
}

/// How servers are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// By their addresses.
    Plain,
    /// By asking Sentinels for the primary of this service.
    Sentinel(String),
    /// By asking nodes of a Cluster.
    Cluster,
}

/// A server's host and port.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Node {
    pub(super) host: String,
    pub(super) port: u16,
}

/// A user and a password; without a user it is the default one.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

impl RedisAddress {
    /// Reads one of the forms above.
    ///
    /// # Errors
    /// Says what is wrong and which forms are valid, without secrets.
    pub fn parse(text: &str) -> Result<Self, String> {
        let told = |why: String| {
            let shown = hide_secrets(text);
            // What was taken for a host may be a part of a secret.
            match is_ambiguous(text) {
                true => format!(
                    "{shown:?} is no Redis URL: it has a ? before its last @; in a password write %3F and %40; {VALID}"
                ),
                false => format!("{shown:?} is no Redis URL: {why}; {VALID}"),
            }
        };
        Self::read(text).map_err(told)
    }

    fn read(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").ok_or("it has no scheme such as redis://")?;
        let (tls, kind) = match scheme {
            "redis" => (false, Kind::Plain),
            "rediss" => (true, Kind::Plain),
            "redis-sentinel" => (false, Kind::Sentinel(String::new())),
            "rediss-sentinel" => (true, Kind::Sentinel(String::new())),
            "redis-cluster" => (false, Kind::Cluster),
            "rediss-cluster" => (true, Kind::Cluster),
            other if is_scheme(other) => return Err(format!("{other}:// is none of its schemes")),
            _ => return Err("what stands before :// is none of its schemes".into()),
        };
        // A password may hold anything, so it ends at the last @.
        let (login, rest) = match rest.rsplit_once('@') {
            Some((login, rest)) => (Login::parse(login)?, rest),
            None => (Login::default(), rest),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let port = if matches!(kind, Kind::Sentinel(_)) { SENTINEL_PORT } else { PORT };
        let nodes =
            hosts.split(',').map(|host| Node::parse(host.trim(), port)).collect::<Result<Vec<_>, _>>()?;
        if nodes.len() > HOSTS_MAX {
            return Err(format!("it names {} hosts, and {HOSTS_MAX} are enough", nodes.len()));
        }
        let mut address = Self { kind, tls, nodes, login, sentinel_login: Login::default(), db: 0 };
        address.read_path(path)?;
        address.read_query(query)?;
        Ok(address)
    }

    fn read_path(&mut self, path: &str) -> Result<(), String> {
        let mut parts = path.trim_end_matches('/').split('/').filter(|part| !part.is_empty());
        if let Kind::Sentinel(service) = &mut self.kind {
            let name = parts.next().ok_or("it does not name the service, as in …/mymaster")?;
            *service = decode(name)?;
        }
        if let Some(db) = parts.next() {
            self.db = db.parse().map_err(|_| format!("{db:?} is no number of a database"))?;
        }
        if let Some(more) = parts.next() {
            return Err(format!("nothing is known about {more:?} at its end"));
        }
        if self.db < 0 || (self.db != 0 && self.kind == Kind::Cluster) {
            return Err(format!("there is no database {} in it", self.db));
        }
        Ok(())
    }

    fn read_query(&mut self, query: &str) -> Result<(), String> {
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (&self.kind, name) {
                (Kind::Sentinel(_), "sentinel_user") => self.sentinel_login.user = Some(decode(value)?),
                (Kind::Sentinel(_), "sentinel_password") => {
                    self.sentinel_login.password = Some(decode(value)?);
                }
                _ => return Err(format!("nothing is known about ?{name}")),
            }
        }
        Ok(())
    }

    /// Whether all connections are TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// The hosts that it names, without ports; of IPv6 addresses without brackets.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(|node| node.host.as_str())
    }

    /// The user at Redis, if it is not the default one.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.login.user.as_deref().filter(|user| *user != "default")
    }

    /// The password at Redis: for the check of what was set, never for a log.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.login.password.as_deref().filter(|password| !password.is_empty())
    }

    /// The password at the Sentinels, as [`Self::password`]; none of what no Sentinel names either.
    #[must_use]
    pub fn sentinel_password(&self) -> Option<&str> {
        self.sentinel_login.password.as_deref().filter(|password| !password.is_empty())
    }

    /// Whether Sentinels say where Redis is.
    #[must_use]
    pub fn is_sentinel(&self) -> bool {
        matches!(self.kind, Kind::Sentinel(_))
    }
}

impl Login {
    fn parse(text: &str) -> Result<Self, String> {
        let (user, password) =
            text.split_once(':').ok_or("it has a user without a password, as in user:password@host")?;
        let user = Some(decode(user)?).filter(|user| !user.is_empty());
        Ok(Self { user, password: Some(decode(password)?) })
    }
}

impl Node {
    /// Reads `host`, `host:port`, `[::1]` or `[::1]:port`.
    pub(super) fn parse(text: &str, default_port: u16) -> Result<Self, String> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (host, port) = match bare {
            Some((host, rest)) => (host, rest.strip_prefix(':').or(rest.is_empty().then_some(""))),
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port).filter(|port| !port.contains(':'))),
                None => (text, Some("")),
            },
        };
        let port = match port {
            Some("") => Some(default_port),
            Some(port) => port.parse().ok().filter(|port| *port != 0),
            None => None,
        };
        match port {
            Some(port) if !host.is_empty() => Ok(Self { host: host.to_owned(), port }),
            _ => Err(format!("{text:?} is no host:port")),
        }
    }
}

fn decode(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(|text| text.into_owned()).map_err(|_| "it has %-bytes that are no UTF-8".into())
}

/// The text of an address with what stands between `://` and the last `@`, and every value of its query, hidden. What
/// can be read in two ways is hidden whole, but for its scheme.
#[must_use]
pub fn hide_secrets(text: &str) -> String {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| is_scheme(scheme));
    let scheme = scheme.map_or_else(String::new, |scheme| format!("{scheme}://"));
    if is_ambiguous(text) {
        return format!("{scheme}***");
    }
    let (text, query) = text.split_once('?').map_or((text, None), |(text, query)| (text, Some(query)));
    let mut hidden = match text.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}***@{host}"),
        None => text.to_owned(),
    };
    for (n, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        hidden.push(if n == 0 { '?' } else { '&' });
        hidden.push_str(pair.split('=').next().unwrap_or_default());
        hidden.push_str("=***");
    }
    hidden
}

/// Whether a `?` stands before the last `@`: it begins a query that holds an `@`, or a password holds it.
fn is_ambiguous(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(before, _)| before.contains('?'))
}

/// Whether it may be told: a password before a `://` of its own is none.
fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes: Vec<_> = self.nodes.iter().map(Node::to_string).collect();
        let nodes = nodes.join(",");
        match &self.kind {
            Kind::Plain => write!(f, "{nodes}")?,
            Kind::Sentinel(service) => write!(f, "{service} of the Sentinels {nodes}")?,
            Kind::Cluster => write!(f, "the Cluster of {nodes}")?,
        }
        if self.db == 0 { Ok(()) } else { write!(f, "/{}", self.db) }
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hidden")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> RedisAddress {
        RedisAddress::parse(text).expect("is an address")
    }

    fn nodes(address: &RedisAddress) -> Vec<String> {
        address.nodes.iter().map(Node::to_string).collect()
    }

    #[test]
    fn each_form_is_read() {
        let plain = parsed("redis://localhost");
        assert_eq!((plain.kind.clone(), plain.tls, plain.db), (Kind::Plain, false, 0));
        assert_eq!(nodes(&plain), ["localhost:6379"]);
        let plain = parsed("rediss://ann:p%40ss:w@[::1]:7000/3");
        assert_eq!((plain.tls, plain.db, nodes(&plain)), (true, 3, vec!["[::1]:7000".to_owned()]));
        assert_eq!(plain.login.user.as_deref(), Some("ann"));
        assert_eq!(plain.login.password.as_deref(), Some("p@ss:w"));
        assert_eq!(parsed("redis://:pw@h/").login.user, None);
        assert_eq!(nodes(&parsed("redis://a,b:7000")), ["a:6379", "b:7000"]);

        let sentinel = parsed("redis-sentinel://u:p@s1,s2:1/my%20master/2?sentinel_password=x%26y");
        assert_eq!(sentinel.kind, Kind::Sentinel("my master".into()));
        assert_eq!(nodes(&sentinel), ["s1:26379", "s2:1"]);
        assert_eq!(sentinel.sentinel_login.password.as_deref(), Some("x&y"));
        assert_eq!(sentinel.db, 2);

        let cluster = parsed("rediss-cluster://u:p@n1:7001,n2");
        assert_eq!((cluster.kind.clone(), cluster.tls), (Kind::Cluster, true));
        assert_eq!(nodes(&cluster), ["n1:7001", "n2:6379"]);
    }

    #[test]
    fn a_mistake_is_told_with_what_is_valid_and_without_secrets() {
        for (text, why) in [
            ("localhost:6379", "no scheme"),
            ("http://me:secret@db", "http:// is none"),
            ("redis://", "\"\" is no host:port"),
            ("redis://h:port", "\"h:port\" is no host:port"),
            ("redis://h:0", "is no host:port"),
            ("redis://::1", "is no host:port"),
            ("redis://me@h", "a user without a password"),
            ("redis://h/one", "\"one\" is no number"),
            ("redis://h/1/2", "\"2\" at its end"),
            ("redis://h?secret=secret", "?secret"),
            ("redis-sentinel://h", "does not name the service"),
            ("redis-sentinel://h/m?sentinel_pasword=secret", "?sentinel_pasword"),
            ("redis-cluster://a:1,,b:2", "\"\" is no host:port"),
            ("redis-cluster://me:secret@a/1", "no database 1"),
            ("redis://me:%ff@a", "no UTF-8"),
        ] {
            let told = RedisAddress::parse(text).expect_err(text);
            assert!(told.contains(why), "{text}: {told}");
            assert!(told.contains("redis-sentinel://[user:password@]host"), "{told}");
            assert!(!told.replace("?secret", "").contains("secret"), "{told}");
        }
    }

    #[test]
    fn nothing_shows_a_secret() {
        let texts = ["rediss://u:hunter2@h:1/2", "redis-sentinel://u:hunter2@h/m?sentinel_password=hunter2"];
        for text in texts {
            let address = parsed(text);
            for shown in [format!("{address}"), format!("{address:?}"), hide_secrets(text)] {
                assert!(!shown.contains("hunter2") && shown.contains('h'), "{shown}");
            }
        }
        // A password with bytes that mean something in a URL, in an address that can be read and in some that can't.
        for text in [
            "redis://u:x?hunter2@h",
            "redis://u:x?y=hunter2@h:port",
            "redis?://u:hunter2@h",
            "u:hunter2://x@h",
            "u:hunter2?://x@h:port",
            "redis-sentinel://u:p@h/m?sentinel_password=x@hunter2:port",
            "redis-sentinel://h/m?sentinel_password=x@hunter2",
        ] {
            let told = RedisAddress::parse(text).err().unwrap_or_default();
            for shown in [told, hide_secrets(text)] {
                assert!(!shown.contains("hunter2"), "{text}: {shown}");
            }
        }
        let told = RedisAddress::parse("redis://u:x?y@h:port").expect_err("is no address");
        assert!(told.contains("write %3F and %40"), "{told}");
        assert_eq!(parsed("redis://u:x?y@h").login.password.as_deref(), Some("x?y"));
        assert_eq!(parsed(texts[0]).to_string(), "h:1/2");
        assert_eq!(parsed(texts[1]).to_string(), "m of the Sentinels h:26379");
    }
}
