//! Words that the house has given up, and what it says instead.
//!
//! Only whole identifiers in code count, so that prose and texts stay free: a shop may sell a desk.
//! `Registry` is not among them: service discovery has a registry in its own right.

use proc_macro2::{TokenStream, TokenTree};

use super::source::Sources;

struct Word {
    word: &'static str,
    instead: &'static str,
    /// Folders in which it is given up.
    within: &'static [&'static str],
}

const fn word(word: &'static str, instead: &'static str) -> Word {
    word_in(EVERYWHERE, word, instead)
}

const fn word_in(
    within: &'static [&'static str],
    word: &'static str,
    instead: &'static str,
) -> Word {
    Word {
        word,
        instead,
        within,
    }
}

const EVERYWHERE: &[&str] = &[""];
const SCENARIO: &[&str] = &["harness/scenario/"];
const SUSPECTS: &[&str] = &["harness/analysis/src/suspects/"];
/// All but the shop, whose payments are charged and keep a ledger of money.
const HARNESS: &[&str] = &["harness/", "chaos/", "reports/"];
/// All but the analysis, which knows laws of scalability.
const NO_ANALYSIS: &[&str] = &[
    "harness/model/",
    "harness/scenario/",
    "harness/cli/",
    "reports/",
    "target-system/",
];

const COUNTERS: &str = "what it counts, such as LoadCounters or EdgeCounters";
const VERB: &str = "a name of the thing, or a verb";

const RETIRED: [Word; 25] = [
    word_in(SCENARIO, "Faults", "Diagnostics"),
    word_in(SUSPECTS, "Way", "Edge"),
    word_in(SUSPECTS, "Case", "Findings"),
    word_in(SUSPECTS, "evidence", "findings"),
    word("Books", COUNTERS),
    word("SpanBooks", COUNTERS),
    word_in(HARNESS, "Ledger", COUNTERS),
    word("Ears", "Collectors"),
    word("Ear", "FactListener"),
    word("Stage", "RunningTarget, or what it holds"),
    word("Site", "RunWorkspace, or what it holds"),
    word("Ground", "DeploymentNetwork or FaultContext"),
    word("Lexicon", "SpanClassifier"),
    word("Blame", "Candidate"),
    word("Doors", "Readiness"),
    word("Desk", "Dispatcher"),
    word("Errand", "WorkerLaunch"),
    word_in(HARNESS, "Charge", "CleanupList"),
    word("Keeper", "GuardianLoop"),
    word_in(NO_ANALYSIS, "Law", "Invariant"),
    word("Happening", "EventKind"),
    word("holes", "placeholders"),
    word("news", "events"),
    word("told", VERB),
    word("said", VERB),
];

/// One finding for each retired identifier.
pub fn check(sources: &Sources) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, source) in sources {
        let refused: Vec<&Word> = RETIRED
            .iter()
            .filter(|one| one.within.iter().any(|folder| name.starts_with(folder)))
            .collect();
        if let Ok(tokens) = source.text.parse() {
            look(tokens, &mut |identifier, line| {
                for one in refused.iter().filter(|one| one.word == identifier) {
                    findings.push(format!(
                        "{name}:{line}: `{}` is retired: use {}",
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
