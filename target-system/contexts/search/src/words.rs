//! Takes texts apart into words, just as the index does. Pure.

/// More words than this narrow a search no further.
const MOST: usize = 12;

/// The words of a text in lower case, without anything that is not a letter or a digit.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let parts = text.split(|c: char| !c.is_alphanumeric());
    for word in parts.filter(|part| !part.is_empty()) {
        let word = word.to_lowercase();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.truncate(MOST);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_and_quotes_are_no_words() {
        assert_eq!(
            words(r#"+red AND "Lamp"~2 (x:y^"#),
            ["red", "and", "lamp", "2", "x", "y"]
        );
        assert_eq!(words(" \t*?\\:\"'([{"), Vec::<String>::new());
    }

    #[test]
    fn a_word_said_twice_counts_once() {
        assert_eq!(words("red Red RED"), ["red"]);
    }
}
