//! Numbers other systems know a child by: NHS number, UPN, ULN and others, checked and in one spelling.

mod checks;
mod systems;

pub use systems::{IdentifierSystem, OtherSystem, UnknownSystem};

use std::fmt;

use crate::domain::codes::codes;

/// How long an identifier of another system may be, in characters.
const LONGEST_OTHER: usize = 40;

codes! {
    /// What is known about an identifier's belonging to the child.
    pub enum IdentifierStatus {
        /// Confirmed by the body that issues it.
        Verified => "verified",
        /// As supplied.
        Unverified => "unverified",
        /// Replaced by another.
        Superseded => "superseded",
        /// Two sources disagree on it.
        Disputed => "disputed",
        /// Held back, because sharing it was judged detrimental to the child.
        WithheldDetrimental => "withheld-detrimental",
    }
}

impl IdentifierStatus {
    /// Whether a search by identifier may find a child by it. Only current numbers are searched; anything else would
    /// let an old number lead to a new name, or a withheld one be guessed.
    pub const fn is_current(self) -> bool {
        matches!(self, Self::Verified | Self::Unverified)
    }
}

/// An identifier in its system, always well formed and in the one spelling that is stored and compared. It is never a
/// unique key: two children on one NHS number happens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    system: IdentifierSystem,
    value: String,
}

/// Why a text is not an identifier of its system. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Not as many characters as the system's numbers have.
    #[error("must have {expected} characters, spaces and hyphens aside")]
    Length {
        /// How many there should be.
        expected: usize,
    },
    /// A character other than a digit.
    #[error("may contain only digits, spaces and hyphens")]
    NotDigits,
    /// Not a letter, eleven digits, and a digit or letter.
    #[error("must be a letter, eleven digits, and a digit or (when temporary) a letter; I, O and S are not used")]
    UpnShape,
    /// A unique learner number that starts with zero.
    #[error("must not start with 0")]
    LeadingZero,
    /// Well formed, but the check digit or letter says otherwise.
    #[error("the check digit or letter does not agree: a character may be mistyped or two exchanged")]
    Check,
    /// Zeros or one repeated digit, which people type where they have no number.
    #[error("is a placeholder such as all zeros, not a number that anybody was given")]
    Placeholder,
    /// Not what a code of another system may look like.
    #[error("must be 1 to 40 letters, digits or . : / _ - without spaces inside")]
    OtherShape,
}

impl Identifier {
    /// Reads an identifier as people write it, and checks all that can be checked without its register.
    ///
    /// Spaces and hyphens are ignored and case does not matter in the three numbers known here. For other systems only
    /// the characters and the length are checked; letters are stored in upper case.
    pub fn parse(system: IdentifierSystem, text: &str) -> Result<Self, IdentifierError> {
        let value = match system {
            IdentifierSystem::NhsNumber => checks::nhs_number(&compacted(text))?,
            IdentifierSystem::Upn => checks::upn(&compacted(text))?,
            IdentifierSystem::Uln => checks::uln(&compacted(text))?,
            IdentifierSystem::Other(_) => other_value(text)?,
        };
        Ok(Self { system, value })
    }

    /// The identifier whose part without check digit or letter is `stem`: nine digits of an NHS number or ULN, the last
    /// twelve characters of a UPN. For making synthetic numbers; fails like [`Self::parse`] where a stem has no check
    /// digit. Other systems have none, so that their stem is the whole.
    pub fn complete(system: IdentifierSystem, stem: &str) -> Result<Self, IdentifierError> {
        let check = match system {
            IdentifierSystem::NhsNumber => checks::nhs_check_digit(stem.as_bytes()),
            IdentifierSystem::Uln => checks::uln_check_digit(stem.as_bytes()),
            IdentifierSystem::Upn => {
                let letter = checks::upn_check_letter(stem.as_bytes()).ok_or(IdentifierError::UpnShape)?;
                return Self::parse(system, &format!("{}{stem}", char::from(letter)));
            }
            IdentifierSystem::Other(_) => return Self::parse(system, stem),
        };
        let check = check.ok_or(IdentifierError::Check)?;
        Self::parse(system, &format!("{stem}{}", char::from(check)))
    }

    /// The system it belongs to.
    pub fn system(&self) -> &IdentifierSystem {
        &self.system
    }

    /// The stored spelling: digits alone, letters in upper case.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Display for Identifier {
    /// The value alone, as it is stored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.value)
    }
}

fn compacted(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_whitespace() && *character != '-')
        .map(|character| character.to_ascii_uppercase())
        .collect()
}

