//! The sex recorded for a child, or named in a search.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Sex as the index holds it. Changing it never makes a new record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Sex {
    /// Female.
    F,
    /// Male.
    M,
    /// Unknown; always so for the unborn.
    U,
    /// Known to the source, which did not say.
    #[serde(rename = "not_specified")]
    NotSpecified,
}

impl Sex {
    /// Every value, in the order documents list them.
    pub const ALL: [Sex; 4] = [Sex::F, Sex::M, Sex::U, Sex::NotSpecified];

    /// The code used in JSON and in storage.
    pub fn code(self) -> &'static str {
        match self {
            Sex::F => "F",
            Sex::M => "M",
            Sex::U => "U",
            Sex::NotSpecified => "not_specified",
        }
    }

    /// The value a code stands for, or `None` for any other text.
    pub fn from_code(code: &str) -> Option<Sex> {
        Sex::ALL.into_iter().find(|sex| sex.code() == code)
    }

    /// Whether this says anything that can be compared.
    pub fn is_known(self) -> bool {
        matches!(self, Sex::F | Sex::M)
    }
}

impl fmt::Display for Sex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A text that is none of the codes of [`Sex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sex must be one of F, M, U, not_specified")]
pub struct UnknownSex;

impl FromStr for Sex {
    type Err = UnknownSex;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Sex::from_code(code).ok_or(UnknownSex)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back_and_agree_with_json() {
        for sex in Sex::ALL {
            assert_eq!(sex.code().parse(), Ok(sex));
            assert_eq!(serde_json::to_string(&sex).unwrap(), format!("\"{}\"", sex.code()));
        }
        assert_eq!("f".parse::<Sex>(), Err(UnknownSex));
        assert_eq!(Sex::from_code("NotSpecified"), None);
    }
}
