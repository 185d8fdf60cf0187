//! Settings: a command line, an environment and a settings file.

/// Behind every secret of an input: it must be told nowhere.
const MARK: &str = "-never-told-";
/// Settings whose values nobody is told.
const SECRETS: [&str; 3] = ["SWITCHBOARD_TOKEN_SECRET", "SWITCHBOARD_LINK_SECRET", "SWITCHBOARD_TURN_SECRET"];
/// What people are told of wrong settings, at most.
const TOLD_BYTES_MAX: usize = 1 << 20;

/// The first line is the command line, those up to `---` are variables as in `NAME=value`, the rest is the file.
///
/// Whatever they say: every mistake is told, and no secret is, neither then nor when the settings are printed.
pub(crate) fn settings(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A device may have no end, and a name in a variable of a test is nobody's to open.
    if ["/dev", "/proc", "/sys"].iter().any(|folder| text.contains(folder)) {
        return;
    }
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (variables, file) = rest.split_once("---\n").unwrap_or((rest, ""));
    let variables: Vec<_> = variables.lines().filter_map(|line| line.split_once('=')).map(marked).collect();
    let Some(read) = switchboard::fuzzing::settings(line.split_whitespace(), &variables, file) else {
        return;
    };
    let told = read.unwrap_or_else(|mistakes| {
        assert!(mistakes.contains("mistake"), "nothing is told: {mistakes}");
        mistakes
    });
    assert!(told.len() <= TOLD_BYTES_MAX, "{} bytes are told", told.len());
    // Whoever writes the mark somewhere else tells it.
    if !text.contains(MARK) {
        assert!(!told.contains(MARK), "a secret is told: {told}");
    }
}

/// The variable, with the mark in what is secret of it.
fn marked((name, value): (&str, &str)) -> (String, String) {
    // The name of a file is told.
    let value =
        match value.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?))) {
            _ if SECRETS.contains(&name) && !value.contains('@') => format!("{value}{MARK}"),
            Some((scheme, (user, host))) if name.ends_with("REDIS_URL") => {
                format!("{scheme}://{user}{MARK}@{host}")
            }
            _ => value.to_owned(),
        };
    (name.to_owned(), value)
}
