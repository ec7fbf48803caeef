//! What happens when one service calls another, with and without the fault.

use harness_model::fault::FaultKind;
use harness_model::strings::Strings;
use harness_model::{Offset, Span, SpanKind, Sym};

use super::MadeUpRun;
use super::archive::{FROM_S, TO_S};

const MS: i64 = 1_000_000;
const TIMEOUT: i64 = 1000 * MS;

/// Draws the spans of one request after the other.
pub struct Shop<'a> {
    pub made_up: &'a MadeUpRun,
    pub strings: &'a mut Strings,
    pub spans: Vec<Span>,
    pub trace: u128,
    pub next_id: u64,
    pub random: u64,
}

/// How a call ended, and when.
#[derive(Clone, Copy)]
pub struct Answer {
    pub at: i64,
    pub status: u16,
}

impl Shop<'_> {
    /// Between 0 and 1 ms, the same for the same run.
    fn jitter(&mut self) -> i64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.random >> 33) as i64 % MS
    }

    /// True one time in `n`, in a troubled run.
    fn trouble(&mut self, n: i64) -> bool {
        let drawn = self.jitter() % n == 0;
        self.made_up.troubled && drawn
    }

    /// Loses some spans and shifts the clock of one service.
    fn report(&mut self) {
        if !self.made_up.troubled {
            return;
        }
        let payment = self.strings.intern("payment");
        let killed = (self.made_up.kind == FaultKind::Kill)
            .then(|| self.strings.find(self.made_up.target))
            .flatten();
        let last = Offset((FROM_S - 1) * 1000 * MS)..Offset(FROM_S * 1000 * MS);
        let mut spans = std::mem::take(&mut self.spans);
        spans.retain(|span| {
            let unsent = Some(span.service) == killed && last.contains(&span.end);
            !unsent && !self.trouble(100)
        });
        for span in spans.iter_mut().filter(|span| span.service == payment) {
            span.start.0 += 3000 * MS;
            span.end.0 += 3000 * MS;
        }
        self.spans = spans;
    }

    /// All spans, as they arrived.
    pub fn finish(mut self) -> Vec<Span> {
        self.report();
        self.spans
    }

    fn on(&self, at: i64) -> bool {
        (FROM_S * 1000 * MS..TO_S * 1000 * MS).contains(&at)
    }

    fn is_process(&self, service: &str) -> bool {
        self.made_up.target == service
    }

    fn is_edge(&self, caller: &str, callee: &str) -> bool {
        self.made_up.target.split_once(" -> ") == Some((caller, callee))
    }

    /// When the callee begins, or how the call fails on the way.
    fn arrive(&mut self, caller: &str, callee: &str, at: i64) -> Result<i64, Answer> {
        let hit = self.is_process(callee) || self.is_edge(caller, callee);
        let normal = at + MS / 4 + self.jitter() / 4;
        if !hit || !self.on(at) {
            return Ok(normal);
        }
        let no_answer = |after| Answer {
            at: at + after,
            status: 0,
        };
        match self.made_up.kind {
            FaultKind::Kill
            | FaultKind::Refuse
            | FaultKind::Restart
            | FaultKind::CrashLoop { .. }
            | FaultKind::Disconnect => Err(no_answer(MS / 5)),
            FaultKind::Hang => Err(no_answer(TIMEOUT)),
            FaultKind::Latency { delay_ns, .. } => Ok(normal + delay_ns as i64),
            FaultKind::Cpu { .. } | FaultKind::Memory { .. } => Ok(normal + 100 * MS),
            FaultKind::Freeze => Ok(normal.max(TO_S * 1000 * MS)),
        }
    }

    fn span(&mut self, service: &str, kind: SpanKind, parent: u64, start: i64) -> usize {
        self.next_id += 1;
        self.spans.push(Span {
            trace: self.trace,
            id: self.next_id,
            parent,
            service: self.strings.intern(service),
            instance: Sym::NONE,
            name: self.strings.intern("work"),
            kind,
            start: Offset(start),
            end: Offset(start),
            failed: false,
            error_type: Sym::NONE,
            peer: Sym::NONE,
            http_status: 0,
            resend: 0,
        });
        self.spans.len() - 1
    }

    /// Asks up to twice, with a pause between, as real clients do.
    fn ask(&mut self, caller: &str, callee: &str, path: &str, parent: u64, at: i64) -> Answer {
        let first = self.attempt(caller, callee, path, parent, at);
        if first.status != 0 || first.at - at > 500 * MS {
            return first;
        }
        let pause = 50 * MS;
        self.attempt(caller, callee, path, parent, first.at + pause)
    }

    fn attempt(&mut self, caller: &str, callee: &str, path: &str, parent: u64, at: i64) -> Answer {
        let client = self.span(caller, SpanKind::Client, parent, at);
        let id = self.spans[client].id;
        let answer = match self.arrive(caller, callee, at) {
            Err(answer) => answer,
            Ok(begins) => {
                let answer = self.serve(callee, path, id, begins);
                let late = answer.at - at > TIMEOUT;
                Answer {
                    at: (answer.at + MS / 4).min(at + TIMEOUT),
                    status: if late { 0 } else { answer.status },
                }
            }
        };
        let peer = self.strings.intern(callee);
        let span = &mut self.spans[client];
        span.peer = peer;
        span.end = Offset(answer.at);
        span.http_status = answer.status;
        span.failed = answer.status == 0 || answer.status >= 500;
        answer
    }

    /// The server's side of a request.
    fn serve(&mut self, service: &str, path: &str, parent: u64, at: i64) -> Answer {
        let server = self.span(service, SpanKind::Server, parent, at);
        let id = self.spans[server].id;
        let mut now = at + MS + self.jitter();
        let mut status = 200;
        let calls: &[&str] = match (service, path) {
            ("gateway", "browse") => &["inventory"],
            ("gateway", _) => &["order"],
            ("order", _) => &["inventory", "payment"],
            _ => &[],
        };
        for callee in calls {
            if status == 200 {
                let answer = self.ask(service, callee, path, id, now);
                now = answer.at;
                status = if answer.status == 200 { 200 } else { 503 };
            }
        }
        if calls.is_empty() {
            let database = self.span(service, SpanKind::Client, id, now);
            now += 2 * MS + self.jitter();
            now += if self.trouble(50) { 100 * MS } else { 0 };
            status = if self.trouble(100) { 500 } else { status };
            self.spans[database].end = Offset(now);
        }
        let frozen = self.is_process(service) && self.made_up.kind == FaultKind::Freeze;
        if frozen && at < FROM_S * 1000 * MS && now >= FROM_S * 1000 * MS {
            now += (TO_S - FROM_S) * 1000 * MS;
        }
        let span = &mut self.spans[server];
        span.end = Offset(now);
        span.http_status = status;
        span.failed = status >= 500;
        Answer { at: now, status }
    }

    /// A visitor's request into the entry service.
    pub fn visit(&mut self, entry: &str, path: &str, at: i64) -> Answer {
        match self.arrive("client", entry, at) {
            Err(answer) => answer,
            Ok(begins) => {
                let answer = self.serve(entry, path, 77, begins);
                let given_up = at + 5 * TIMEOUT;
                Answer {
                    at: (answer.at + MS / 4).min(given_up),
                    status: if answer.at > given_up {
                        0
                    } else {
                        answer.status
                    },
                }
            }
        }
    }
}
