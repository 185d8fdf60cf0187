//! Socket.IO 5 packets: what an Engine.IO message means, and how one is written.
//!
//! Arguments stay what they were, byte for byte: nothing is parsed but what a server must know.

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::engine::{Frame, Message};

/// Event names that would be taken for something else by a client or a server.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// A packet from a client. `namespace` is `/` or begins with it.
#[derive(Debug, Clone)]
pub enum Packet {
    /// Asks to be let into a namespace.
    Connect {
        /// Which.
        namespace: Box<str>,
        /// A JSON object, if there is one.
        auth: Option<Box<RawValue>>,
    },
    /// Leaves a namespace.
    Disconnect {
        /// Which.
        namespace: Box<str>,
    },
    /// An event.
    Event {
        /// In which namespace.
        namespace: Box<str>,
        /// Where an acknowledgement is asked for: its number.
        id: Option<u64>,
        /// The event's name; the text of the number where it is one.
        name: Box<str>,
        /// Its arguments.
        args: Vec<Box<RawValue>>,
        /// Bytes that stand in the arguments as `{"_placeholder":true,"num":…}`.
        attachments: Vec<Bytes>,
    },
    /// The acknowledgement of an event of ours.
    Ack {
        /// In which namespace.
        namespace: Box<str>,
        /// Its number.
        id: u64,
    },
}

/// What a client sent is no packet. A server closes the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no Socket.IO packet: {0}")]
pub struct Invalid(&'static str);

/// How much of one packet may come in parts.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Attachments of one packet.
    pub attachments_max: usize,
    /// What they may weigh together, in bytes.
    pub attachment_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { attachments_max: 64, attachment_bytes_max: 1_000_000 }
    }
}

/// A packet whose attachments are still to come.
#[derive(Debug)]
struct Partial {
    packet: Packet,
    missing: usize,
    bytes: usize,
}

/// Makes packets of messages.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    partial: Option<Box<Partial>>,
}

impl Decoder {
    /// One that has read nothing yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, partial: None }
    }

    /// Takes the next message; gives a packet once it is whole.
    ///
    /// # Errors
    /// When it is none, or too much of one.
    pub fn take(&mut self, message: Message) -> Result<Option<Packet>, Invalid> {
        match (message, self.partial.take()) {
            (Message::Text(text), None) => {
                let (packet, missing) = parse(&text)?;
                if missing > self.limits.attachments_max {
                    return Err(Invalid("it has too many attachments"));
                }
                if missing == 0 {
                    return Ok(Some(packet));
                }
                self.partial = Some(Box::new(Partial { packet, missing, bytes: 0 }));
                Ok(None)
            }
            (Message::Binary(bytes), Some(mut partial)) => {
                partial.bytes += bytes.len();
                partial.missing -= 1;
                if partial.bytes > self.limits.attachment_bytes_max {
                    return Err(Invalid("its attachments are too large"));
                }
                if let Packet::Event { attachments, .. } = &mut partial.packet {
                    attachments.push(bytes);
                }
                if partial.missing == 0 {
                    return Ok(Some(partial.packet));
                }
                self.partial = Some(partial);
                Ok(None)
            }
            (Message::Text(_), Some(_)) => Err(Invalid("attachments are missing")),
            (Message::Binary(_), None) => Err(Invalid("an attachment belongs to nothing")),
        }
    }
}

/// Reads the text of a packet; gives how many attachments follow.
fn parse(text: &str) -> Result<(Packet, usize), Invalid> {
    let kind = *text.as_bytes().first().ok_or(Invalid("it is empty"))?;
    let mut rest = text.get(1..).ok_or(Invalid("its type is unknown"))?;
    let mut attachments = 0;
    if matches!(kind, b'5' | b'6') {
        let (count, behind) = rest.split_once('-').ok_or(Invalid("the number of attachments is missing"))?;
        let digits = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
        attachments =
            count.parse().ok().filter(|_| digits).ok_or(Invalid("the number of attachments is none"))?;
        rest = behind;
    }
    let namespace: Box<str> = if rest.starts_with('/') {
        let (namespace, behind) = rest.split_once(',').unwrap_or((rest, ""));
        rest = behind;
        namespace.into()
    } else {
        "/".into()
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let id = match &rest[..digits] {
        "" => None,
        digits => Some(digits.parse::<u64>().map_err(|_| Invalid("its number is too large"))?),
    };
    let data = &rest[digits..];
    let packet = match kind {
        b'0' => Packet::Connect { namespace, auth: object(data)? },
        b'1' if data.is_empty() => Packet::Disconnect { namespace },
        b'2' | b'5' => {
            let (name, args) = event(data)?;
            Packet::Event { namespace, id, name, args, attachments: Vec::new() }
        }
        b'3' | b'6' => {
            let id = id.ok_or(Invalid("an acknowledgement has a number"))?;
            array(data)?;
            Packet::Ack { namespace, id }
        }
        _ => return Err(Invalid("its type is unknown")),
    };
    Ok((packet, attachments))
}

fn object(data: &str) -> Result<Option<Box<RawValue>>, Invalid> {
    if data.is_empty() {
        return Ok(None);
    }
    let value: Box<RawValue> = serde_json::from_str(data).map_err(|_| Invalid("it is not JSON"))?;
    if !value.get().starts_with('{') {
        return Err(Invalid("what a connect says is an object"));
    }
    Ok(Some(value))
}

fn array(data: &str) -> Result<Vec<Box<RawValue>>, Invalid> {
    serde_json::from_str(data).map_err(|_| Invalid("arguments are a JSON array"))
}

fn event(data: &str) -> Result<(Box<str>, Vec<Box<RawValue>>), Invalid> {
    let mut args = array(data)?;
    if args.is_empty() {
        return Err(Invalid("an event has a name"));
    }
    let first = args.remove(0);
    let first = first.get();
    let name: Box<str> = if first.starts_with('"') {
        serde_json::from_str::<String>(first).map_err(|_| Invalid("an event has a name"))?.into()
    } else if first.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        first.into()
    } else {
        return Err(Invalid("an event's name is text or a number"));
    };
    if RESERVED.contains(&&*name) {
        return Err(Invalid("the event's name is reserved"));
    }
    Ok((name, args))
}

