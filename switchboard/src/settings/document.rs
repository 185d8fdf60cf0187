//! `docs/settings.md`, made of the command line's own definitions and of what the settings may be: so it is never
//! different from the program. `make gen` writes it, and a test compares.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command, CommandFactory as _};

use super::flags::Cli;
use super::low::Key;

const HEAD: &str = "\
# Settings

Made of the program's own definitions by `make gen`; a test fails when it is stale. [operators.md](operators.md) tells which of them
matter when.

A flag is stronger than its variable, the variable than the settings file (`--config`, TOML, with the names of the variables in small
letters and without `SWITCHBOARD_`), the file than the default. An empty variable is none. Every mistake is told at once, with exit code
64. Times are written as in `500ms`, `15s`, `2m`. What may be given several times is parted by commas in a variable, and a list in the file.
`switchboard check` says what is unsafe about a configuration ([production.md](production.md)).

";

const PROGRAMS: &str = "\
## The programs

**a**: `switchboard` alone, all in one process; **g**: `switchboard gateway`; **r**: `switchboard roomsvc`. `switchboard check` takes the
same behind the program's name.

| flag | variable | of | default | range | what it does |
| --- | --- | --- | --- | --- | --- |
";

const COMMANDS: &str = "
## The other commands

Flags alone, but where a variable is named. What stands at a command holds for those below it too.
";

/// The page, whole.
#[must_use]
pub fn document() -> String {
    // Not built: so flags that hold for all below a command stand there alone.
    let cli = Cli::command();
    let mut page = HEAD.to_owned();
    programs(&cli, &mut page);
    page.push_str(COMMANDS);
    for command in cli.get_subcommands().filter(|command| !is_program(command)) {
        commands(command, "switchboard", &mut page);
    }
    page
}

fn is_program(command: &Command) -> bool {
    ["gateway", "roomsvc"].contains(&command.get_name())
}

/// A flag as the page shows it.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    flag: String,
    variable: String,
    default: String,
    range: String,
    what: String,
}

fn programs(cli: &Command, page: &mut String) {
    let find = |name: &str| cli.get_subcommands().find(|command| command.get_name() == name);
    let of = [("a", Some(cli)), ("g", find("gateway")), ("r", find("roomsvc"))];
    let mut rows: Vec<(Row, Vec<&str>)> = Vec::new();
    for (letter, command) in of {
        for row in command.into_iter().flat_map(own_arguments).map(row) {
            match rows.iter_mut().find(|(known, _)| *known == row) {
                Some((_, letters)) => letters.push(letter),
                None => rows.push((row, vec![letter])),
            }
        }
    }
    // What differs between the programs stands together.
    let mut order = BTreeMap::new();
    for (row, _) in &rows {
        let next = order.len();
        order.entry(row.flag.clone()).or_insert(next);
    }
    rows.sort_by_key(|(row, _)| order.get(&row.flag).copied());
    page.push_str(PROGRAMS);
    for (Row { flag, variable, default, range, what }, letters) in &rows {
        let of = letters.join(" ");
        // Writing to a text does not fail.
        let _ = writeln!(page, "| {flag} | {variable} | {of} | {default} | {range} | {what} |");
    }
}

/// A command, then those below it.
fn commands(command: &Command, above: &str, page: &mut String) {
    let name = format!("{above} {}", command.get_name());
    // What `check` takes is what the programs take.
    let takes_programs = command.get_name() == "check";
    let of_its_own = |argument: &&Arg| !takes_programs || argument.get_id() == "json";
    let rows: Vec<_> = own_arguments(command).filter(of_its_own).map(row).collect();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = write!(page, "\n### `{name}`\n\n{}.\n", cell(about.trim_end_matches('.')));
    if !rows.is_empty() {
        page.push_str(
            "\n| flag | variable | default | range | what it does |\n| --- | --- | --- | --- | --- |\n",
        );
    }
    for Row { flag, variable, default, range, what } in rows {
        let _ = writeln!(page, "| {flag} | {variable} | {default} | {range} | {what} |");
    }
    if !takes_programs {
        let below = command.get_subcommands().filter(|below| !below.is_hide_set());
        below.for_each(|below| commands(below, &name, page));
    }
}

fn own_arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    let told = |argument: &&Arg| {
        !argument.is_hide_set() && !["help", "version"].contains(&argument.get_id().as_str())
    };
    command.get_arguments().filter(told)
}

