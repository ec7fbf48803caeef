//! Durations as people write them in settings: `"800ms"`, `"1.5s"`, `"2m"`. Use with
//! `#[serde(deserialize_with = "duration::deserialize")]`.

use serde::{Deserialize as _, Deserializer, de::Error as _};
use std::time::Duration;

/// Reads `"800ms"`, `"1.5s"` or `"2m"`.
///
/// # Errors
/// When it is none of these.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not a duration")))
}

fn parse(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit_at);
    let seconds = number.trim().parse::<f64>().ok()?
        * match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            _ => return None,
        };
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn durations_are_written_as_people_write_them() {
        let parsed = ["800ms", "1.5s", "2m"].map(|text| parse(text).unwrap().as_millis());
        assert_eq!(parsed, [800, 1_500, 120_000]);
        assert!(
            ["", "5", "s", "-1s", "3h"]
                .iter()
                .all(|text| parse(text).is_none())
        );
    }
}
