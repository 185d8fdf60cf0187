//! Settings from texts, for the fuzz targets and nobody else.

use std::path::Path;

use clap::Parser as _;

use crate::settings::Mistakes;
use crate::settings::flags::{Asked, Cli};
use crate::settings::high::Settings;
use crate::settings::low::Low;

/// What a command line, an environment and the text of a settings file mean; `None` where the command line asks for
/// something else than a server. Nothing is connected; files that are named are read.
///
/// # Errors
/// What people are told of the mistakes.
pub fn settings<'a>(
    words: impl IntoIterator<Item = &'a str>,
    variables: &[(String, String)],
    file: &str,
) -> Option<Result<String, String>> {
    let asked = Cli::try_parse_from(["switchboard"].into_iter().chain(words)).ok()?.into_asked();
    let Asked::Program(typed) = asked else { return None };
    let look = |name: &str| variables.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    let mut mistakes = Mistakes::default();
    let mut low = Low::read(typed.flags, None, look, &mut mistakes);
    low.take_file(Path::new("s.toml"), file, &mut mistakes);
    let settings = Settings::from_low(typed.program, &low, mistakes);
    Some(settings.map(|settings| format!("{settings:?}")).map_err(|mistakes| mistakes.to_string()))
}
