//! Where something belongs in a trace: W3C's Trace Context, as links, calls and the log carry it.

use std::fmt;

/// A span of a trace that is sampled. What is not sampled has none.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// The trace; not all zero.
    pub trace_id: [u8; 16],
    /// The span; not all zero.
    pub span_id: [u8; 8],
}

/// The bytes of `traceparent` in version 00.
const VERSION_0_BYTES: usize = 55;
/// The flag of a trace that its caller samples.
const SAMPLED: u8 = 1;

impl TraceContext {
    /// The context in a `traceparent`, if that is well formed and says that the trace is sampled.
    ///
    /// As [W3C](https://www.w3.org/TR/trace-context/#traceparent-header) wants it: a later version is read by the rules of
    /// this one, whatever follows behind a hyphen; anything malformed is as none.
    #[must_use]
    pub fn parse(traceparent: &str) -> Option<Self> {
        let (known, rest) = traceparent.as_bytes().split_at_checked(VERSION_0_BYTES)?;
        let [version] = hex(known.get(..2)?)?;
        let whole = match version {
            0xff => false,
            0 => rest.is_empty(),
            _ => rest.first().is_none_or(|byte| *byte == b'-'),
        };
        let parted = [2, 35, 52].iter().all(|at| known[*at] == b'-');
        let (trace_id, span_id) = (hex(&known[3..35])?, hex(&known[36..52])?);
        let [flags] = hex(&known[53..])?;
        let is_sampled = flags & SAMPLED != 0;
        let context = Self { trace_id, span_id };
        (whole && parted && is_sampled && trace_id != [0; 16] && span_id != [0; 8]).then_some(context)
    }
}

/// Lower-case hexadecimal of exactly `N` bytes.
fn hex<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

impl fmt::Display for TraceContext {
    /// As a `traceparent`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("00-")?;
        self.trace_id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("-")?;
        self.span_id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        write!(f, "-{SAMPLED:02x}")
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceContext({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_context_goes_through_its_text_and_back() {
        let context = TraceContext::parse(GOOD).expect("is well formed");
        assert_eq!(context.trace_id[..2], [0x0a, 0xf7]);
        assert_eq!(context.span_id[6..], [0x33, 0x31]);
        assert_eq!(context.to_string(), GOOD);
    }

    #[test]
    fn what_is_malformed_or_not_sampled_is_none() {
        let later = format!("cc{}", &GOOD[2..]);
        for good in [later.as_str(), &format!("{later}-what-comes"), &GOOD.replace("-01", "-ff")] {
            assert!(TraceContext::parse(good).is_some(), "{good}");
        }
        let bad = [
            "",
            "00",
            &GOOD.replace("-01", "-00"),
            &GOOD.replace("-01", "-02"),
            &GOOD.to_uppercase(),
            &format!("{GOOD}-"),
            &format!("{GOOD}0"),
            &format!(" {}", &GOOD[..54]),
            &format!("ff{}", &GOOD[2..]),
            &format!("{later}."),
            &GOOD.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            &GOOD.replace("b7ad6b7169203331", &"0".repeat(16)),
            &GOOD.replace("b7ad6b7169203331", "b7ad6b716920333g"),
            &GOOD.replace('-', "_"),
            &GOOD.replace("00-0af7651916cd43dd8448eb211c80319c", "00-0af7651916cd43dd8448eb211c80319é"),
        ];
        for bad in bad {
            assert_eq!(TraceContext::parse(bad), None, "{bad}");
        }
    }
}
