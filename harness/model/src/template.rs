//! Texts with `{name}` placeholders: the path, headers and body of an operation.
//!
//! The one parser of the placeholder language. It must not know where values come from. A brace
//! that opens no name, as in JSON, is text.

/// A compiled template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Placeholder(String),
}

impl Template {
    /// Every text is a template; one without placeholders stands for itself.
    ///
    /// A placeholder is `{`, an ASCII letter, any ASCII letters, digits, `_` and `-`, and `}`.
    pub fn compile(text: &str) -> Template {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            plain.push_str(&rest[..open]);
            let inner = &rest[open + 1..];
            match inner.split_once('}') {
                Some((name, after)) if is_name(name) => {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Placeholder(name.to_owned()));
                    rest = after;
                }
                _ => {
                    plain.push('{');
                    rest = inner;
                }
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Template(parts)
    }

    /// The names of the placeholders, in order, as often as they occur.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Placeholder(name) => Some(name.as_str()),
        })
    }

    /// The text with a value for each placeholder.
    ///
    /// # Errors
    /// The name of the first placeholder that has no value.
    pub fn fill(&self, mut value: impl FnMut(&str) -> Option<String>) -> Result<String, String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Placeholder(name) => {
                    text.push_str(&value(name).ok_or_else(|| name.clone())?);
                }
            }
        }
        Ok(text)
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_json_braces_stay() {
        let template = Template::compile(r#"{"id":"{product}","n":{}}"#);
        let filled = template.fill(|name| Some(format!("<{name}>")));
        assert_eq!(filled.unwrap(), r#"{"id":"<product>","n":{}}"#);
    }

    #[test]
    fn a_placeholder_without_a_value_is_named() {
        assert_eq!(
            Template::compile("/{a}/{b}").fill(|_| None),
            Err("a".to_owned())
        );
    }

    #[test]
    fn a_placeholder_is_found_wherever_it_is_and_as_often() {
        let template = Template::compile(r#"{a}{{b-2}},{"n":{c_3},"m":{"x":1}},{a"#);
        let names: Vec<&str> = template.placeholders().collect();
        assert_eq!(names, ["a", "b-2", "c_3"]);
        assert_eq!(
            Template::compile("{2a} {} { a } {").placeholders().count(),
            0
        );
    }

    #[test]
    fn a_text_that_is_filled_with_its_own_names_is_unchanged() {
        for text in ["", "plain", "{a}", "x{a}y{b}z", "{{a}}", "{", "}{", "{a b}"] {
            let filled = Template::compile(text).fill(|name| Some(format!("{{{name}}}")));
            assert_eq!(filled.unwrap(), text);
        }
    }
}
