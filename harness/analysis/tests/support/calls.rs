//! What happens when one service calls another, with and without the fault.

use harness_model::fault::FaultKind;
use harness_model::strings::Strings;
use harness_model::{Offset, Span, SpanKind, Sym};

use super::MadeUpRun;
use super::archive::{FROM_S, LENGTH_S, TO_S};

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
    /// The call under way is a second try.
    pub again: bool,
    /// Calls that met the breaker.
    pub breaker_draws: u64,
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

    /// Loses six in ten of one service's spans while the fault is on.
    fn drop_some(&mut self) {
        let Some(service) = self.made_up.drops else {
            return;
        };
        let service = self.strings.intern(service);
        let mut number = 0;
        self.spans.retain(|span| {
            let concerned = span.service == service
                && (FROM_S * 1000 * MS..TO_S * 1000 * MS).contains(&span.end.0);
            number += i32::from(concerned);
            !concerned || number * 7 % 10 >= 6
        });
    }

    /// All spans, as they arrived.
    pub fn finish(mut self) -> Vec<Span> {
        self.report();
        self.drop_some();
        self.spans
    }

    fn on(&self, at: i64) -> bool {
        (FROM_S * 1000 * MS..TO_S * 1000 * MS).contains(&at)
    }

    fn is_process(&self, service: &str) -> bool {
        self.made_up.target == service
    }

    /// What strikes a call that is sent now.
    fn hit(&self, caller: &str, callee: &str) -> Option<FaultKind> {
        let strikes =
            |target: &str| target == callee || target.split_once(" -> ") == Some((caller, callee));
        let spared = self.again && self.made_up.spares_retries;
        let mut faults = self.made_up.faults();
        let hit = faults.find(|(_, target)| strikes(target) && !spared);
        hit.map(|(kind, _)| kind.clone())
    }

    /// How much of a delay there is by now.
    fn grown(&self, delay: i64, at: i64) -> i64 {
        let (from, to) = (FROM_S * 1000 * MS, LENGTH_S * 1000 * MS);
        if self.made_up.creeping {
            delay * (at - from).max(0) / (to - from)
        } else {
            delay
        }
    }

    /// When the callee begins, or how the call fails on the way.
    fn arrive(&mut self, caller: &str, callee: &str, at: i64) -> Result<i64, Answer> {
        let hit = self.hit(caller, callee);
        let normal = at + MS / 4 + self.jitter() / 4;
        let stays = self.made_up.creeping && at >= TO_S * 1000 * MS;
        let Some(kind) = hit.filter(|_| self.on(at) || stays) else {
            return Ok(normal);
        };
        let no_answer = |after| Answer {
            at: at + after,
            status: 0,
        };
        match kind {
            FaultKind::Kill
            | FaultKind::Refuse
            | FaultKind::Restart
            | FaultKind::CrashLoop { .. }
            | FaultKind::Disconnect => Err(no_answer(MS / 5)),
            FaultKind::Hang => Err(no_answer(TIMEOUT)),
            FaultKind::Latency { delay_ns, .. } => Ok(normal + self.grown(delay_ns as i64, at)),
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
        if self.made_up.breaker && (caller, callee) == ("order", "payment") && self.on(at) {
            self.breaker_draws += 1;
            if !self.breaker_draws.is_multiple_of(10) {
                return self.hold_back(caller, callee, parent, at);
            }
        }
        let first = self.attempt(caller, callee, path, parent, at);
        if first.status != 0 || first.at - at > 500 * MS {
            return first;
        }
        let pause = 50 * MS;
        self.again = true;
        let second = self.attempt(caller, callee, path, parent, first.at + pause);
        self.again = false;
        second
    }

    /// A call that an open breaker does not send.
    fn hold_back(&mut self, caller: &str, callee: &str, parent: u64, at: i64) -> Answer {
        let client = self.span(caller, SpanKind::Client, parent, at);
        let (peer, fuse) = (self.strings.intern(callee), self.strings.intern("fuse"));
        let span = &mut self.spans[client];
        (span.peer, span.error_type, span.failed) = (peer, fuse, true);
        Answer { at, status: 0 }
    }

    /// A statement, in the process or on a server that leaves no spans.
    fn query(&mut self, service: &str, parent: u64, at: i64) -> Answer {
        let statement = self.span(service, SpanKind::Client, parent, at);
        let mut answer = Answer { at, status: 200 };
        answer.at += 2 * MS + self.jitter();
        answer.at += if self.trouble(50) { 100 * MS } else { 0 };
        if let Some(store) = self.made_up.store_of(service) {
            match self.arrive(service, &store, at) {
                Err(none) => answer = none,
                Ok(begins) => answer.at += begins - at,
            }
            if answer.at - at >= TIMEOUT {
                answer = Answer {
                    at: at + TIMEOUT,
                    status: 0,
                };
            }
            let peer = self.strings.intern(&store);
            self.spans[statement].peer = peer;
        }
        let span = &mut self.spans[statement];
        span.end = Offset(answer.at);
        span.failed = answer.status == 0;
        answer
    }

    /// Tells `mail` of a purchase.
    fn announce(&mut self, parent: u64, at: i64) {
        let sent = self.span("order", SpanKind::Producer, parent, at);
        self.spans[sent].end = Offset(at + MS);
        let id = self.spans[sent].id;
        let heard = self.span("mail", SpanKind::Consumer, id, at + 2 * MS);
        let slow = self.made_up.target == "mail" && self.on(at);
        let took = if slow { 100 * MS } else { 3 * MS };
        self.spans[heard].end = Offset(at + 2 * MS + took + self.jitter());
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
                let shown = service == "gateway" && path == "browse" && self.made_up.fallback;
                let served = answer.status == 200 || shown;
                status = if served { 200 } else { 503 };
            }
        }
        if calls.is_empty() {
            let answer = self.query(service, id, now);
            now = answer.at;
            let flaw = self.trouble(100) || answer.status != 200;
            status = if flaw { 500 } else { status };
        }
        if service == "order" && status == 200 && self.made_up.announces {
            self.announce(id, now);
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
