//! The rules of a valid account. Pure; it must not know the store.

use shop_contracts::identity::{IdentityError, Register};

/// The length that every mail server accepts (RFC 5321, section 4.5.3.1.3).
const LONGEST_EMAIL: usize = 254;
const LONGEST_NAME: usize = 100;
const SHORTEST_PASSWORD: usize = 8;
/// Limited, because hashing reads all of it.
const LONGEST_PASSWORD: usize = 128;

/// The form in which email addresses are stored and compared.
pub(crate) fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Refuses an invalid new account.
pub(crate) fn check(account: &Register) -> Result<(), IdentityError> {
    let password = account.password.chars().count();
    let name = account.name.trim().chars().count();
    let reason = if !is_email(&normal(&account.email)) {
        "the email address is not valid".to_owned()
    } else if name == 0 || name > LONGEST_NAME {
        format!("a name must have 1 to {LONGEST_NAME} characters")
    } else if !(SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&password) {
        format!("a password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    } else {
        return Ok(());
    };
    Err(IdentityError::Invalid { reason })
}

/// Only the syntax is checked; no mail is sent to verify the address.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let whole_labels = domain.split('.').all(|label| !label.is_empty());
    text.len() <= LONGEST_EMAIL
        && !local.is_empty()
        && domain.contains('.')
        && whole_labels
        && !domain.contains('@')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_has_a_name_an_at_and_a_domain_with_a_dot() {
        assert!(is_email("new-1@shop.example"));
        let wrong = ["", "a", "a@b", "@b.c", "a@b.", "a@.c", "a@b@c.d", "a b@c.d"];
        assert!(wrong.iter().all(|text| !is_email(text)));
    }

    #[test]
    fn the_case_of_an_email_address_does_not_matter() {
        assert_eq!(normal(" Ada@Shop.Example "), "ada@shop.example");
    }
}
