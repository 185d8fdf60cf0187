//! Files that settings name, read without trust in what stands behind their names.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Reads a file of at most `most` bytes. What has no end, as a device or a file that grows, is given up at that point:
/// the size that a folder tells is none to rely on.
///
/// # Errors
/// When it can't be read, or has more.
pub fn read(path: impl AsRef<Path>, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= most) {
        Ok(bytes)
    } else {
        Err(io::Error::other(format!("has more than {most} bytes, and at most so many are read")))
    }
}

/// Reads a file of text, as [`read`] does.
///
/// # Errors
/// As there, and when it is no UTF-8; what stands in it is not told.
pub fn read_text(path: impl AsRef<Path>, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| io::Error::other("is no text in UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_given_up() {
        // The folder says that it has no bytes at all.
        let told = read("/dev/zero", 1_024).expect_err("has no end").to_string();
        assert_eq!(told, "has more than 1024 bytes, and at most so many are read");
        assert_eq!(read_text("/dev/null", 0).expect("is empty"), "");
    }

    #[test]
    fn a_file_as_long_as_it_may_be_is_read_and_one_byte_more_is_not() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let len = std::fs::metadata(&path).expect("is there").len();
        assert_eq!(read(&path, len).expect("is read").len() as u64, len);
        assert!(read_text(&path, len - 1).is_err());
    }
}
