//! Engines in processes of their own: orders and what is told go through pipes, a line of JSON each.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use tokio::sync::mpsc;

use crate::engine::{self, Ends, Order, Told};
use crate::plan::Plan;

/// Lines under way.
const LINES_MAX: usize = 64;

/// A worker's process. It ends with its input, and so also if this process dies.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
}

impl Worker {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It has ended already unless this run was broken off.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts a worker for this share of a plan.
pub(crate) fn start(plan: &Plan) -> Result<(Worker, Ends), String> {
    let program =
        std::env::current_exe().map_err(|error| format!("can't tell which program this is: {error}"))?;
    let child = Command::new(program)
        .args(["loadtest", "worker"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| format!("can't start a worker: {error}"))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let worker = Worker { child };
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
        return Err("a worker has no pipes".into());
    };
    let first = serde_json::to_string(plan).map_err(|error| error.to_string())?;
    let (orders, mut ordered) = mpsc::channel::<Order>(LINES_MAX);
    let (tell, told) = mpsc::channel(LINES_MAX);
    // Threads, since pipes block: each ends with its pipe or its queue.
    std::thread::spawn(move || {
        let mut write = |line: String| writeln!(stdin, "{line}").and_then(|()| stdin.flush()).is_ok();
        let mut goes_on = write(first);
        while goes_on && let Some(order) = ordered.blocking_recv() {
            goes_on = serde_json::to_string(&order).is_ok_and(&mut write);
        }
    });
    std::thread::spawn(move || pass_on(BufReader::new(stdout), &tell));
    Ok((worker, (orders, told)))
}

/// Passes on what a worker tells, line by line; where that stops before it said how it ended, says so. Blocks.
fn pass_on(lines: impl BufRead, tell: &mpsc::Sender<Told>) {
    for line in lines.lines().map_while(Result::ok) {
        let read = serde_json::from_str(&line);
        let told = read.unwrap_or_else(|error| Told::Failed(format!("a worker said {line}: {error}")));
        // Others may have work to do after this one's: its end is no failure of theirs.
        let is_end = matches!(told, Told::Ended | Told::Failed(_));
        if tell.blocking_send(told).is_err() || is_end {
            return;
        }
    }
    drop(tell.blocking_send(Told::Failed("a worker has ended before its work".into())));
}

/// Is a worker: reads a plan and orders, and tells.
///
/// # Errors
/// A sentence, when what it reads is no plan.
pub(crate) async fn serve() -> Result<(), String> {
    let (lines, mut read) = mpsc::channel::<String>(LINES_MAX);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if lines.blocking_send(line).is_err() {
                return;
            }
        }
    });
    let plan = read.recv().await.ok_or("a worker reads its plan from the load test that starts it")?;
    let plan: Plan = serde_json::from_str(&plan).map_err(|error| format!("no plan: {error}"))?;
    let (orders, mut told) = engine::start(plan);
    loop {
        tokio::select! {
            line = read.recv() => {
                // Whoever started it is gone.
                let Some(line) = line else { return Ok(()) };
                let order = serde_json::from_str(&line).map_err(|error| format!("no order: {error}"))?;
                drop(orders.send(order).await);
            }
            what = told.recv() => {
                let Some(what) = what else { return Ok(()) };
                let line = serde_json::to_string(&what).map_err(|error| error.to_string())?;
                let is_end = matches!(what, Told::Ended | Told::Failed(_));
                let mut out = std::io::stdout().lock();
                if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() || is_end {
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed_on(lines: &[Told]) -> Vec<String> {
        let text: String =
            lines.iter().map(|told| serde_json::to_string(told).expect("JSON") + "\n").collect();
        let (tell, mut told) = mpsc::channel(LINES_MAX);
        pass_on(text.as_bytes(), &tell);
        std::iter::from_fn(|| told.try_recv().ok()).map(|told| format!("{told:?}")).collect()
    }

    #[test]
    fn the_end_of_a_worker_who_is_done_is_no_failure() {
        assert_eq!(passed_on(&[Told::Coming(2), Told::Ended]), ["Coming(2)", "Ended"]);
    }

    #[test]
    fn a_worker_who_ends_before_that_has_failed_once() {
        let early = r#"Failed("a worker has ended before its work")"#;
        assert_eq!(passed_on(&[Told::Coming(2)]), ["Coming(2)", early]);
        assert_eq!(passed_on(&[Told::Failed("why".into())]), [r#"Failed("why")"#]);
    }
}
