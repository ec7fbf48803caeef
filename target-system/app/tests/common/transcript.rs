//! Requests and answers, without what differs in every run.
//!
//! Ids, tracking numbers and tokens get a name when they first appear and keep it, so it still
//! shows which of them are the same; times since the visit began are all called alike. Knows JSON
//! and nothing of the shop.

use serde_json::Value;
use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// What is wider than this is written on several lines.
const COLUMNS: usize = 120;
/// How many differences are shown; who sees so many does not read on.
const SHOWN: usize = 10;

/// The calls of a visit in their order, each as a few lines of text.
pub struct Transcript {
    pub entries: Vec<String>,
    names: Names,
    began_ms: u64,
}

impl Transcript {
    /// An empty one; what happens from now on is new.
    pub fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now_ms = now.expect("it is after 1970").as_millis();
        Self {
            entries: Vec::new(),
            names: Names::default(),
            began_ms: u64::try_from(now_ms).expect("it is not the end of time"),
        }
    }

    /// Notes a call. The head is its answer's status and headers.
    pub fn note(&mut self, what: &str, request: &str, head: &str, body: &Value) {
        let request = self.names.replace(request);
        let mut entry = format!("# {what}\n{request}\n{head}\n");
        let body = self.plain(body);
        if body != Value::Null {
            write(&mut entry, &body, "", 0);
        }
        self.entries.push(entry.trim_end().to_owned());
    }

    /// A text with names instead of what is new.
    pub fn named(&mut self, text: &str) -> String {
        self.names.replace(text)
    }

    /// A value with names instead of what is new.
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

/// Where two lists of entries differ, for people; empty when they do not.
pub fn differences(one: &[String], other: &[String]) -> String {
    let entry = |entries: &[String], at| entries.get(at).cloned().unwrap_or_default();
    let pairs = (0..one.len().max(other.len())).map(|at| (entry(one, at), entry(other, at)));
    let found: Vec<_> = pairs
        .filter(|(one, other)| one != other)
        .map(|(one, other)| difference(&one, &other))
        .collect();
    let mut text = found[..found.len().min(SHOWN)].join("\n");
    if found.len() > SHOWN {
        text += &format!("\nand {} calls more\n", found.len() - SHOWN);
    }
    text
}

/// Two entries, with their common beginning and end once.
fn difference(one: &str, other: &str) -> String {
    let (left, right): (Vec<_>, Vec<_>) = (one.lines().collect(), other.lines().collect());
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = left.iter().zip(&right).take_while(same).count();
    let (gone, come) = (&left[head..], &right[head..]);
    let tail = gone.iter().rev().zip(come.iter().rev());
    let tail = tail.take_while(same).count();
    let (gone, rest) = gone.split_at(gone.len() - tail);
    let come = &come[..come.len() - tail];
    let parts = [(' ', &left[..head]), ('-', gone), ('+', come), (' ', rest)];
    let lines = parts
        .iter()
        .flat_map(|(sign, part)| part.iter().map(move |line| (sign, line)));
    lines.fold(String::new(), |text, (sign, line)| {
        text + &format!("{sign} {line}\n")
    })
}

/// The names of what is new.
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
            // A full stop belongs to the sentence, not to the word.
            let word = from[..end].trim_end_matches('.');
            let word = if word.is_empty() { &from[..end] } else { word };
            replaced.push_str(before);
            replaced.push_str(&self.name(word));
            rest = &from[word.len()..];
        }
        replaced + rest
    }

    /// The name of a word that is new; any other word is its own.
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

/// What sort of new thing a word is, if it is one.
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

/// Writes a value, and what follows it, on one line if it fits, else each part on lines of its own.
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