/// Lets a client into a namespace under this socket id; with `pid` it may ask to go on with it after a break.
#[must_use]
pub fn connect(namespace: &str, sid: &str, pid: Option<&str>) -> Frame {
    let mut text = head('0', 0, namespace, None);
    text.push_str("{\"sid\":");
    push_json(&mut text, sid);
    if let Some(pid) = pid {
        text.push_str(",\"pid\":");
        push_json(&mut text, pid);
    }
    text.push('}');
    frame(text)
}

/// Refuses a namespace.
#[must_use]
pub fn connect_error(namespace: &str, message: &str) -> Frame {
    let mut text = head('4', 0, namespace, None);
    text.push_str("{\"message\":");
    push_json(&mut text, message);
    text.push('}');
    frame(text)
}

/// Ends a client's stay in a namespace; it does not come back by itself.
#[must_use]
pub fn disconnect(namespace: &str) -> Frame {
    frame(head('1', 0, namespace, None))
}

/// An event or acknowledgement in the making: its arguments are written one after the other.
#[derive(Debug, Clone)]
pub struct Writer {
    text: String,
    empty: bool,
}

impl Writer {
    /// An event; with attachments its frames follow behind it.
    #[must_use]
    pub fn event(namespace: &str, name: &str, attachments: usize) -> Self {
        let kind = if attachments > 0 { '5' } else { '2' };
        let mut text = head(kind, attachments, namespace, None);
        text.push('[');
        push_json(&mut text, name);
        Self { text, empty: false }
    }

    /// The acknowledgement of the client's event of that number.
    #[must_use]
    pub fn ack(namespace: &str, id: u64, attachments: usize) -> Self {
        let kind = if attachments > 0 { '6' } else { '3' };
        let mut text = head(kind, attachments, namespace, Some(id));
        text.push('[');
        Self { text, empty: true }
    }

    /// An argument.
    #[must_use]
    pub fn arg(mut self, value: &(impl Serialize + ?Sized)) -> Self {
        self.separate();
        push_json(&mut self.text, value);
        self
    }

    /// An argument that is JSON already.
    #[must_use]
    pub fn raw(mut self, json: &str) -> Self {
        self.separate();
        self.text.push_str(json);
        self
    }

    /// The frame.
    #[must_use]
    pub fn finish(mut self) -> Frame {
        self.text.push(']');
        frame(self.text)
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.empty) {
            self.text.push(',');
        }
    }
}

/// The beginning of a packet, behind the digit that makes it an Engine.IO message.
fn head(kind: char, attachments: usize, namespace: &str, id: Option<u64>) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(128);
    text.push('4');
    text.push(kind);
    // Writing into a string never fails.
    if attachments > 0 {
        let _ = write!(text, "{attachments}-");
    }
    if namespace != "/" {
        let _ = write!(text, "{namespace},");
    }
    if let Some(id) = id {
        let _ = write!(text, "{id}");
    }
    text
}

fn push_json(text: &mut String, value: &(impl Serialize + ?Sized)) {
    match serde_json::to_string(value) {
        Ok(json) => text.push_str(&json),
        // Only what is no JSON by its kind, such as a map with keys that are no text.
        Err(_) => text.push_str("null"),
    }
}

