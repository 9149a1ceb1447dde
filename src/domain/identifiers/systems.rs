//! The systems that issue identifiers: three known here by their check digits, others by a code of their own.

use std::fmt;
use std::str::FromStr;

use crate::domain::texts::serde_by_text;

/// How long the code of another system may be, in characters.
const LONGEST_CODE: usize = 40;

/// Which register an identifier comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierSystem {
    /// The NHS number of England, Wales and the Isle of Man.
    NhsNumber,
    /// The unique pupil number of English schools.
    Upn,
    /// The unique learner number of the Learning Records Service.
    Uln,
    /// Any other, by its code.
    Other(OtherSystem),
}

/// The code of a system not known here: 1 to 40 characters in kebab-case, starting with a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherSystem(String);

/// A text that cannot be the code of an identifier system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be nhs-number, upn, uln, or another system's code: 1 to 40 lower-case letters and digits in words joined by hyphens, starting with a letter"
)]
pub struct UnknownSystem;

impl IdentifierSystem {
    /// The stable code, used in JSON and in the database.
    pub fn code(&self) -> &str {
        match self {
            Self::NhsNumber => "nhs-number",
            Self::Upn => "upn",
            Self::Uln => "uln",
            Self::Other(OtherSystem(code)) => code,
        }
    }
}

impl fmt::Display for IdentifierSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for IdentifierSystem {
    type Err = UnknownSystem;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Ok(match code {
            "nhs-number" => Self::NhsNumber,
            "upn" => Self::Upn,
            "uln" => Self::Uln,
            other if is_kebab_case(other) => Self::Other(OtherSystem(other.to_owned())),
            _ => return Err(UnknownSystem),
        })
    }
}

serde_by_text!(IdentifierSystem);

fn is_kebab_case(code: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    code.len() <= LONGEST_CODE
        && code.starts_with(|first: char| first.is_ascii_lowercase())
        && code.split('-').all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_goes_through_its_code_and_back() {
        for code in ["nhs-number", "upn", "uln", "liquidlogic-id", "x", "a1-2b"] {
            let system: IdentifierSystem = code.parse().unwrap();
            assert_eq!(system.code(), code);
            assert_eq!(matches!(system, IdentifierSystem::Other(_)), !["nhs-number", "upn", "uln"].contains(&code));
            let json = serde_json::to_string(&system).unwrap();
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<IdentifierSystem>(&json).unwrap(), system);
        }
    }

    #[test]
    fn other_codes_are_bounded_kebab_case() {
        for bad in ["", "NHS-number", "nhs_number", "-a", "a-", "a--b", "1a", "two words", "é", &"a".repeat(41)] {
            assert_eq!(bad.parse::<IdentifierSystem>(), Err(UnknownSystem), "{bad:?}");
        }
        assert!("a".repeat(40).parse::<IdentifierSystem>().is_ok());
    }
}
