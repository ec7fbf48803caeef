//! The words of the index, and which of them a typed word means: itself, words that begin with it,
//! or the closest words if it does not occur. Pure; it must know neither files nor SQL.

use std::cmp::Reverse;
use strsim::damerau_levenshtein;

/// A shorter word has too many close words to guess which one was meant.
const SHORTEST_CORRECTED: usize = 4;
/// From this length on, two mistakes are corrected instead of one.
const LONG: usize = 8;
/// Limit of words that replace one that does not occur.
const CORRECTIONS: usize = 3;

/// A word of the index, and how often it occurs.
pub(crate) struct Word {
    pub text: String,
    /// How many products have it in their name.
    pub in_names: i64,
    /// How often it occurs, in names and descriptions.
    pub occurrences: i64,
}

pub(crate) struct Vocabulary {
    /// In order of their bytes.
    words: Vec<Word>,
}

impl Vocabulary {
    pub(crate) fn new(mut words: Vec<Word>) -> Self {
        words.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        Self { words }
    }

    /// The words to search for in place of a typed one: itself if it occurs anywhere, else the
    /// closest words, the most frequent first. Empty if nothing is close.
    pub(crate) fn meanings(&self, typed: &str) -> Vec<&str> {
        match self.words.binary_search_by(|word| (*word.text).cmp(typed)) {
            Ok(place) => vec![&self.words[place].text],
            Err(_) => self.closest(typed),
        }
    }

    /// Words of names with this prefix, the most frequent first, then in alphabetical order.
    pub(crate) fn beginning_with(&self, prefix: &str, most: usize) -> Vec<&str> {
        let start = self.words.partition_point(|word| *word.text < *prefix);
        let begun = self.words[start..].iter();
        let begun = begun.take_while(|word| word.text.starts_with(prefix));
        let mut named: Vec<_> = begun.filter(|word| word.in_names > 0).collect();
        // A stable sort keeps words of equal frequency in alphabetical order.
        named.sort_by_key(|word| Reverse(word.in_names));
        named.iter().take(most).map(|word| &*word.text).collect()
    }

    /// The words at the least Damerau-Levenshtein distance, if it is small enough.
    fn closest(&self, typed: &str) -> Vec<&str> {
        // Another digit is another number, and letters beyond a-z are rarely mistyped.
        if typed.len() < SHORTEST_CORRECTED || !typed.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Vec::new();
        }
        let mut least = if typed.len() < LONG { 1 } else { 2 };
        let mut closest = Vec::new();
        for word in &self.words {
            // A lower bound of the distance that is cheaper to compute.
            if word.text.chars().count().abs_diff(typed.len()) > least {
                continue;
            }
            let distance = damerau_levenshtein(&word.text, typed);
            if distance < least {
                least = distance;
                closest.clear();
            }
            if distance == least {
                closest.push(word);
            }
        }
        closest.sort_by_key(|word| Reverse(word.occurrences));
        closest.truncate(CORRECTIONS);
        closest.into_iter().map(|word| &*word.text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words and how often they occur in names; they occur as often again in descriptions.
    fn vocabulary(words: &[(&str, i64)]) -> Vocabulary {
        let word = |(text, in_names): &(&str, i64)| Word {
            text: (*text).to_owned(),
            in_names: *in_names,
            occurrences: in_names * 2 + 1,
        };
        Vocabulary::new(words.iter().map(word).collect())
    }

    #[test]
    fn a_word_that_occurs_means_only_itself() {
        let words = vocabulary(&[("lamb", 0), ("lamp", 90), ("lamps", 90)]);
        assert_eq!(words.meanings("lamb"), ["lamb"]);
    }

    #[test]
    fn one_mistake_is_corrected_anywhere_in_a_word() {
        let words = vocabulary(&[("chair", 1), ("zebra", 1)]);
        for typed in ["hcair", "chir", "chaair", "chais", "xhair", "hair"] {
            assert_eq!(words.meanings(typed), ["chair"], "{typed}");
        }
        assert!(words.meanings("hcai").is_empty());
    }

    #[test]
    fn two_mistakes_are_corrected_only_in_a_long_word() {
        let words = vocabulary(&[("backpack", 1), ("wooden", 1)]);
        assert_eq!(words.meanings("bakcpakc"), ["backpack"]);
        assert!(words.meanings("bakpak").is_empty());
        assert!(words.meanings("owodne").is_empty());
    }

    #[test]
    fn short_words_numbers_and_other_alphabets_are_never_corrected() {
        let words = vocabulary(&[("red", 1), ("1000", 1), ("lamp", 1)]);
        for typed in ["rde", "1001", "lämp", "l4mp"] {
            assert!(words.meanings(typed).is_empty(), "{typed}");
        }
    }

    #[test]
    fn at_most_three_closest_words_are_meant_the_most_frequent_first() {
        let words = vocabulary(&[("lamp", 2), ("damp", 7), ("camp", 4), ("ramp", 3)]);
        assert_eq!(words.meanings("xamp"), ["damp", "camp", "ramp"]);
        let words = vocabulary(&[("backpack", 1), ("backpacking", 50)]);
        assert_eq!(words.meanings("backpacki"), ["backpack"]);
    }

    #[test]
    fn words_of_names_are_suggested_by_frequency_and_then_alphabetically() {
        let words = vocabulary(&[
            ("lathe", 0),
            ("large", 1),
            ("lamp", 2),
            ("ladder", 1),
            ("red", 9),
        ]);
        assert_eq!(words.beginning_with("la", 10), ["lamp", "ladder", "large"]);
        assert_eq!(words.beginning_with("la", 1), ["lamp"]);
        assert!(words.beginning_with("z", 10).is_empty());
    }
}
