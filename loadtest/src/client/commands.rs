//! What a client says: commands, and raw frames for tests of the protocol itself.

use prost::Message as _;
use switchboard_proto::v1::client_message::Kind as Ask;
use switchboard_proto::v1::{self, SignalKind};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::{CLOSED_ABNORMALLY, Client, ClientError, Encoding, timed_out};

impl Client {
    /// Sends a command and returns its counter.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn send_command(&mut self, command: Ask) -> Result<u64, ClientError> {
        let after = self.counter;
        let counter = after + 1;
        self.send(&v1::ClientMessage { counter, after, kind: Some(command) }).await?;
        self.counter = counter;
        Ok(counter)
    }

    /// Sends an offer, answer or candidate to one participant; returns the counter.
    ///
    /// # Errors
    /// As [`Self::send_command`].
    pub async fn signal(&mut self, to: &str, kind: SignalKind, payload: &str) -> Result<u64, ClientError> {
        let signal = v1::Signal { to: to.into(), kind: kind.into(), payload: payload.into() };
        self.send_command(Ask::Signal(signal)).await
    }

    /// Sends a message to some, or to all if `to` is empty; returns the counter.
    ///
    /// # Errors
    /// As [`Self::send_command`].
    pub async fn message(&mut self, to: &[&str], body: &str) -> Result<u64, ClientError> {
        let to = to.iter().map(|&id| id.to_owned()).collect();
        self.send_command(Ask::Message(v1::Message { to, body: body.into() })).await
    }

    /// Tells the room that this participant shares; returns the counter.
    ///
    /// # Errors
    /// As [`Self::send_command`].
    pub async fn start_share(&mut self, share_id: &str, audio: bool) -> Result<u64, ClientError> {
        self.send_command(Ask::StartShare(v1::StartShare { share_id: share_id.into(), audio })).await
    }

    /// Tells the room that the share has ended; returns the counter.
    ///
    /// # Errors
    /// As [`Self::send_command`].
    pub async fn stop_share(&mut self) -> Result<u64, ClientError> {
        self.send_command(Ask::StopShare(v1::StopShare {})).await
    }

    /// Changes this participant's metadata; returns the counter.
    ///
    /// # Errors
    /// As [`Self::send_command`].
    pub async fn update_metadata(&mut self, metadata: &str) -> Result<u64, ClientError> {
        self.send_command(Ask::UpdateMetadata(v1::UpdateMetadata { metadata: metadata.into() })).await
    }

    /// Asks the others to offer again; returns the counter.
    ///
    /// # Errors
    /// As [`Self::send_command`].
    pub async fn renegotiate(&mut self) -> Result<u64, ClientError> {
        self.send_command(Ask::Renegotiate(v1::Renegotiate {})).await
    }

    /// Leaves the room; returns the counter. The gateway then closes with 1000.
    ///
    /// # Errors
    /// As [`Self::send_command`].
    pub async fn leave(&mut self) -> Result<u64, ClientError> {
        self.send_command(Ask::Leave(v1::Leave {})).await
    }

    /// Asks for the cursor; the answer comes among the messages and takes [`Self::position`] forward.
    ///
    /// # Errors
    /// As [`Self::send_command`].
    pub async fn heartbeat(&mut self) -> Result<(), ClientError> {
        let heartbeat = Ask::Heartbeat(v1::Heartbeat::default());
        self.send(&v1::ClientMessage { kind: Some(heartbeat), ..Default::default() }).await
    }

    /// Sends a message as it is.
    ///
    /// # Errors
    /// When the connection has ended, or the other side does not read in time.
    pub async fn send(&mut self, message: &v1::ClientMessage) -> Result<(), ClientError> {
        let frame = match self.encoding {
            Encoding::Json => {
                let text = serde_json::to_string(message);
                Message::text(text.map_err(|error| ClientError::Unreadable(error.to_string()))?)
            }
            Encoding::Protobuf => Message::binary(message.encode_to_vec()),
        };
        self.write(frame).await
    }

    /// Sends a text frame.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_raw_text(&mut self, text: &str) -> Result<(), ClientError> {
        self.write(Message::text(text)).await
    }

    /// Sends a text frame that need not be UTF-8.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_raw_text_bytes(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        let frame = Frame::message(bytes.to_vec(), OpCode::Data(Data::Text), true);
        self.write(Message::Frame(frame)).await
    }

    /// Sends a binary frame.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_raw_binary(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        self.write(Message::binary(bytes.to_vec())).await
    }

    /// Sends bytes past the WebSocket, such as half a frame.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_raw_bytes(&mut self, bytes: &[u8]) -> Result<(), ClientError> {
        let written = tokio::time::timeout(self.deadline, self.socket.get_mut().write_all(bytes)).await;
        let written = written.map_err(|_| timed_out("the other side's reading", self.deadline))?;
        written.map_err(|error| self.end(CLOSED_ABNORMALLY, error.to_string()))
    }
}