fn frame(text: String) -> Frame {
    Frame::Text(Utf8Bytes::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Packet>, Invalid> {
        Decoder::default().take(Message::Text(text.into()))
    }

    #[test]
    fn packets_are_read_with_namespace_number_and_arguments() {
        let cases = [
            ("0", "Connect / None"),
            ("0{\"token\":\"1\"}", "Connect / Some(RawValue({\"token\":\"1\"}))"),
            ("0/custom", "Connect /custom None"),
            ("0/custom,{}", "Connect /custom Some(RawValue({}))"),
            ("1", "Disconnect /"),
            ("1/custom", "Disconnect /custom"),
            ("1/custom,", "Disconnect /custom"),
            ("2[\"a\"]", "Event / None a []"),
            ("2/c,7[\"a\", {\"x\" : 1.0}]", "Event /c Some(7) a [RawValue({\"x\" : 1.0})]"),
            ("20[\"a\"]", "Event / Some(0) a []"),
            ("2[1,null]", "Event / None 1 [RawValue(null)]"),
            ("2[\"\\u00e9\",\"\\ud83d\"]", "Event / None é [RawValue(\"\\ud83d\")]"),
            ("312[]", "Ack / 12"),
        ];
        for (text, want) in cases {
            let got = match read(text).expect(text).expect("is whole") {
                Packet::Connect { namespace, auth } => format!("Connect {namespace} {auth:?}"),
                Packet::Disconnect { namespace } => format!("Disconnect {namespace}"),
                Packet::Event { namespace, id, name, args, .. } => {
                    format!("Event {namespace} {id:?} {name} {args:?}")
                }
                Packet::Ack { namespace, id } => format!("Ack {namespace} {id}"),
            };
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn what_is_no_packet_is_refused() {
        let cases = [
            "",
            "abc",
            "9",
            "€",
            "2",
            "2{}",
            "2[]",
            "2[{}]",
            "2[true]",
            "2abc[\"a\"]",
            "2[\"a\"",
            "2[\"a\"]x",
            "2[\"connect\"]",
            "2[\"disconnecting\"]",
            "0[]",
            "0\"x\"",
            "1[]",
            "1{}",
            "4{}",
            "3[]",
            "31{}",
            "5[\"a\"]",
            "5-[\"a\"]",
            "5x-[\"a\"]",
            "5+1-[\"a\"]",
            "565-[\"a\"]",
            "599999999999999999999999-[\"a\"]",
            "299999999999999999999999[\"a\"]",
        ];
        for text in cases {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn attachments_complete_their_packet() {
        let mut decoder = Decoder::new(Limits { attachments_max: 2, attachment_bytes_max: 5 });
        let binary = |bytes: &'static [u8]| Message::Binary(Bytes::from_static(bytes));
        let text = || Message::Text("52-[\"a\",{\"_placeholder\":true,\"num\":0},1]".into());
        assert!(matches!(decoder.take(text()), Ok(None)));
        assert!(matches!(decoder.take(binary(&[1, 2])), Ok(None)));
        let packet = decoder.take(binary(&[3])).expect("is good").expect("is whole");
        let Packet::Event { attachments, args, .. } = packet else { panic!("{packet:?}") };
        assert_eq!(attachments, [Bytes::from_static(&[1, 2]), Bytes::from_static(&[3])]);
        assert_eq!(args.len(), 2);

        assert!(decoder.take(binary(&[1])).is_err(), "belongs to nothing");
        assert!(matches!(decoder.take(text()), Ok(None)));
        assert!(decoder.take(Message::Text("2[\"a\"]".into())).is_err(), "attachments are missing");
        assert!(matches!(decoder.take(text()), Ok(None)));
        assert!(decoder.take(binary(&[1, 2, 3, 4, 5, 6])).is_err(), "too large");
        assert!(decoder.take(Message::Text("53-[\"a\"]".into())).is_err(), "too many");
    }

    #[test]
    fn packets_are_written_as_clients_read_them() {
        let text = |frame: Frame| match frame {
            Frame::Text(text) => text.as_str().to_owned(),
            Frame::Binary(_) => panic!("is text"),
        };
        assert_eq!(text(connect("/", "a\"b", None)), "40{\"sid\":\"a\\\"b\"}");
        assert_eq!(text(connect("/c", "s", Some("p"))), "40/c,{\"sid\":\"s\",\"pid\":\"p\"}");
        assert_eq!(text(connect_error("/c", "no")), "44/c,{\"message\":\"no\"}");
        assert_eq!(text(disconnect("/")), "41");
        assert_eq!(text(Writer::event("/", "a", 0).arg("x").raw("{ }").finish()), "42[\"a\",\"x\",{ }]");
        assert_eq!(text(Writer::event("/c", "a", 2).finish()), "452-/c,[\"a\"]");
        assert_eq!(text(Writer::ack("/", 7, 0).finish()), "437[]");
        assert_eq!(text(Writer::ack("/c", 7, 1).arg(&1).raw("2").finish()), "461-/c,7[1,2]");
    }
}
