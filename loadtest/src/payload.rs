//! What is sent: JSON as browsers send it, of the size asked for, with a stamp that says when it was due.

use std::sync::OnceLock;
use std::time::Duration;

use crate::plan::Signal;

/// When something was due, and which of its sender's it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The planned time, in nanoseconds after a moment that sender and receiver know.
    pub(crate) due_ns: u64,
    /// Its number among those of its sender to its receiver.
    pub(crate) number: u64,
    /// False for the warm-up.
    pub(crate) is_measured: bool,
}

const CANDIDATE: &str = "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.0.17 rport 46154 generation 0 ufrag EsAw network-id 3 network-cost 10 ";
const SDP: &str = "a=rtpmap:96 VP8/90000\\r\\na=rtcp-fb:96 goog-remb\\r\\na=rtcp-fb:96 transport-cc\\r\\na=rtcp-fb:96 ccm fir\\r\\na=rtcp-fb:96 nack\\r\\na=rtcp-fb:96 nack pli\\r\\na=rtpmap:97 rtx/90000\\r\\na=fmtp:97 apt=96\\r\\n";

impl Stamp {
    /// The JSON text of a signal with this stamp. A text that is to be shorter than the stamp itself is as short as can be.
    pub(crate) fn payload(self, signal: Signal, bytes: u32) -> String {
        let (name, begin, end, filler) = match signal {
            Signal::Offer => ("sdp", "v=0\\r\\n", "\",\"type\":\"offer\"}", sdp_filler()),
            Signal::Answer => ("sdp", "v=0\\r\\n", "\",\"type\":\"answer\"}", sdp_filler()),
            Signal::Candidate => {
                ("candidate", "", "\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0}", candidate_filler())
            }
        };
        let Self { due_ns, number, is_measured } = self;
        let bytes = bytes as usize;
        let mut text = String::with_capacity(bytes + 16);
        text.push_str(&format!(
            "{{\"t\":{due_ns},\"n\":{number},\"m\":{},\"{name}\":\"{begin}",
            u8::from(is_measured)
        ));
        let left = bytes.saturating_sub(text.len() + end.len()).min(filler.len());
        text.push_str(&filler[..left]);
        // Half of an escape would be no JSON.
        if text.ends_with('\\') {
            text.pop();
            text.push('x');
        }
        text.push_str(end);
        text
    }

    /// Reads what [`Self::payload`] has written, also where a server has written it anew.
    pub(crate) fn read(payload: &str) -> Option<Self> {
        let rest = payload.strip_prefix("{\"t\":")?;
        let (due, rest) = rest.split_once(",\"n\":")?;
        let (number, rest) = rest.split_once(",\"m\":")?;
        let is_measured = match rest.as_bytes().first()? {
            b'1' => true,
            b'0' => false,
            _ => return None,
        };
        Some(Self { due_ns: due.parse().ok()?, number: number.parse().ok()?, is_measured })
    }

    pub(crate) fn due(self) -> Duration {
        Duration::from_nanos(self.due_ns)
    }
}

fn candidate_filler() -> &'static str {
    static FILLER: OnceLock<String> = OnceLock::new();
    FILLER.get_or_init(|| CANDIDATE.repeat(64 * 1024 / CANDIDATE.len()))
}

fn sdp_filler() -> &'static str {
    static FILLER: OnceLock<String> = OnceLock::new();
    FILLER.get_or_init(|| SDP.repeat(64 * 1024 / SDP.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_json_of_the_size_asked_for_and_tells_its_stamp() {
        let stamp = Stamp { due_ns: 1_500_000, number: 7, is_measured: true };
        for signal in [Signal::Offer, Signal::Answer, Signal::Candidate] {
            for bytes in (120..700).chain([3_000, 5_500, 60_000]) {
                let text = stamp.payload(signal, bytes);
                assert_eq!(text.len(), bytes as usize);
                let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
                assert_eq!(value["n"], 7);
                assert_eq!(Stamp::read(&text), Some(stamp));
            }
        }
        assert!(stamp.payload(Signal::Candidate, 0).len() < 100);
        assert_eq!(Stamp::read("{\"candidate\":\"\"}"), None);
    }
}
