//! The cards that the provider declines, by their last four digits, as with test cards.

/// Why a card is declined, if it is.
pub(crate) fn reason(last_four: &str) -> Option<&'static str> {
    match last_four {
        "0002" => Some("do not honour"),
        "9995" => Some("insufficient funds"),
        "0069" => Some("expired card"),
        _ => None,
    }
}
