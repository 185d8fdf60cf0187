//! Taking up a session whose connection was lost.

use switchboard_proto::v1;
use switchboard_proto::v1::client_message::Kind as Ask;
use switchboard_proto::v1::server_message::Kind as Told;
use tokio::time::Instant;

use super::{Client, ClientError, Replica};

impl Client {
    /// Takes up a session on this connection, and waits for the answer. What was missed follows as events; or a
    /// reset, which [`Self::next_event`] tells, and then a snapshot. Counters go on above `last`.
    ///
    /// Who is in the room is not known until a snapshot comes: who wants to keep that keeps the client's owner,
    /// [`crate::Participant`].
    ///
    /// # Errors
    /// `Server` when the session can't be taken up, `Closed` when the connection ends.
    pub async fn resume(&mut self, resume: v1::Resume) -> Result<v1::Resumed, ClientError> {
        let position = resume.position;
        let resume = v1::Resume { token: self.token.clone(), ..resume };
        self.replica = position.map(Replica::at).unwrap_or_default();
        self.send(&v1::ClientMessage { kind: Some(Ask::Resume(resume)), ..Default::default() }).await?;
        let by = Instant::now() + self.deadline;
        loop {
            if let Some(error) = self.take_error() {
                return Err(error);
            }
            if let Some(Told::Resumed(resumed)) = self.read(by, "the answer to the resume").await? {
                self.counter = self.counter.max(resumed.last);

                return Ok(resumed);
            }
        }
    }

    /// Hands in a new access token, and waits for what it grants.
    ///
    /// # Errors
    /// `Server` when it is not taken: then the old one still counts.
    pub async fn renew_token(&mut self, token: &str) -> Result<v1::Permissions, ClientError> {
        self.token = token.to_owned();
        let renew = v1::RenewToken { token: token.to_owned() };
        self.send(&v1::ClientMessage { kind: Some(Ask::RenewToken(renew)), ..Default::default() }).await?;
        let by = Instant::now() + self.deadline;
        loop {
            if let Some(error) = self.take_error() {
                return Err(error);
            }
            if let Some(Told::Permissions(permissions)) = self.read(by, "the answer to the token").await? {
                return Ok(permissions);
            }
        }
    }

    /// Gives what is known of the room, for the connection that comes after this one.
    pub(crate) fn take_replica(&mut self) -> Replica {
        std::mem::take(&mut self.replica)
    }

    /// Begins with what an earlier connection knew.
    pub(crate) fn set_replica(&mut self, replica: Replica) {
        self.replica = replica;
    }
}
