//! What is wrong with a file: every mistake, with its place and its remedy.
//!
//! Printed as a compiler prints its errors. It must not know what a scenario is.

use std::fmt;

use super::span::{COMMAND_LINE, Span};

/// One mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Line and column, both from 1; `None` for a value given on the command line.
    pub at: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub remedy: String,
}

/// All mistakes in one file; when a reader returns them, in the order of their places.
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

    /// Notes a mistake at this place; a remedy may be empty.
    pub fn add(&mut self, at: &Span, message: impl Into<String>, remedy: impl Into<String>) {
        let at = (at.start <= self.text.len() && *at != COMMAND_LINE).then(|| self.place(at.start));
        self.list.push(Diagnostic {
            at,
            message: message.into(),
            remedy: remedy.into(),
        });
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many mistakes there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Every mistake.
    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// How many, in words.
    fn count(&self) -> String {
        let plural = if self.list.len() == 1 { "" } else { "s" };
        format!("{} error{plural}", self.list.len())
    }

    /// Every diagnostic with its line of the text.
    fn lines(&self) -> String {
        self.list.iter().map(|one| self.line(one)).collect()
    }

    fn line(&self, diagnostic: &Diagnostic) -> String {
        let message = &diagnostic.message;
        let mut line = match diagnostic.at {
            Some((line, column)) => {
                let text = self.text.lines().nth(line - 1).unwrap_or("");
                format!(
                    "{}:{line}:{column}: {message}\n  {line:>4} | {text}\n       | {:>column$}\n",
                    self.source, "^"
                )
            }
            None => format!("--set: {message}\n"),
        };
        if !diagnostic.remedy.is_empty() {
            line.push_str(&format!("       = {}\n", diagnostic.remedy));
        }
        line
    }

    /// For a text that another one names: one message for the place of the name, and all
    /// diagnostics as its remedy.
    pub(crate) fn nested(&self, what: &str) -> (String, String) {
        let message = format!("the {what} has {} of its own", self.count());
        let lines = self.lines().trim_end().replace('\n', "\n         ");
        (message, lines)
    }

    /// Sorted by place.
    pub(crate) fn sorted(mut self) -> Diagnostics {
        self.list.sort_by_key(|one| one.at);
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

impl std::error::Error for Diagnostics {}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines())?;
        write!(
            f,
            "{} in {}; nothing was started",
            self.count(),
            self.source
        )
    }
}