fn other_value(text: &str) -> Result<String, IdentifierError> {
    let value = text.trim().to_ascii_uppercase();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'/' | b'_' | b'-');
    if value.is_empty() || value.len() > LONGEST_OTHER || !value.bytes().all(allowed) {
        return Err(IdentifierError::OtherShape);
    }
    if value.bytes().all(|byte| byte == b'0' || !byte.is_ascii_alphanumeric()) {
        return Err(IdentifierError::Placeholder);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn other() -> IdentifierSystem {
        "liquidlogic-id".parse().unwrap()
    }

    fn parse(system: IdentifierSystem, text: &str) -> Result<String, IdentifierError> {
        Identifier::parse(system, text).map(|identifier| identifier.value().to_owned())
    }

    #[test]
    fn identifiers_have_one_spelling() {
        assert_eq!(parse(IdentifierSystem::NhsNumber, " 900 000 0009\t").unwrap(), "9000000009");
        assert_eq!(parse(IdentifierSystem::NhsNumber, "944-930-4130").unwrap(), "9449304130");
        assert_eq!(parse(IdentifierSystem::Upn, "h801200001001").unwrap(), "H801200001001");
        assert_eq!(parse(IdentifierSystem::Upn, "w82343210400a ").unwrap(), "W82343210400A");
        assert_eq!(parse(IdentifierSystem::Uln, "927 630 8686").unwrap(), "9276308686");
        assert_eq!(parse(other(), " ab-12/x ").unwrap(), "AB-12/X");
    }

    #[test]
    fn codes_of_other_systems_are_bounded_and_hold_no_prose() {
        for bad in ["", "  ", "two words", "é", "a,b", "x\ny", &"1".repeat(41)] {
            assert_eq!(parse(other(), bad), Err(IdentifierError::OtherShape), "{bad:?}");
        }
        for placeholder in ["0", "0000", "-", "000-000"] {
            assert_eq!(parse(other(), placeholder), Err(IdentifierError::Placeholder), "{placeholder:?}");
        }
        assert_eq!(parse(other(), &"1".repeat(40)).unwrap().len(), 40);
    }

    #[test]
    fn only_verified_and_unverified_identifiers_are_current() {
        let current: Vec<_> = IdentifierStatus::ALL.iter().filter(|status| status.is_current()).collect();
        assert_eq!(current, [&IdentifierStatus::Verified, &IdentifierStatus::Unverified]);
    }

    #[test]
    fn a_stem_is_completed_by_its_check() {
        let complete = |system, stem| Identifier::complete(system, stem).map(|identifier| identifier.to_string());
        assert_eq!(complete(IdentifierSystem::NhsNumber, "900000000").unwrap(), "9000000009");
        assert_eq!(complete(IdentifierSystem::Uln, "927630868").unwrap(), "9276308686");
        assert_eq!(complete(IdentifierSystem::Upn, "801200001001").unwrap(), "H801200001001");
        assert_eq!(complete(IdentifierSystem::Upn, "82343210400A").unwrap(), "W82343210400A");
        assert_eq!(complete(other(), "7").unwrap(), "7");
        // 900000005x would need the check digit 10.
        assert_eq!(complete(IdentifierSystem::NhsNumber, "900000005"), Err(IdentifierError::Check));
        for wrong in ["", "1", "90000000é", "9000000000"] {
            assert!(complete(IdentifierSystem::NhsNumber, wrong).is_err(), "{wrong}");
            assert!(complete(IdentifierSystem::Uln, wrong).is_err(), "{wrong}");
            assert!(complete(IdentifierSystem::Upn, wrong).is_err(), "{wrong}");
        }
    }

    fn any_system() -> impl Strategy<Value = IdentifierSystem> {
        prop_oneof![
            Just(IdentifierSystem::NhsNumber),
            Just(IdentifierSystem::Upn),
            Just(IdentifierSystem::Uln),
            Just(other()),
        ]
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_a_good_one_reads_back(system in any_system(), text in "\\PC*|[0-9A-Z -]{0,15}") {
            if let Ok(identifier) = Identifier::parse(system.clone(), &text) {
                prop_assert_eq!(Identifier::parse(system, identifier.value()), Ok(identifier));
            }
        }

        #[test]
        fn errors_never_repeat_the_value(system in any_system(), text in "[0-9]{9}[A-Z]{4}[0-9]{40}") {
            let error = Identifier::parse(system, &text).unwrap_err().to_string();
            prop_assert!(!error.contains(text.get(..9).unwrap()));
        }
    }
}
