//! What a text in a body may be: printable and on one line, and where only a code makes sense, shaped like one.

use serde::{Deserialize, Deserializer};
use validator::ValidationError;

use crate::domain::texts::is_printable;

/// Longest name of anything, and longest line of an address, in characters.
pub const LONGEST_NAME: u64 = 200;

/// Refuses a text that is empty but for spaces, or holds characters that could disguise it.
///
/// # Errors
/// With a sentence for the caller.
pub fn check_text(text: &str) -> Result<(), ValidationError> {
    let good = !text.trim().is_empty() && is_printable(text);
    require(good, "text", "must be printable text on one line, and not empty")
}

/// As [`check_text`], but nothing at all is fine.
///
/// # Errors
/// With a sentence for the caller.
pub fn check_optional_text(text: &str) -> Result<(), ValidationError> {
    require(is_printable(text), "text", "must be printable text on one line")
}

/// Every line of an address is a text.
///
/// # Errors
/// With a sentence for the caller.
pub fn check_lines(lines: &[String]) -> Result<(), ValidationError> {
    let fits = |line: &String| check_text(line).is_ok() && line.chars().count() <= 200;
    require(lines.iter().all(fits), "text", "must be lines of printable text of 1 to 200 characters")
}

/// What a carer is to a child is a word or a few, and no prose.
///
/// # Errors
/// With a sentence for the caller.
pub fn check_relationship(text: &str) -> Result<(), ValidationError> {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let good = text.split([' ', '-']).count() <= 4 && text.split([' ', '-']).all(is_word);
    require(good, "relationship", "must be a word or a few in lower case, such as mother or foster carer")
}

/// A source's own key is a code, and no prose.
///
/// # Errors
/// With a sentence for the caller.
pub fn check_source_key(text: &str) -> Result<(), ValidationError> {
    let good = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:/".contains(&byte));
    require(good, "source-key", "may contain only letters, digits and - . _ : /")
}

/// The code of an organisation or a team is a code, and no prose.
///
/// # Errors
/// With a sentence for the caller.
pub fn check_code(text: &str) -> Result<(), ValidationError> {
    let good = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    require(good, "code", "may contain only letters, digits and - _ . /")
}

/// An area is named by its code of the Office for National Statistics.
///
/// # Errors
/// With a sentence for the caller.
pub fn check_area(text: &str) -> Result<(), ValidationError> {
    let digits = text.strip_prefix(['E', 'J', 'L', 'M', 'N', 'S', 'W']).unwrap_or_default();
    let good = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    require(good, "area", "must be the code of an area, such as E06000054")
}

fn require(holds: bool, code: &'static str, message: &'static str) -> Result<(), ValidationError> {
    if holds { Ok(()) } else { Err(ValidationError::new(code).with_message(message.into())) }
}

/// Reads a field that may be left out but is not `null`, for changes: what is absent stays, and nothing else does.
///
/// # Errors
/// Those of the value.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a field that `null` clears, for changes: absent is `None`, `null` is `Some(None)`.
///
/// # Errors
/// Those of the value.
pub fn clearable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_printable_and_not_empty() {
        assert!(check_text("Okafor").is_ok() && check_optional_text("").is_ok());
        for wrong in ["", "  ", "a\u{202e}b", "a\nb"] {
            assert!(check_text(wrong).is_err(), "{wrong:?}");
        }
        assert!(check_lines(&["12 High Street".to_owned(), "Trowbridge".to_owned()]).is_ok());
        for wrong in ["", " ", &"a".repeat(201)] {
            assert!(check_lines(&[wrong.to_owned()]).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_relationship_is_a_few_words() {
        for good in ["mother", "step-father", "foster carer", "adoptive mother", "maternal great-grandmother"] {
            assert!(check_relationship(good).is_ok(), "{good}");
        }
        for wrong in ["", "Mother", "mother ", "mother; drinks", "a b c d e", "mère", "mother--in-law"] {
            assert!(check_relationship(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_source_key_is_a_code() {
        assert!(check_source_key("SIMS-000123").is_ok());
        assert!(check_source_key("the boy with the red hat").is_err());
    }

    #[test]
    fn codes_and_areas_have_their_forms() {
        assert!(check_code("URN-126285").is_ok() && check_code("a/b_c.d").is_ok());
        assert!(check_code("two words").is_err() && check_code("é").is_err());
        assert!(check_area("E06000054").is_ok() && check_area("W06000015").is_ok());
        for wrong in ["", "E0600005", "E060000544", "e06000054", "X06000054", "E0600005x", "Wiltshire"] {
            assert!(check_area(wrong).is_err(), "{wrong}");
        }
    }
}
