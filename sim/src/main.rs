//! Gateways, room services and a store in one process, on one seed.
//!
//! Each seed has a process of its own: some libraries count in statics, and a count that differs is a run that
//! differs.

mod check;
mod history;
mod net;
mod os;
mod person;
mod rng;
mod run;
mod store;
mod trace;

use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const USAGE: &str = "switchboard-sim --seeds N [--from N] [--jobs N] | --seed N [--trace] [--log FILTER]";

struct Args {
    seed: Option<u64>,
    seeds: u64,
    from: u64,
    jobs: usize,
    trace: bool,
    log: Option<String>,
}

fn args() -> Result<Args, String> {
    let mut args = Args { seed: None, seeds: 100, from: 1, jobs: 1, trace: false, log: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let value = words.next().ok_or_else(|| format!("{word} needs a value"))?;
            value.parse::<u64>().map_err(|error| format!("{word} {value}: {error}"))
        };
        match word.as_str() {
            "--seed" => args.seed = Some(number()?),
            "--seeds" => args.seeds = number()?,
            "--from" => args.from = number()?,
            "--jobs" => args.jobs = number()?.clamp(1, 64) as usize,
            "--trace" => args.trace = true,
            "--log" => args.log = words.next(),
            _ => return Err(format!("{word} is not known\n{USAGE}")),
        }
    }
    Ok(args)
}

fn main() -> ExitCode {
    let args = match args() {
        Ok(args) => args,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    match args.seed {
        Some(seed) => one(seed, &args),
        None => many(&args),
    }
}

/// Runs one seed in this process.
fn one(seed: u64, args: &Args) -> ExitCode {
    if args.trace {
        trace::show();
    }
    if let Some(filter) = &args.log {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stdout).init();
    }
    std::panic::set_hook(Box::new(|info| violated!("panic: {info}")));
    // In a thread of its own, whose hash maps know nothing of those that were made for the log.
    if std::thread::spawn(move || run::run(seed)).join().is_err() {
        violated!("the run has panicked");
    }
    let outcome = trace::outcome();
    let (digest, lines) = (outcome.digest, outcome.lines);
    println!("seed {seed} digest {digest:016x} lines {lines} failures {}", outcome.failures.len());
    if outcome.failures.is_empty() {
        return ExitCode::SUCCESS;
    }
    for fault in &outcome.faults {
        println!("    fault {fault}");
    }
    for failure in &outcome.failures {
        println!("    {failure}");
    }
    ExitCode::FAILURE
}

/// Runs many seeds, each in a process of its own.
fn many(args: &Args) -> ExitCode {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            eprintln!("this program's path is not known: {error}");
            return ExitCode::FAILURE;
        }
    };
    let began = Instant::now();
    let next = AtomicU64::new(args.from);
    let failed = Mutex::new(Vec::new());
    let end = args.from + args.seeds;
    std::thread::scope(|scope| {
        for _ in 0..args.jobs {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let output = Command::new("timeout")
                        .arg("60")
                        .arg(&program)
                        .args(["--seed", &seed.to_string()])
                        .output();
                    match output {
                        Ok(output) if output.status.success() => {}
                        Ok(output) => {
                            let text = String::from_utf8_lossy(&output.stdout);
                            let first =
                                text.lines().find(|line| line.starts_with("    at ")).unwrap_or("no answer");
                            println!(
                                "seed {seed} FAILED ({}):\n{text}{}",
                                output.status,
                                String::from_utf8_lossy(&output.stderr)
                            );
                            if let Ok(mut failed) = failed.lock() {
                                failed.push((seed, first.trim().to_owned()));
                            }
                        }
                        Err(error) => eprintln!("seed {seed} does not run: {error}"),
                    }
                }
            });
        }
    });
    let took = began.elapsed().max(Duration::from_millis(1)).as_secs_f64();
    let failed = failed.into_inner().unwrap_or_default();
    for (seed, first) in &failed {
        println!("failed: --seed {seed}: {first}");
    }
    let (seeds, rate) = (args.seeds, args.seeds as f64 / took);
    println!(
        "{seeds} seeds in {took:.1} s, {rate:.1} seeds/s with {} jobs, {} failed",
        args.jobs,
        failed.len()
    );
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
