//! The requests and answers of a visit, without the values that are new in every run.
//!
//! Ids, tracking numbers and tokens get a name when they first appear and keep it, so equal values
//! stay equal; times since the start of the visit all have the same name. It must not know the
//! shop.

use serde_json::Value;
use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// A wider value is written on several lines.
const COLUMNS: usize = 120;
/// Limit of differences that are shown.
const SHOWN: usize = 10;

/// The calls of a visit in order, each as a few lines of text.
pub struct Transcript {
    pub entries: Vec<String>,
    names: Names,
    began_ms: u64,
}

impl Transcript {
    /// An empty transcript; times from now on are new.
    pub fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now_ms = now.expect("it is after 1970").as_millis();
        Self {
            entries: Vec::new(),
            names: Names::default(),
            began_ms: u64::try_from(now_ms).expect("the time in milliseconds fits in 64 bits"),
        }
    }

    /// Records a call. The head is the status and the headers of its answer.
    pub fn record(&mut self, title: &str, request: &str, head: &str, body: &Value) {
        let request = self.names.replace(request);
        let mut entry = format!("# {title}\n{request}\n{head}\n");
        let body = self.plain(body);
        if body != Value::Null {
            write(&mut entry, &body, "", 0);
        }
        self.entries.push(entry.trim_end().to_owned());
    }

    /// A text with names in place of new values.
    pub fn named(&mut self, text: &str) -> String {
        self.names.replace(text)
    }

    /// A JSON value with names in place of new values.
    fn plain(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.names.replace(text)),
            Value::Array(items) => items.iter().map(|item| self.plain(item)).collect(),
            Value::Object(members) => {
                let plain = |(name, value): (&String, &Value)| {
                    let is_new = value.as_u64().is_some_and(|ms| ms >= self.began_ms);
                    let value = if name.ends_with("_ms") && is_new {
                        Value::from("<time>")
                    } else {
                        self.plain(value)
                    };
                    (name.clone(), value)
                };
                Value::Object(members.iter().map(plain).collect())
            }
            other => other.clone(),
        }
    }
}

/// The differences of two lists of entries, for people; empty when they are equal.
pub fn differences(one: &[String], other: &[String]) -> String {
    let entry = |entries: &[String], at| entries.get(at).cloned().unwrap_or_default();
    let pairs = (0..one.len().max(other.len())).map(|at| (entry(one, at), entry(other, at)));
    let found: Vec<_> = pairs
        .filter(|(one, other)| one != other)
        .map(|(one, other)| difference(&one, &other))
        .collect();
    let mut text = found[..found.len().min(SHOWN)].join("\n");
    if found.len() > SHOWN {
        text += &format!("\nand {} more calls\n", found.len() - SHOWN);
    }
    text
}

/// Two entries, with their common beginning and end once.
fn difference(one: &str, other: &str) -> String {
    let (left, right): (Vec<_>, Vec<_>) = (one.lines().collect(), other.lines().collect());
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = left.iter().zip(&right).take_while(same).count();
    let (removed, added) = (&left[head..], &right[head..]);
    let tail = removed.iter().rev().zip(added.iter().rev());
    let tail = tail.take_while(same).count();
    let (removed, rest) = removed.split_at(removed.len() - tail);
    let added = &added[..added.len() - tail];
    let parts = [
        (' ', &left[..head]),
        ('-', removed),
        ('+', added),
        (' ', rest),
    ];
    let lines = parts
        .iter()
        .flat_map(|(sign, part)| part.iter().map(move |line| (sign, line)));
    lines.fold(String::new(), |text, (sign, line)| {
        text + &format!("{sign} {line}\n")
    })
}

/// The names of new values.
#[derive(Default)]
struct Names {
    known: HashMap<String, String>,
    counts: HashMap<&'static str, usize>,
}

impl Names {
    fn replace(&mut self, text: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(is_part) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|c| !is_part(c)).unwrap_or(from.len());
            // A full stop at the end is part of the sentence, not of the word.
            let word = from[..end].trim_end_matches('.');
            let word = if word.is_empty() { &from[..end] } else { word };
            replaced.push_str(before);
            replaced.push_str(&self.name(word));
            rest = &from[word.len()..];
        }
        replaced + rest
    }

    /// The name of a word that is a new value; any other word itself.
    fn name(&mut self, word: &str) -> String {
        let Some(kind) = kind(word) else {
            return word.to_owned();
        };
        if let Some(name) = self.known.get(word) {
            return name.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let name = format!("<{kind} {count}>");
        self.known.insert(word.to_owned(), name.clone());
        name
    }
}

/// The kind of new value that a word is, if it is one.
fn kind(word: &str) -> Option<&'static str> {
    let is_hex = |text: &str| text.chars().all(|c| c.is_ascii_hexdigit());
    let groups: Vec<_> = word.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    if lengths == [8, 4, 4, 4, 12] && groups.into_iter().all(is_hex) {
        return Some("id");
    }
    let tracking = word.strip_prefix("SD");
    if tracking.is_some_and(|number| number.len() == 32 && is_hex(number)) {
        return Some("tracking");
    }
    (word.starts_with("eyJ") && word.matches('.').count() == 2).then_some("token")
}

/// Writes a value and what follows it on one line if it fits, else each part on its own lines.
fn write(out: &mut String, value: &Value, end: &str, indent: usize) {
    let line = value.to_string();
    let parts: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().map(|item| (String::new(), item)).collect(),
        Value::Object(members) => {
            let name = |name: &String| format!("{}: ", Value::from(name.as_str()));
            members
                .iter()
                .map(|(key, value)| (name(key), value))
                .collect()
        }
        _ => Vec::new(),
    };
    let begun = out.len() - out.rfind('\n').map_or(0, |end| end + 1);
    if parts.is_empty() || begun + line.len() <= COLUMNS {
        out.push_str(&line);
    } else {
        let (open, close) = if value.is_array() {
            ("[\n", "]")
        } else {
            ("{\n", "}")
        };
        out.push_str(open);
        let last = parts.len() - 1;
        for (place, (name, part)) in parts.into_iter().enumerate() {
            out.push_str(&" ".repeat(indent + 2));
            out.push_str(&name);
            write(out, part, if place == last { "" } else { "," }, indent + 2);
        }
        out.push_str(&" ".repeat(indent));
        out.push_str(close);
    }
    out.push_str(end);
    out.push('\n');
}
