//! E-mail addresses as organisations give them: plain local part, a domain with a dot, lower case.

use std::fmt;
use std::str::FromStr;

use crate::domain::texts::serde_by_text;

/// An e-mail address in lower case. Quoted local parts, comments and address literals, which the standard knows and no
/// organisation uses, are refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

/// A text that is not an e-mail address. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as duty.desk@council.example")]
pub struct EmailAddressError;

impl EmailAddress {
    /// Reads an address; spaces around it and case do not matter. Lengths are those of RFC 5321, section 4.5.3.1.
    pub fn parse(text: &str) -> Result<Self, EmailAddressError> {
        let address = text.trim().to_ascii_lowercase();
        let (local, domain) = address.split_once('@').ok_or(EmailAddressError)?;
        let good = address.len() <= 254 && is_local_part(local) && is_domain(domain);
        if good { Ok(Self(address)) } else { Err(EmailAddressError) }
    }

    /// As stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = EmailAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

serde_by_text!(EmailAddress);

/// Words of RFC 5322 `atext`, joined by single dots.
fn is_local_part(local: &str) -> bool {
    let is_atext = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    local.len() <= 64 && local.split('.').all(|word| !word.is_empty() && word.bytes().all(is_atext))
}

/// At least two labels of letters, digits and inner hyphens, the last not a number.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    domain.split('.').all(is_label)
        && domain.rsplit_once('.').is_some_and(|(_, last)| last.bytes().any(|byte| !byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_trimmed_and_lower_case() {
        for (given, read) in [
            (" Duty.Desk@Council.EXAMPLE ", "duty.desk@council.example"),
            ("a+b@c-d.nhs.example", "a+b@c-d.nhs.example"),
            ("o'neill@school.sch.example", "o'neill@school.sch.example"),
        ] {
            assert_eq!(EmailAddress::parse(given).unwrap().as_str(), read);
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        let long_local = format!("{}@a.example", "a".repeat(65));
        let long_label = format!("a@{}.example", "a".repeat(64));
        let long = format!("a@{}example", "abcdefg.".repeat(32));
        for text in [
            "",
            "@",
            "a@",
            "@a.example",
            "a",
            "a@b",
            "a@b@c.example",
            "a b@c.example",
            ".a@c.example",
            "a.@c.example",
            "a..b@c.example",
            "a@.example",
            "a@c..example",
            "a@-c.example",
            "a@c-.example",
            "a@c.example.",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "\"a b\"@c.example",
            "a@c_d.example",
            "a,b@c.example",
            "a\n@c.example",
            "é@c.example",
            "Desk <a@c.example>",
            &long_local,
            &long_label,
            &long,
        ] {
            assert_eq!(EmailAddress::parse(text), Err(EmailAddressError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_reads_back(text in "\\PC*|[a-zA-Z.@-]{0,20}") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(address.as_str()), Ok(address));
            }
        }
    }
}
