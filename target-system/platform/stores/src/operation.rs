//! What telemetry calls a statement: its operation and its table, read from the text.

/// The operation of a statement and the table it is about.
pub(super) fn of_statement(sql: &str) -> (String, String) {
    let mut words = sql.split_whitespace();
    let operation = words.next().unwrap_or_default().to_ascii_uppercase();
    let marker = match operation.as_str() {
        "UPDATE" => return (operation, name(words.next())),
        "INSERT" => "INTO",
        _ => "FROM",
    };
    let collection = name(
        words
            .skip_while(|word| !word.eq_ignore_ascii_case(marker))
            .nth(1),
    );
    (operation, collection)
}

fn name(word: Option<&str>) -> String {
    let word = word.unwrap_or_default();
    word.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .next()
        .unwrap_or("")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::of_statement;

    #[test]
    fn operation_and_table_are_read_from_a_statement() {
        let described = |sql| {
            let (operation, table) = of_statement(sql);
            format!("{operation} {table}")
        };
        assert_eq!(
            described("SELECT a FROM order_orders WHERE b = $1"),
            "SELECT order_orders"
        );
        assert_eq!(
            described("insert into cart_lines(a) VALUES ($1)"),
            "INSERT cart_lines"
        );
        assert_eq!(
            described("UPDATE payment_intents SET a = 1"),
            "UPDATE payment_intents"
        );
        assert_eq!(
            described("DELETE FROM order_outbox;"),
            "DELETE order_outbox"
        );
        assert_eq!(described("COMMIT"), "COMMIT ");
    }
}
