//! Handles: short-lived names for a child, bound to the account that was given them, to keep index numbers out of logs.

use std::fmt;
use std::str::FromStr;

use crate::domain::index_numbers::{IndexNumber, IndexNumberError};
use crate::domain::instants::HOUR;

/// How long a handle names its child, in microseconds.
pub const HANDLE_LASTS: i64 = 12 * HOUR;

/// A child's place in one search answer: 128 random bits for the answer, and the position in it. Written as 34
/// lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handle {
    /// Names the answer.
    pub answer: [u8; 16],
    /// Counts the children in it from 0.
    pub position: u8,
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:02x}", hex::encode(self.answer), self.position)
    }
}

/// How a request names a child: by index number or by handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChildRef {
    /// By its number for life.
    Number(IndexNumber),
    /// By a handle out of a search.
    Handle(Handle),
}

impl FromStr for ChildRef {
    type Err = IndexNumberError;

    fn from_str(text: &str) -> Result<Self, IndexNumberError> {
        let mut bytes = [0_u8; 17];
        if hex::decode_to_slice(text, &mut bytes).is_ok()
            && let Some((position, answer)) = bytes.split_last()
            && let Ok(answer) = answer.try_into()
        {
            return Ok(Self::Handle(Handle { answer, position: *position }));
        }
        IndexNumber::parse(text).map(Self::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_handle_goes_through_its_text(answer: [u8; 16], position: u8) {
            let handle = Handle { answer, position };
            prop_assert_eq!(handle.to_string().parse(), Ok(ChildRef::Handle(handle)));
        }

        #[test]
        fn an_index_number_is_never_taken_for_a_handle(bits: u64) {
            let number = IndexNumber::from_random_bits(bits);
            prop_assert_eq!(number.to_string().parse(), Ok(ChildRef::Number(number)));
            prop_assert_eq!(number.compact().parse(), Ok(ChildRef::Number(number)));
        }
    }
}
