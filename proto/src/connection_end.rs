//! How a connection ended, in plain words: the one place that has them.

use crate::v1::{ConnectionCloser, ConnectionEnd, ErrorReason};

impl ConnectionEnd {
    /// Who ended it and why, as a sentence for operators.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self.closed_by() {
            ConnectionCloser::Gateway => {
                let named = match self.reason() {
                    ErrorReason::Unspecified => self.close_code.to_string(),
                    reason => format!("{} {}", self.close_code, reason.name()),
                };
                match by_gateway(self.close_code, self.reason()) {
                    Some(why) => format!("The gateway closed the connection ({named}): {why}."),
                    None => format!("The gateway closed the connection ({named})."),
                }
            }
            ConnectionCloser::Client => match by_client(self.close_code) {
                Some(why) => format!("The client closed the connection ({}): {why}.", self.close_code),
                None => format!("The client closed the connection ({}).", self.close_code),
            },
            ConnectionCloser::Nobody => {
                "The connection broke without a close: the client or the network went \
                                         away, or a proxy between cut it."
                    .to_owned()
            }
            ConnectionCloser::Unspecified => {
                "The connection ended; its gateway, which is older, did not tell how.".to_owned()
            }
        }
    }
}

/// Why a gateway closes with a code, where several have it by the reason beside it.
fn by_gateway(code: u32, reason: ErrorReason) -> Option<&'static str> {
    Some(match (code, reason) {
        (1000, _) => "the participant left",
        (1002, _) => "the client broke the protocol",
        (1007, _) => "the client sent text that is no UTF-8",
        (4000, _) => "message after message could not be taken",
        (4001, ErrorReason::InvalidResumeToken) => "its resume token is not good for the session",
        (4001, ErrorReason::SessionEnded) => "the session that it wanted to resume had ended",
        (4001, _) => "the session that it wanted to resume is not known",
        (4002, _) => "its access token expired, and it handed in no new one",
        (4003, ErrorReason::RoomLocked) => "the room is locked",
        (4003, ErrorReason::ParticipantRemoved) => "the participant was removed before and may not come back",
        (4003, _) => "its access token is not taken",
        (4004, _) => "a newer join or a newer connection took over",
        (4005, _) => "the participant was removed",
        (4006, _) => "the room was closed",
        (4007, _) => "the versions do not fit",
        (4008, _) => "the client sent a frame over the limit",
        (4100, _) => "a fault of the gateway, which is in its log",
        (4101, _) => "the client took no byte for too long",
        (4102, ErrorReason::RateLimited) => "the client sent more than the rate allows, for long",
        (4102, _) => "too much came in a short time from one address or identity",
        (4103, ErrorReason::RoomFull) => "the room was full",
        (4103, ErrorReason::Busy) => "a queue on the way was full",
        (4103, _) => "no room service answered",
        (4104, _) => "the client answered no ping: its network was away, or its machine slept",
        (4105, _) => "nobody joined on it in time",
        (4200, _) => "the gateway stopped, or drained, and sent it elsewhere",
        (4202, ErrorReason::SlowReader) => "the client read too slowly, and more waited for it than is kept",
        (4202, ErrorReason::SessionEnded) => "the session's window had ended, though its connection lived",
        (4202, ErrorReason::StaleJoin) => "the join reached the room too late",
        (4202, _) => "the gateway no longer knew what the client had been told",
        _ => return None,
    })
}

/// Why a client closes with a code, as docs/protocol.md asks of it.
fn by_client(code: u32) -> Option<&'static str> {
    Some(match code {
        1000 => "it was done with it",
        1001 => "its page or program went away",
        1005 => "it gave no reason",
        4104 => "it heard nothing for too long",
        4105 => "it got no answer in time",
        4200 => "it had moved to another connection",
        4202 => "it found that something was missing, and came back for it",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(by: ConnectionCloser, code: u32, reason: ErrorReason) -> ConnectionEnd {
        ConnectionEnd { closed_by: by.into(), close_code: code, reason: reason.into() }
    }

    #[test]
    fn who_ended_it_and_why_is_one_sentence() {
        use ConnectionCloser as By;
        use ErrorReason as E;
        let cases = [
            (
                end(By::Gateway, 4202, E::SlowReader),
                "The gateway closed the connection (4202 SLOW_READER): the client read too slowly",
            ),
            (end(By::Gateway, 4202, E::Busy), "(4202 BUSY): the gateway no longer knew"),
            (end(By::Gateway, 1002, E::Unspecified), "(1002): the client broke the protocol."),
            (end(By::Gateway, 4999, E::Unspecified), "The gateway closed the connection (4999)."),
            (end(By::Client, 1001, E::Unspecified), "The client closed the connection (1001): its page"),
            (end(By::Client, 3456, E::Unspecified), "The client closed the connection (3456)."),
            (end(By::Nobody, 1006, E::Unspecified), "broke without a close"),
            (ConnectionEnd::default(), "did not tell how."),
        ];
        for (end, want) in cases {
            let told = end.sentence();
            assert!(told.contains(want) && told.ends_with('.'), "{told}");
        }
    }
}
