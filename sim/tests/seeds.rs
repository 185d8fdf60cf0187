//! A few seeds, and that a seed is the same twice.

use std::process::Command;

fn sim(args: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_switchboard-sim")).args(args).output().expect("it runs");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in ["1", "2", "17", "40"] {
        let [first, second] = [(); 2].map(|()| sim(&["--seed", seed, "--trace"]).1);
        let different = first.lines().zip(second.lines()).find(|(a, b)| a != b);
        assert_eq!(different, None, "seed {seed}");
        assert_eq!(first.len(), second.len());
        assert!(first.lines().count() > 100, "something happens: {first}");
    }
}

#[test]
fn a_few_dozen_seeds_hold() {
    let (well, told) = sim(&["--seeds", "60", "--from", "1", "--jobs", "2"]);
    assert!(well, "{told}");
}
