//! How `switchboard check` ends, as scripts read it.

use crate::program::output;

#[test]
fn the_exit_code_tells_dangers_and_mistakes_apart_from_warnings() {
    let cases = [
        ("check roomsvc --auth open --audit-log -", 0, "nothing unsafe was found"),
        ("check roomsvc --auth open", 0, "0 dangers, 1 warning"),
        ("check roomsvc --auth open --listen 0.0.0.0:1", 1, "danger auth-open"),
        ("check roomsvc --auth open --listen here", 64, "--listen"),
        ("check gateway", 64, "--auth: token needs a key"),
    ];
    for (line, code, want) in cases {
        let out = output(line, &[]);
        let text = String::from_utf8_lossy(if code == 64 { &out.stderr } else { &out.stdout });
        assert_eq!(out.status.code(), Some(code), "{line}: {text}");
        assert!(text.contains(want), "{line}: {want:?} is not in\n{text}");
        let json = output(&format!("{line} --json"), &[]);
        assert_eq!(json.status.code(), Some(code), "{line} --json");
        let told: serde_json::Value = serde_json::from_slice(&json.stdout).expect("is JSON");
        assert_eq!(told["safe"], code == 0, "{line}: {told}");
        assert_eq!(
            told["mistakes"].as_array().is_some_and(|all| all.is_empty()),
            code != 64,
            "{line}: {told}"
        );
    }
}
