//! Splits texts into words: those of products for the index, and those of queries. Pure; it must
//! not know the index.

/// Further words of a query are ignored.
const MOST: usize = 12;

/// The words of a text in lower case and in order: runs of letters and digits.
fn split(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    parts.filter(|part| !part.is_empty()).map(str::to_lowercase)
}

/// A text for the index: its words, separated by spaces.
pub(crate) fn indexed(text: &str) -> String {
    split(text).collect::<Vec<_>>().join(" ")
}

/// The words of a query, each once.
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
