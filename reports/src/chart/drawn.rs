//! A drawn chart: a drawing, a sentence that says what it shows, and the numbers behind it.

use super::canvas::WIDTH;
use super::palette;

/// The numbers of a chart, for those who do not see it or do not trust it.
pub struct DataTable {
    pub titles: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// A chart in the light palette, not yet wrapped in `<svg>`.
pub struct Chart {
    /// File name without the extension.
    pub name: &'static str,
    pub title: String,
    /// The text alternative: what is drawn and what stands out.
    pub description: String,
    /// In drawing units, two to a CSS pixel.
    pub height: i32,
    /// Elements without the `<svg>` around them.
    pub drawing: String,
    pub data: DataTable,
}

impl Chart {
    /// For the page, which brings the style sheet.
    pub fn inline(&self) -> String {
        self.svg("", "")
    }

    /// A file of its own, with a background and both palettes.
    pub fn standalone(&self) -> String {
        let styles = format!("<style>{}</style>\n", palette::style_sheet());
        let paper = format!(
            "<rect width=\"{WIDTH}\" height=\"{}\" fill=\"{}\"/>\n",
            self.height,
            palette::hex(palette::PAPER.light)
        );
        self.svg(" xmlns=\"http://www.w3.org/2000/svg\"", &(styles + &paper))
    }

    fn svg(&self, attributes: &str, before: &str) -> String {
        let (name, height) = (self.name, self.height);
        let (title, description) = (escape(&self.title), escape(&self.description));
        format!(
            "<svg{attributes} class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
             aria-labelledby=\"{name}-title {name}-desc\">\n<title id=\"{name}-title\">{title}\
             </title>\n<desc id=\"{name}-desc\">{description}</desc>\n{before}{}</svg>\n",
            self.drawing
        )
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
