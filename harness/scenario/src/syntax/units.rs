//! Values with units: `300ms`, `40/s`, `1%`, `0.2x`, `64MB`.
//!
//! A number without its unit is refused, because a reader of `300` cannot know what it means.

/// The longest duration: a run of more than a hundred days is a mistake in the file.
const LONGEST_NS: f64 = 100.0 * 86_400e9;

/// Nanoseconds of `1.5s`, `300ms`, `50us` or `2m`.
pub fn duration_ns(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let scale = match unit {
        "us" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        _ => return None,
    };
    let ns = (number * scale).round();
    (ns <= LONGEST_NS).then_some(ns as u64)
}

/// Per second, of `40/s` or `600/m`.
pub fn rate_per_s(text: &str) -> Option<f64> {
    match split(text)? {
        (number, "/s") => Some(number),
        (number, "/m") => Some(number / 60.0),
        _ => None,
    }
}

/// 0..=1, of `1%`.
pub fn share(text: &str) -> Option<f64> {
    match split(text)? {
        (number, "%") if number <= 100.0 => Some(number / 100.0),
        _ => None,
    }
}

/// A factor, of `0.2x`.
pub fn factor(text: &str) -> Option<f64> {
    match split(text)? {
        (number, "x") => Some(number),
        _ => None,
    }
}

/// Bytes, of `64MB`, `1GB` or `500kB`.
pub fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = split(text)?;
    let scale = match unit {
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        _ => return None,
    };
    Some((number * scale).round() as u64)
}

fn split(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
    let number: f64 = text[..end].parse().ok()?;
    Some((number, text[end..].trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_required_and_understood() {
        assert_eq!(duration_ns("1.5s"), Some(1_500_000_000));
        assert_eq!(duration_ns("300 ms"), Some(300_000_000));
        assert_eq!(duration_ns("300"), None);
        assert_eq!(duration_ns("-3s"), None);
        assert_eq!(duration_ns("99999999999m"), None);
        assert_eq!(rate_per_s("40/s"), Some(40.0));
        assert_eq!(share("1%"), Some(0.01));
        assert_eq!(share("100%"), Some(1.0));
        assert_eq!(share("500%"), None);
        assert_eq!(factor("0.2x"), Some(0.2));
        assert_eq!(bytes("64MB"), Some(64_000_000));
        assert_eq!(bytes("64"), None);
    }
}
