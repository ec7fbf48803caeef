//! The colours: Okabe and Ito's colour-blind-safe set, a calm neutral set, and their dark twins.
//!
//! Light values double as keys: the dark style sheet selects drawn elements by the light colour
//! in their `fill` and `stroke`, so every light value here must be unlike all others.

use plotters::style::RGBColor;

/// One colour for light paper and its twin for dark paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink {
    pub light: RGBColor,
    pub dark: RGBColor,
}

const fn ink(light: u32, dark: u32) -> Ink {
    Ink {
        light: rgb(light),
        dark: rgb(dark),
    }
}

const fn rgb(code: u32) -> RGBColor {
    let [_, red, green, blue] = code.to_be_bytes();
    RGBColor(red, green, blue)
}

/// The background of a standalone file; on the page, the page itself is the background.
pub const PAPER: Ink = ink(0xFFFFFF, 0x14171B);
/// Titles of panels.
pub const TEXT: Ink = ink(0x22272E, 0xE4E8EC);
/// Labels, units and the numbers of the axes.
pub const MUTED: Ink = ink(0x5F6973, 0x98A3AE);
/// Grid lines, and the shade behind a warm-up.
pub const GRID: Ink = ink(0xE4E7EA, 0x2A3037);
/// The line under a frame, and ticks.
pub const AXIS: Ink = ink(0xB4BBC2, 0x4A535D);
/// The schedule: what was asked for.
pub const OFFERED: Ink = ink(0xD3D8DD, 0x3A424B);
/// The shade behind a fault.
pub const FAULT: Ink = ink(0xE8A33D, 0xD8912B);
/// The name of a fault, readable as text.
pub const FAULT_TEXT: Ink = ink(0x8A5300, 0xF0B860);

/// The main series of a chart: goodput, p95, the fitted curve, requests in the heat map.
pub const BLUE: Ink = ink(0x0072B2, 0x4AA8E0);
/// Failures, p99 and measured steps.
pub const VERMILLION: Ink = ink(0xD55E00, 0xF58A42);
/// p50; Okabe and Ito's bluish green.
pub const GREEN: Ink = ink(0x009E73, 0x2FC79B);
/// Only in [`LINES`]; Okabe and Ito's sky blue.
pub const SKY: Ink = ink(0x56B4E9, 0x9AD4F5);
/// In [`LINES`], and behind a time in which others used the machine; Okabe and Ito's reddish
/// purple.
pub const PURPLE: Ink = ink(0xCC79A7, 0xE09CC3);
/// Only in [`LINES`]; the dark twin is Okabe and Ito's yellow, the light one is darker than it.
pub const YELLOW: Ink = ink(0xC9A800, 0xF0E442);
/// A crowd that is drawn but not told apart.
pub const REST: Ink = ink(0xA3ABB3, 0x66717C);

const ALL: [Ink; 15] = [
    PAPER, TEXT, MUTED, GRID, AXIS, OFFERED, FAULT, FAULT_TEXT, BLUE, VERMILLION, GREEN, SKY,
    PURPLE, YELLOW, REST,
];

/// Lines of one panel take these in order, most contrasting first.
pub const LINES: [Ink; 6] = [BLUE, VERMILLION, GREEN, PURPLE, SKY, YELLOW];

/// As plotters writes it.
pub fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// Fonts, and the dark twin of each colour where the reader prefers dark.
pub fn style_sheet() -> String {
    let mut dark = String::new();
    for ink in ALL {
        let (from, to) = (hex(ink.light), hex(ink.dark));
        dark.push_str(&format!(
            ".chart [fill=\"{from}\"]{{fill:{to}}}.chart [stroke=\"{from}\"]{{stroke:{to}}}"
        ));
    }
    format!(
        ".chart text{{font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",\
         sans-serif;font-variant-numeric:tabular-nums}}\
         .chart polyline{{stroke-linejoin:round;stroke-linecap:round}}\
         @media screen and (prefers-color-scheme:dark){{{dark}}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_light_colour_is_a_key_of_its_own() {
        for (index, one) in ALL.iter().enumerate() {
            assert!(
                ALL[index + 1..]
                    .iter()
                    .all(|other| other.light != one.light),
                "{one:?}"
            );
        }
    }

    #[test]
    fn a_colour_is_written_as_the_drawings_write_it() {
        assert_eq!(hex(BLUE.light), "#0072B2");
    }
}
