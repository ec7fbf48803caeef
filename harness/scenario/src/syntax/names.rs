//! Names that do not exist, and the known ones that they most likely meant.

use super::diagnostics::Diagnostics;
use super::span::Span;

/// Notes a name that does not exist, with the nearest that does.
pub fn unknown<'n>(
    what: &str,
    name: &str,
    at: &Span,
    known: impl Iterator<Item = &'n str> + Clone,
    diagnostics: &mut Diagnostics,
) {
    let remedy = match closest(name, known.clone()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are: {}", known.collect::<Vec<_>>().join(", ")),
    };
    diagnostics.add(at, format!("there is no {what} called {name}"), remedy);
}

/// The known name that a typing mistake most likely meant.
pub fn closest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_mistake_finds_its_word() {
        let known = ["duration", "warmup", "rate"];
        assert_eq!(closest("duratoin", known.into_iter()), Some("duration"));
        assert_eq!(closest("zebra", known.into_iter()), None);
    }
}