fn row(argument: &Arg) -> Row {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let (help, variable) = without(&help, "variable");
    let (what, default) = without(&help, "default");
    let names = argument.get_value_names().unwrap_or_default();
    let value = names.iter().map(|name| format!(" {name}")).collect::<String>();
    let flag = match argument.get_long() {
        Some(long) if matches!(argument.get_action(), ArgAction::SetTrue) => format!("--{long}"),
        Some(long) => format!("--{long}{value}"),
        None => value.trim().to_owned(),
    };
    let of_clap: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    let key = Key::ALL.into_iter().find(|key| argument.get_long() == Some(&key.flag()["--".len()..]));
    let range = match key.filter(|_| variable.is_some()) {
        Some(key) => range_of(key),
        None => {
            let values = argument.get_possible_values();
            values.iter().map(|value| code(value.get_name())).collect::<Vec<_>>().join(", ")
        }
    };
    let is_switch = matches!(argument.get_action(), ArgAction::SetTrue);
    Row {
        flag: code(&flag),
        variable: variable.map(|names| variables(&names)).unwrap_or_default(),
        default: cell(&default.unwrap_or_else(|| of_clap.join(", "))),
        range: if is_switch { String::new() } else { range },
        what: cell(&what),
    }
    .switched(is_switch)
}

impl Row {
    /// A flag without a value has no default worth a word.
    fn switched(mut self, is_switch: bool) -> Self {
        if is_switch {
            self.default.clear();
        }
        self
    }
}

fn range_of(key: Key) -> String {
    if let Some(numbers) = key.numbers() {
        return format!("{} to {}", numbers.start(), numbers.end());
    }
    let time = |seconds: u64| humantime::format_duration(std::time::Duration::from_secs(seconds)).to_string();
    key.seconds()
        .map(|seconds| format!("{} to {}", time(*seconds.start()), time(*seconds.end())))
        .unwrap_or_default()
}

/// A help without what it says in brackets under this name, and that.
fn without(help: &str, name: &str) -> (String, Option<String>) {
    let open = format!("[{name}: ");
    let Some((before, rest)) = help.split_once(&open) else { return (help.to_owned(), None) };
    let Some((inside, after)) = rest.split_once(']') else { return (help.to_owned(), None) };
    (format!("{} {}", before.trim_end(), after.trim_start()).trim().to_owned(), Some(inside.to_owned()))
}

/// `SWITCHBOARD_REDIS_URL, or REDIS_URL`.
fn variables(names: &str) -> String {
    names.split(", or ").map(code).collect::<Vec<_>>().join(", or ")
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

/// Text in a cell of a table: on one line, and what would be taken for more than text is none.
fn cell(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_what_the_program_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/settings.md");
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(document() == committed, "docs/settings.md is stale: make gen");
    }

    #[test]
    fn every_setting_is_on_it_with_its_variable() {
        let page = document();
        for key in Key::ALL {
            let row = page.lines().find(|line| line.starts_with(&format!("| `{} ", key.flag())));
            let row = row.unwrap_or_else(|| panic!("{} is not on the page", key.flag()));
            assert!(row.contains(&format!("`{}`", key.variable())), "{row}");
            if let Some(earlier) = key.earlier_variable().filter(|name| *name != "PORT") {
                assert!(row.contains(&format!("`{earlier}`")), "{row}");
            }
        }
        for command in ["token create", "check", "rooms list", "why", "loadtest relay"] {
            assert!(page.contains(&format!("### `switchboard {command}`\n")), "{command}");
        }
    }

    #[test]
    fn a_default_is_within_its_range() {
        let cli = Cli::command();
        let commands =
            std::iter::once(&cli).chain(cli.get_subcommands().filter(|command| is_program(command)));
        let mut looked = 0;
        for argument in commands.flat_map(own_arguments) {
            let Some(key) = Key::ALL.into_iter().find(|key| Some(&key.flag()[2..]) == argument.get_long())
            else {
                continue;
            };
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let Some(default) = without(&help, "default").1 else { continue };
            if let Some(numbers) = key.numbers() {
                assert!(
                    numbers.contains(&default.parse().expect("is a number")),
                    "{}: {default}",
                    key.flag()
                );
                looked += 1;
            }
            if let Some(seconds) = key.seconds() {
                let default = humantime::parse_duration(&default).expect("is a time").as_secs();
                assert!(seconds.contains(&default), "{}: {default}", key.flag());
                looked += 1;
            }
        }
        assert!(looked > 10, "{looked}");
    }
}
