//! What a person sees while a run goes on: one live line on a terminal, plain lines elsewhere.
//!
//! A sink of the stream like the archive. It must not know how a run works.

use std::io::IsTerminal;
use std::time::Duration;

use harness_model::{EventKind, Offset, RunEvent};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::sink::{EventSink, Progress};
use crate::failure::Failure;
use crate::say;

/// Prints events as they happen and a line of counts while load is on.
pub struct Terminal {
    bar: ProgressBar,
    live: bool,
    zero: Option<Offset>,
    last_plain: Option<Offset>,
}

/// How often the line is written where there is no terminal.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

impl Terminal {
    /// Writes to the standard error, with a live line if that is a terminal.
    pub fn new() -> Terminal {
        let live = std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} [{bar:30}] {msg}") {
            bar.set_style(style.progress_chars("=> "));
        }
        Terminal {
            bar,
            live,
            zero: None,
            last_plain: None,
        }
    }

    fn stamp(&self, at: Offset) -> String {
        match self.zero {
            Some(zero) => format!("{:>7.1} s ", (at - zero).secs_f64().max(0.0)),
            None => format!("{:>9} ", ""),
        }
    }

    fn print(&self, line: &str) {
        if self.live {
            self.bar.println(line);
        } else {
            say::aside(line);
        }
    }
}

impl EventSink for Terminal {
    fn event(&mut self, event: &RunEvent) -> Result<(), Failure> {
        let (at, what) = (event.at_ns, &event.what);
        if matches!(what, EventKind::LoadStarted) {
            self.zero = Some(at);
        }
        if let Some(text) = describe(what) {
            self.print(&format!("{} {text}", self.stamp(at)));
        }
        if matches!(
            what,
            EventKind::LoadFinished { .. } | EventKind::RunFinished
        ) {
            self.bar.finish_and_clear();
        }
        Ok(())
    }

    fn progress(&mut self, at: Offset, progress: &Progress) {
        let (done_s, planned_s) = (progress.done_s.max(0.0), progress.planned_s);
        let text = format!(
            "{done_s:>3.0} of {planned_s:.0} s   {} requests, {} failed   {} spans",
            progress.sent, progress.failed, progress.spans
        );
        if self.live {
            self.bar.set_length((planned_s * 10.0) as u64);
            self.bar.set_position((done_s * 10.0) as u64);
            self.bar.set_message(text);
            self.bar.tick();
        } else if self
            .last_plain
            .is_none_or(|last| at.since(last) >= PLAIN_EVERY)
        {
            self.last_plain = Some(at);
            self.print(&format!("{} {text}", self.stamp(at)));
        }
    }
}

fn describe(what: &EventKind) -> Option<String> {
    Some(match what {
        EventKind::TargetPreparing => "preparing the target's data".to_owned(),
        EventKind::ImageBuilding { image } => format!("building the image {image}"),
        EventKind::ImageBuilt { image, after_ms } => {
            format!("built {image} in {:.1} s", *after_ms as f64 / 1e3)
        }
        EventKind::ImagePulling { image } => format!("pulling the image {image}"),
        EventKind::ImagePulled { image, after_ms } => {
            format!("pulled {image} in {:.1} s", *after_ms as f64 / 1e3)
        }
        EventKind::TargetReady { topology, after_ms } => {
            let s = *after_ms as f64 / 1e3;
            format!(
                "{} services ready after {s:.1} s at {}",
                topology.services.len(),
                topology.base_url
            )
        }
        EventKind::ServiceExited {
            service, status, ..
        } => format!("{service} ended: {status}"),
        EventKind::ServiceOutOfMemory { service, .. } => {
            format!("{service} was killed, because it ran out of memory")
        }
        EventKind::LoadStarted => "load starts".to_owned(),
        EventKind::FaultInjected { fault } => format!("fault on:  {fault}"),
        EventKind::FaultFailed { fault, why } => {
            format!("fault {fault} could not be injected: {why}")
        }
        EventKind::FaultHealed {
            fault, evidence, ..
        } => format!(
            "fault off: {fault} (touched {} of {} exchanges)",
            evidence.affected, evidence.eligible
        ),
        EventKind::LoadFinished { tally } => {
            format!(
                "load done: {} sent, {} ok, {} failed",
                tally.sent, tally.ok, tally.failed
            )
        }
        EventKind::Doubt { why } => format!("doubt: {why}"),
        EventKind::Interrupted => "interrupted: healing faults, stopping everything".to_owned(),
        EventKind::TargetDown { left_behind } if !left_behind.is_empty() => {
            format!("left behind: {}", left_behind.join(", "))
        }
        _ => return None,
    })
}
