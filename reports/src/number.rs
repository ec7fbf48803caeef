//! How a number is written, everywhere: sensible digits, a thin space between thousands, a unit.
//!
//! What was not measured is written [`NONE`], never zero. Knows units; must not know which report
//! it writes for.

/// Stands for "not measured" or "not enough data".
pub const NONE: &str = "-";

/// Narrow no-break space: between thousands, and between a number and its unit.
pub const THIN: char = '\u{202f}';

/// `1 234 567`
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * THIN.len_utf8());
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(digit);
    }
    text
}

/// A count that may be below zero.
pub fn signed(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", count(value.unsigned_abs()))
}

/// Three significant digits below a thousand, whole numbers with thin spaces from there on.
pub fn plain(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let size = value.abs();
    let digits = match size {
        _ if size == 0.0 || size >= 99.95 => 0,
        _ if size >= 9.995 => 1,
        _ if size >= 0.1 => 2,
        // Two significant digits, as far down as anybody can read zeros.
        _ if size >= 1e-6 => (1.0 - size.log10().floor()) as usize,
        _ => return format!("{value:.1e}"),
    };
    if digits == 0 {
        // Beyond 2^53 the cast saturates instead of wrapping; no measurement gets there.
        let sign = if value.round() < 0.0 { "-" } else { "" };
        return format!("{sign}{}", count(size.round() as u64));
    }
    format!("{value:.digits$}")
}

/// `0.42 ms`, `61.2 ms`, `1 234 ms`, `12.3 s`
pub fn ms(value: f64) -> String {
    if value >= 10_000.0 {
        seconds(value / 1000.0)
    } else {
        with_unit(value, "ms")
    }
}

/// `6.00 s`, `42.1 s`, `1 200 s`
pub fn seconds(value: f64) -> String {
    with_unit(value, "s")
}

/// `6.0 s`: what was only seen in buckets of half a second or so has no more digits.
pub fn tenths_of_seconds(value: f64) -> String {
    format!("{value:.1}{THIN}s")
}

/// `412 /s`
pub fn per_second(value: f64) -> String {
    with_unit(value, "/s")
}

/// A share of one as `12.3 %`.
pub fn percent(share: f64) -> String {
    with_unit(share * 100.0, "%")
}

/// CPU in cores.
pub fn cores(value: f64) -> String {
    with_unit(value, if value == 1.0 { "core" } else { "cores" })
}

/// [`plain`], a thin space and the unit; [`NONE`] alone where the value is not finite.
pub fn with_unit(value: f64, unit: &str) -> String {
    match plain(value) {
        text if text == NONE => text,
        text => format!("{text}{THIN}{unit}"),
    }
}

/// A value of a budget in the unit its measure names (`ms`, `ratio`, `1/s`, `s`, `requests`).
pub fn in_unit(value: f64, unit: &str) -> String {
    match unit {
        "ms" => ms(value),
        "ratio" => percent(value),
        "1/s" => per_second(value),
        "s" => seconds(value),
        other => with_unit(value, other),
    }
}

/// `None` reads [`NONE`].
pub fn optional<T>(value: Option<T>, write: impl Fn(T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), write)
}

/// A duration that may be a lower bound only: `> 42 s`.
pub fn bounded(value: Option<f64>, censored: bool) -> String {
    let text = optional(value, seconds);
    if censored && value.is_some() {
        format!(">{THIN}{text}")
    } else {
        text
    }
}

/// `590 - 640 ms`; an open end reads as a one-sided bound.
pub fn interval([low, high]: [Option<f64>; 2], unit: &str) -> String {
    let write = |value| in_unit(value, unit);
    match (low, high) {
        // One measurement has no interval.
        (Some(low), Some(high)) if low == high => NONE.to_owned(),
        (Some(low), Some(high)) => between(&write(low), &write(high)),
        (Some(low), None) => format!("\u{2265} {}", write(low)),
        (None, Some(high)) => format!("\u{2264} {}", write(high)),
        (None, None) => NONE.to_owned(),
    }
}

/// Names the unit once when both ends share it.
fn between(low: &str, high: &str) -> String {
    let unit = |text: &str| text.rsplit_once(THIN).map(|(_, unit)| unit.to_owned());
    match (unit(low), unit(high), low.rsplit_once(THIN)) {
        (Some(one), Some(other), Some((bare, _))) if one == other && !is_digits(&one) => {
            format!("{bare} \u{2013} {high}")
        }
        _ => format!("{low} \u{2013} {high}"),
    }
}

/// The thin space may also stand between thousands.
fn is_digits(text: &str) -> bool {
    text.chars().all(|character| character.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart_by_thin_spaces() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234), "1\u{202f}234");
        assert_eq!(count(12_345_678), "12\u{202f}345\u{202f}678");
    }

    #[test]
    fn small_numbers_keep_digits_and_large_ones_do_not() {
        assert_eq!(plain(0.0), "0");
        assert_eq!(plain(0.0421), "0.042");
        assert_eq!(plain(0.0007), "0.00070");
        assert_eq!(plain(4.213), "4.21");
        assert_eq!(plain(9.996), "10.0");
        assert_eq!(plain(61.24), "61.2");
        assert_eq!(plain(99.96), "100");
        assert_eq!(plain(1234.4), "1\u{202f}234");
        assert_eq!(plain(-1234.4), "-1\u{202f}234");
    }

    #[test]
    fn long_latencies_turn_into_seconds() {
        assert_eq!(ms(612.0), "612\u{202f}ms");
        assert_eq!(ms(12_340.0), "12.3\u{202f}s");
    }

    #[test]
    fn what_was_not_measured_is_never_zero() {
        assert_eq!(optional(None, ms), NONE);
        assert_eq!(bounded(None, true), NONE);
        assert_eq!(interval([None, None], "ms"), NONE);
        assert_eq!(seconds(f64::NAN), NONE);
        assert_eq!(percent(f64::INFINITY), NONE);
    }

    #[test]
    fn a_censored_duration_reads_as_a_lower_bound() {
        assert_eq!(bounded(Some(42.0), true), ">\u{202f}42.0\u{202f}s");
        assert_eq!(bounded(Some(42.0), false), "42.0\u{202f}s");
    }

    #[test]
    fn an_interval_names_a_shared_unit_once() {
        let both = |low, high| interval([Some(low), Some(high)], "ms");
        assert_eq!(both(590.0, 1640.0), "590 \u{2013} 1\u{202f}640\u{202f}ms");
        assert_eq!(
            both(590.0, 12_000.0),
            "590\u{202f}ms \u{2013} 12.0\u{202f}s"
        );
    }

    #[test]
    fn an_interval_with_an_open_end_says_so() {
        assert_eq!(
            interval([Some(590.0), None], "ms"),
            "\u{2265} 590\u{202f}ms"
        );
        assert_eq!(
            interval([None, Some(0.01)], "ratio"),
            "\u{2264} 1.00\u{202f}%"
        );
    }
}
