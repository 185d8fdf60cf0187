//! Every link between the project's own pages leads somewhere: the file is there, and so is the heading.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// Pages that are to come, to which others link already. One that has come is checked like all, and goes from here.
const PENDING: [&str; 1] = ["docs/capacity.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The lines of a page that are text: no code between fences.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

/// A line without what stands between backquotes.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("")
}

/// Where the links of a page lead.
fn links(page: &str) -> Vec<String> {
    // A link's own text may be code; its target never is.
    let mut links = Vec::new();
    for line in prose(page).map(without_code) {
        let mut rest = line.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, after)) = after.split_once(')') else { break };
            links.push(target.to_owned());
            rest = after;
        }
    }
    links
}

/// What headings of a page are called in links, as GitHub makes it.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut seen = BTreeMap::<String, usize>::new();
    let headings = prose(page).filter_map(|line| {
        let text = line.trim_start_matches('#');
        (text.len() < line.len() && text.starts_with(' ')).then(|| text.trim())
    });
    let slug = |heading: &str| {
        let kept = heading.to_lowercase().replace('`', "");
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>()
    };
    headings
        .map(slug)
        .map(|slug| {
            let count = seen.entry(slug.clone()).or_default();
            *count += 1;
            if *count == 1 { slug } else { format!("{slug}-{}", *count - 1) }
        })
        .collect()
}

/// A path without `.` and `..`, from the folder of the project.
fn flat(path: &Path) -> String {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

/// What is wrong with a link from a page.
fn wrong(from: &str, target: &str) -> Option<String> {
    if ["http://", "https://", "mailto:"].iter().any(|scheme| target.starts_with(scheme)) {
        return None;
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let folder = Path::new(from).parent().unwrap_or(Path::new(""));
    let file = if path.is_empty() { from.to_owned() } else { flat(&folder.join(path)) };
    let full = root().join(&file);
    if !full.exists() {
        let pending = PENDING.contains(&file.as_str());
        return (!pending).then(|| format!("{from}: {target}: there is no {file}"));
    }
    let anchor = anchor?;
    let page = std::fs::read_to_string(full).unwrap_or_default();
    (!anchors(&page).contains(anchor)).then(|| format!("{from}: {target}: {file} has no such heading"))
}

#[test]
fn every_link_of_the_pages_leads_somewhere() {
    let mut pages: Vec<_> = ["README.md", "ARCHITECTURE.md", "BENCHMARKS.md"].map(str::to_owned).into();
    for folder in ["docs", "web/client", "sim", "fuzz"] {
        let found = std::fs::read_dir(root().join(folder)).expect("is a folder").flatten();
        let found = found.map(|file| format!("{folder}/{}", file.file_name().to_string_lossy()));
        pages.extend(found.filter(|name| name.ends_with(".md")));
    }
    let mut count = 0;
    let mut mistakes = Vec::new();
    for page in &pages {
        let text = std::fs::read_to_string(root().join(page)).expect("is a page");
        let links = links(&text);
        count += links.len();
        mistakes.extend(links.iter().filter_map(|target| wrong(page, target)));
    }
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    assert!(pages.len() > 12 && count > 50, "{} pages with {count} links", pages.len());
}

#[test]
fn a_link_that_leads_nowhere_is_noticed() {
    let page = "# A b\n## `c_d`: E, *f*!\n## A b\n```sh\n# no heading [x](nowhere)\n```\n[a](x.md#y) `[b](c)` [`d`](e)\n";
    assert_eq!(links(page), ["x.md#y", "e"]);
    assert_eq!(anchors(page), ["a-b", "c_d-e-f", "a-b-1"].map(str::to_owned).into());
    assert_eq!(wrong("README.md", "docs/redis.md#cluster"), None);
    assert_eq!(wrong("docs/redis.md", "../README.md#settings"), None);
    assert_eq!(wrong("docs/redis.md", "https://nowhere.invalid/"), None);
    assert!(
        wrong("README.md", "docs/nowhere.md")
            .is_some_and(|told| told.contains("there is no docs/nowhere.md"))
    );
    assert!(wrong("README.md", "#nowhere").is_some_and(|told| told.contains("no such heading")));
    assert_eq!(without_code("a `b` c"), "a  c");
}
