//! A payment card on its way to the provider. Its secrets never reach a log, a span or an event.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A card number. It prints only its last four digits. Serialisation keeps all of them, because the
/// provider needs them, so never store a serialised card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct CardNumber(String);

impl CardNumber {
    #[must_use]
    pub fn new(digits: impl Into<String>) -> Self {
        Self(digits.into())
    }

    /// The digits, for the provider only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The last four digits, which may be stored and shown.
    #[must_use]
    pub fn last_four(&self) -> &str {
        let start = self.0.len().saturating_sub(4);
        self.0.get(start..).unwrap_or_default()
    }

    /// 12 to 19 digits that pass the Luhn check (ISO/IEC 7812-1, annex B).
    #[must_use]
    pub fn is_plausible(&self) -> bool {
        let digits: Option<Vec<u32>> = self.0.chars().map(|c| c.to_digit(10)).collect();
        let Some(digits) = digits else { return false };
        let sum: u32 = digits
            .iter()
            .rev()
            .enumerate()
            .map(|(place, digit)| match (place % 2, digit * 2) {
                (0, _) => *digit,
                (_, doubled) if doubled > 9 => doubled - 9,
                (_, doubled) => doubled,
            })
            .sum();
        (12..=19).contains(&digits.len()) && sum.is_multiple_of(10)
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "****{}", self.last_four())
    }
}

/// What a shopper enters to pay. There is no security code: a shop must not store it, and nothing
/// here would check it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Card {
    pub number: CardNumber,
    pub holder: String,
    /// `MM/YY`.
    pub expiry: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_prints_only_its_last_four_digits() {
        let card = CardNumber::new("4242424242424242");
        assert_eq!(format!("{card:?}"), "****4242");
    }

    #[test]
    fn the_luhn_check_accepts_a_test_number_and_rejects_a_typing_error() {
        assert!(CardNumber::new("4242424242424242").is_plausible());
        assert!(!CardNumber::new("4242424242424241").is_plausible());
        assert!(!CardNumber::new("4242-4242").is_plausible());
        assert!(!CardNumber::new("").is_plausible());
    }
}
