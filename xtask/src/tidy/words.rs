//! Words that the house has given up, and what it says instead.
//!
//! Only whole identifiers in code count, so that prose and texts stay free: a shop may sell a desk.
//! `Registry` is not among them: service discovery has a registry in its own right.

use proc_macro2::{TokenStream, TokenTree};

use super::source::Sources;

struct Word {
    word: &'static str,
    instead: &'static str,
    /// Folder in which it is given up; everywhere if empty.
    within: &'static str,
}

const fn word(word: &'static str, instead: &'static str) -> Word {
    Word {
        word,
        instead,
        within: "",
    }
}

const fn word_in(within: &'static str, word: &'static str, instead: &'static str) -> Word {
    Word {
        word,
        instead,
        within,
    }
}

const SUSPECTS: &str = "harness/analysis/src/suspects/";

const RETIRED: [Word; 26] = [
    word_in("harness/scenario/", "Faults", "Diagnostics"),
    word_in(SUSPECTS, "Way", "Edge"),
    word_in(SUSPECTS, "Case", "Findings"),
    word_in(SUSPECTS, "evidence", "findings"),
    word(
        "Books",
        "what it counts: LoadCounters, EdgeCounters, CallStats",
    ),
    word("SpanBooks", "what it counts: SpanCounters"),
    // The shop's payments keep a ledger of money.
    word_in("chaos/", "Ledger", "EdgeCounters"),
    word_in("harness/", "Ledger", "EdgeCounters"),
    word("Ears", "Collectors"),
    word("Ear", "FactListener"),
    word("Stage", "RunningTarget"),
    word("Site", "RunWorkspace"),
    word("Ground", "DeploymentNetwork or FaultContext"),
    word("Lexicon", "SpanClassifier"),
    word("Blame", "Candidate"),
    word("Doors", "Readiness"),
    word("Desk", "Dispatcher"),
    word("Errand", "WorkerLaunch"),
    // A payment may be charged.
    word_in("chaos/", "Charge", "CleanupList"),
    word("Keeper", "GuardianLoop"),
    word("Law", "Invariant"),
    word("Happening", "EventKind"),
    word("holes", "placeholders"),
    word("news", "events"),
    word("told", "a verb"),
    word("said", "a verb"),
];

/// One finding for each retired identifier.
pub fn check(sources: &Sources) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, source) in sources {
        let refused: Vec<&Word> = RETIRED
            .iter()
            .filter(|one| name.starts_with(one.within))
            .collect();
        if let Ok(tokens) = source.text.parse() {
            look(tokens, &mut |identifier, line| {
                for one in refused.iter().filter(|one| one.word == identifier) {
                    findings.push(format!(
                        "{name}:{line}: `{}` is retired: say {}",
                        one.word, one.instead
                    ));
                }
            });
        }
    }
    findings
}

fn look(tokens: TokenStream, found: &mut impl FnMut(&str, usize)) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => found(&ident.to_string(), ident.span().start().line),
            TokenTree::Group(group) => look(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
