//! The receipt of a recorded event, given to the caller in the header `Audit-Receipt`.

use std::fmt;
use std::str::FromStr;

use super::tree::Hash;

/// Where an event stands in the log and the hash of its leaf; written `<index>.<leaf hash>`. With a later checkpoint
/// it proves that the access was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Index of the event, from 0.
    pub index: u64,
    /// Hash of its leaf.
    pub leaf_hash: Hash,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.index, self.leaf_hash)
    }
}

impl FromStr for Receipt {
    type Err = NotAReceipt;

    fn from_str(text: &str) -> Result<Self, NotAReceipt> {
        let (index_text, hash_text) = text.split_once('.').ok_or(NotAReceipt)?;
        let index: u64 = index_text.parse().map_err(|_| NotAReceipt)?;
        // "+7" and "007" parse as numbers; a receipt has one spelling.
        if index.to_string() != index_text {
            return Err(NotAReceipt);
        }
        let leaf_hash = hash_text.parse().map_err(|_| NotAReceipt)?;
        Ok(Self { index, leaf_hash })
    }
}

/// A text that is no receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a receipt is an index, a full stop and 64 lower-case hexadecimal digits")]
pub struct NotAReceipt;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::tree::EMPTY_ROOT;

    #[test]
    fn a_receipt_goes_through_text_and_back() {
        for index in [0, 7, u64::MAX] {
            let receipt = Receipt { index, leaf_hash: EMPTY_ROOT };
            assert_eq!(receipt.to_string().parse(), Ok(receipt));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let hash = EMPTY_ROOT.to_string();
        let upper = hash.to_uppercase();
        for bad in [
            String::new(),
            "7".into(),
            format!("+7.{hash}"),
            format!("07.{hash}"),
            format!("-1.{hash}"),
            format!("7.{upper}"),
            format!("7.{hash}0"),
            format!(" 7.{hash}"),
            format!("18446744073709551616.{hash}"),
        ] {
            assert_eq!(bad.parse::<Receipt>(), Err(NotAReceipt), "{bad}");
        }
    }
}
