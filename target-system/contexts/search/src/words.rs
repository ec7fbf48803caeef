//! Takes texts apart into words: those of products for the index, and those of people who search.
//! Pure.

/// More words than this narrow a search no further.
const MOST: usize = 12;

/// Every word of a text in lower case, in order: runs of letters and digits.
fn split(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase)
}

/// A text as the index takes it in: its words with a space between them.
pub(crate) fn indexed(text: &str) -> String {
    split(text).collect::<Vec<_>>().join(" ")
}

/// The words that a text searches for, each of them once.
pub(crate) fn searched(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in split(text) {
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
    fn operators_and_quotes_are_not_words() {
        assert_eq!(
            searched(r#"+red AND "Lamp"~2 (x:y^"#),
            ["red", "and", "lamp", "2", "x", "y"]
        );
        assert_eq!(searched(" \t*?\\:\"'([{"), Vec::<String>::new());
    }

    #[test]
    fn a_repeated_word_is_searched_for_once_and_indexed_each_time() {
        assert_eq!(searched("red Red RED"), ["red"]);
        assert_eq!(indexed("Red, red-hot!"), "red red hot");
    }
}
