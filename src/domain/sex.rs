//! The sex recorded for a child, or named in a search.

use super::codes::codes;

codes! {
    /// Sex as the index holds it. Changing it never makes a new record.
    pub enum Sex {
        /// Female.
        F => "F",
        /// Male.
        M => "M",
        /// Unknown; always so for the unborn.
        U => "U",
        /// Known to the source, which did not say.
        NotSpecified => "not_specified",
    }
}

impl Sex {
    /// Whether this says anything that can be compared.
    pub const fn is_known(self) -> bool {
        matches!(self, Sex::F | Sex::M)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_interface() {
        assert_eq!(Sex::CODES, ["F", "M", "U", "not_specified"]);
        assert!("f".parse::<Sex>().is_err());
        assert!(Sex::F.is_known() && !Sex::NotSpecified.is_known());
    }
}
