//! Texts with `{name}` placeholders, compiled once.
//!
//! It must not know where values come from. A brace that opens no name (as in JSON) is text.

/// A compiled template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Placeholder(String),
}

impl Template {
    pub fn compile(text: &str) -> Template {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            plain.push_str(&rest[..open]);
            let inner = &rest[open + 1..];
            match inner
                .find('}')
                .map(|end| (&inner[..end], &inner[end + 1..]))
            {
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

    /// Fills the placeholders; `Err` names the first that has no value.
    pub fn fill(&self, mut value: impl FnMut(&str) -> Option<String>) -> Result<String, String> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Placeholder(name) => text.push_str(&value(name).ok_or_else(|| name.clone())?),
            }
        }
        Ok(text)
    }
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')
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
}
