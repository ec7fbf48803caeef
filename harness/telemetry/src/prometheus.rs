//! A parser of the Prometheus text format 0.0.4 and OpenMetrics 1.0.
//!
//! Label values may contain commas, equal signs, braces and escapes; exemplars and timestamps are
//! skipped. It must not know which metrics matter.

/// One sample line.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub metric: String,
    /// Canonical: `a="x",b="y"`, sorted by name, values escaped as in the text.
    pub labels: String,
    pub value: f64,
}

/// A line that is neither a comment nor a sample.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to parse metrics, line {line}: {why}")]
pub struct ParseError {
    pub line: usize,
    pub why: &'static str,
}

/// Parses an exposition; one broken line makes all of it invalid.
pub fn parse(text: &str) -> Result<Vec<Reading>, ParseError> {
    let mut readings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        readings.push(sample(line).map_err(|why| ParseError {
            line: index + 1,
            why,
        })?);
    }
    Ok(readings)
}

fn sample(line: &str) -> Result<Reading, &'static str> {
    let (mut metric, mut labels, rest) = match line.find(['{', ' ', '\t']) {
        Some(at) if line[at..].starts_with('{') => {
            let (labels, rest) = label_set(&line[at + 1..])?;
            (line[..at].to_owned(), labels, rest)
        }
        Some(at) => (line[..at].to_owned(), Vec::new(), &line[at..]),
        None => return Err("there is no value"),
    };
    if metric.is_empty() {
        // A quoted UTF-8 name is among the labels, without a value.
        let quoted = labels.iter().position(|(_, value)| value.is_none());
        metric = quoted
            .map(|at| labels.remove(at).0)
            .ok_or("there is no name")?;
    }
    let value = rest.split_whitespace().next().ok_or("there is no value")?;
    labels.sort();
    Ok(Reading {
        metric,
        labels: canonical(&labels)?,
        value: number(value)?,
    })
}

type Labels = Vec<(String, Option<String>)>;

/// Parses up to the closing brace and returns the rest.
fn label_set(mut rest: &str) -> Result<(Labels, &str), &'static str> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if let Some(after) = rest.strip_prefix('}') {
            return Ok((labels, after));
        }
        let (name, after_name) = if rest.starts_with('"') {
            quoted(rest)?
        } else {
            let end = rest
                .find(['=', ' ', ',', '}'])
                .ok_or("a label has no end")?;
            (rest[..end].to_owned(), &rest[end..])
        };
        let after_name = after_name.trim_start();
        match after_name.strip_prefix('=') {
            Some(value) => {
                let (value, after) = quoted(value.trim_start())?;
                labels.push((name, Some(value)));
                rest = after;
            }
            None if rest.starts_with('"') => {
                labels.push((name, None));
                rest = after_name;
            }
            None => return Err("a label has no value"),
        }
    }
}

/// Parses a quoted text, keeping its escapes, and returns the rest.
fn quoted(text: &str) -> Result<(String, &str), &'static str> {
    let inner = text
        .strip_prefix('"')
        .ok_or("a label value has no quotes")?;
    let mut escaped = false;
    for (at, letter) in inner.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Ok((inner[..at].to_owned(), &inner[at + 1..])),
            _ => {}
        }
    }
    Err("a label value has no end")
}

fn canonical(labels: &Labels) -> Result<String, &'static str> {
    let mut text = String::new();
    for (name, value) in labels {
        let value = value.as_ref().ok_or("a label has no value")?;
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&format!("{name}=\"{value}\""));
    }
    Ok(text)
}

fn number(text: &str) -> Result<f64, &'static str> {
    match text {
        "+Inf" | "Inf" => Ok(f64::INFINITY),
        "-Inf" => Ok(f64::NEG_INFINITY),
        "NaN" => Ok(f64::NAN),
        _ => text.parse().map_err(|_| "the value is no number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(line: &str) -> Reading {
        parse(line).unwrap().remove(0)
    }

    #[test]
    fn label_values_may_contain_commas_equal_signs_braces_and_quotes() {
        let reading = one(r#"x_total{b="a,b=c}",a="say \"hi\""} 3 1700000000000"#);
        assert_eq!(reading.metric, "x_total");
        assert_eq!(reading.labels, r#"a="say \"hi\"",b="a,b=c}""#);
        assert_eq!(reading.value, 3.0);
    }

    #[test]
    fn comments_exemplars_and_special_numbers_are_parsed() {
        let text = "# TYPE y histogram\ny_bucket{le=\"+Inf\"} 7 # {trace_id=\"1f\"} 0.4 17.1\n\
                    z NaN\nw:sum -Inf\n# EOF\n";
        let readings = parse(text).unwrap();
        assert_eq!(readings.len(), 3);
        assert_eq!(readings[0].value, 7.0);
        assert!(readings[1].value.is_nan());
        assert_eq!(readings[2].metric, "w:sum");
    }

    #[test]
    fn a_quoted_name_is_a_name() {
        let reading = one(r#"{"my.metric",a="1"} 2"#);
        assert_eq!(
            (reading.metric.as_str(), reading.labels.as_str()),
            ("my.metric", "a=\"1\"")
        );
    }

    #[test]
    fn a_broken_line_is_named() {
        assert_eq!(parse("ok 1\nbad{a=\"1} 2").unwrap_err().line, 2);
        assert_eq!(parse("lonely").unwrap_err().why, "there is no value");
    }
}
