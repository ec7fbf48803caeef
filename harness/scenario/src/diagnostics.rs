//! What is wrong with a file: every fault, with its place and its remedy.
//!
//! Prints like a compiler does. It must not know what a scenario is.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Line and column, both from 1; `None` for a value given on the command line.
    pub at: Option<(usize, usize)>,
    pub message: String,
    /// What to do about it; may be empty.
    pub remedy: String,
}

/// All faults of one file, in the order of their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics {
    source: String,
    text: String,
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// None yet, for a file of this name and text.
    pub fn none(source: &str, text: &str) -> Diagnostics {
        Diagnostics {
            source: source.to_owned(),
            text: text.to_owned(),
            list: Vec::new(),
        }
    }

    pub fn add(
        &mut self,
        at: &Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let at = (at.start <= self.text.len() && *at != COMMAND_LINE).then(|| self.place(at.start));
        self.list.push(Diagnostic {
            at,
            message: message.into(),
            remedy: remedy.into(),
        });
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// How many, in words.
    fn count(&self) -> String {
        let plural = if self.list.len() == 1 { "" } else { "s" };
        format!("{} fault{plural}", self.list.len())
    }

    /// Every fault with its line, as a compiler prints them.
    fn places(&self) -> String {
        self.list.iter().map(|fault| self.told(fault)).collect()
    }

    /// The faults of a text that another one names: one message there, their places below it.
    pub(crate) fn nested(&self, what: &str) -> (String, String) {
        let message = format!("the {what} has {} of its own", self.count());
        let places = self.places().trim_end().replace('\n', "\n         ");
        (message, places)
    }

    fn told(&self, fault: &Diagnostic) -> String {
        let mut told = match fault.at {
            Some((line, column)) => {
                let text = self.text.lines().nth(line - 1).unwrap_or("");
                format!(
                    "{}:{line}:{column}: {}\n  {line:>4} | {text}\n       | {:>column$}\n",
                    self.source, fault.message, "^"
                )
            }
            None => format!("--set: {}\n", fault.message),
        };
        if !fault.remedy.is_empty() {
            told.push_str(&format!("       = {}\n", fault.remedy));
        }
        told
    }

    /// Sorted by place.
    pub(crate) fn sorted(mut self) -> Diagnostics {
        self.list.sort_by_key(|fault| fault.at);
        self
    }

    /// Line and column of a byte.
    pub(crate) fn place(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .chars()
            .rev()
            .take_while(|letter| *letter != '\n')
            .count()
            + 1;
        (line, column)
    }
}

/// The place of values that come from `--set`.
pub(crate) const COMMAND_LINE: Range<usize> = usize::MAX..usize::MAX;

impl std::error::Error for Diagnostics {}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.places())?;
        write!(
            f,
            "{} in {}; nothing was started",
            self.count(),
            self.source
        )
    }
}
