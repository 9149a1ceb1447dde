//! Closed sets of short codes: the `codes!` macro, which derives everything such an enum needs from one table.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error, Visitor};

/// A closed set of values, each with one stable code used in JSON, in the database and on the command line.
pub trait Code: Copy + Sized + 'static {
    /// Every value, in the order of its table.
    const ALL: &'static [Self];
    /// Every code, in the same order.
    const CODES: &'static [&'static str];

    /// The stable code of this value.
    fn code(self) -> &'static str;

    /// The value with this code; codes are matched exactly.
    fn find(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.code() == code)
    }
}

/// A text that is none of the codes allowed in its place. It names what would be allowed and never what was given,
/// because the given text may be anything, personal data included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCode {
    /// The codes that would have been accepted.
    pub expected: &'static [&'static str],
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be one of: ")?;
        for (position, code) in self.expected.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            f.write_str(code)?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownCode {}

/// Defines a fieldless enum from a table of variants and codes, with `ALL`, `CODES`, `code()`, [`Code`], `Display`,
/// `FromStr` (error [`UnknownCode`]) and serde by code.
///
/// ```text
/// codes! {
///     /// Why somebody looks.
///     pub enum AccessReason {
///         /// A concern about a child's safety.
///         Safeguarding => "safeguarding",
///         /// Help before problems grow.
///         EarlyHelp => "early-help",
///     }
/// }
/// ```
macro_rules! codes {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident => $code:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $( $(#[$variant_meta])* $variant, )+
        }

        impl $name {
            /// Every value, in the order of its table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Every code, in the same order.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The stable code of this value, used in JSON, in the database and on the command line.
            pub const fn code(self) -> &'static str {
                match self {
                    $( Self::$variant => $code, )+
                }
            }
        }

        $( const _: () = assert!($crate::domain::codes::is_code($code), "a code is words joined by single - _ or ."); )+

        impl $crate::domain::codes::Code for $name {
            const ALL: &'static [Self] = $name::ALL;
            const CODES: &'static [&'static str] = $name::CODES;

            fn code(self) -> &'static str {
                $name::code(self)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.code())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::domain::codes::UnknownCode;

            fn from_str(code: &str) -> ::std::result::Result<Self, Self::Err> {
                match code {
                    $( $code => Ok(Self::$variant), )+
                    _ => Err($crate::domain::codes::UnknownCode { expected: Self::CODES }),
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::domain::codes::deserialize_by_code(deserializer)
            }
        }
    };
}
pub(crate) use codes;

/// Reads a value by its code; the error names the allowed codes and not the text that was given.
pub fn deserialize_by_code<'de, T: Code, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct ByCode<T>(PhantomData<T>);

    impl<T: Code> Visitor<'_> for ByCode<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a code as text")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            T::find(text).ok_or_else(|| E::custom(UnknownCode { expected: T::CODES }))
        }
    }

    deserializer.deserialize_str(ByCode(PhantomData))
}

/// Whether a text can be a code: ASCII letters and digits in words joined by single `-`, `_` or `.`. Checked when
/// compiling each table.
pub const fn is_code(text: &str) -> bool {
    let mut rest = text.as_bytes();
    let mut in_word = false;
    while let [first, tail @ ..] = rest {
        if first.is_ascii_alphanumeric() {
            in_word = true;
        } else if in_word && matches!(*first, b'-' | b'_' | b'.') {
            in_word = false;
        } else {
            return false;
        }
        rest = tail;
    }
    in_word
}

#[cfg(test)]
mod tests {
    use super::*;

    codes! {
        /// A set for the tests.
        enum Colour {
            /// As blood.
            Red => "red",
            /// As the sea.
            DeepBlue => "deep-blue",
        }
    }

    #[test]
    fn every_value_goes_through_its_code_and_back() {
        for &colour in Colour::ALL {
            assert_eq!(colour.code().parse(), Ok(colour));
            assert_eq!(Colour::find(colour.code()), Some(colour));
            let json = serde_json::to_string(&colour).unwrap();
            assert_eq!(json, format!("\"{colour}\""));
            assert_eq!(serde_json::from_str::<Colour>(&json).unwrap(), colour);
        }
        assert_eq!(Colour::CODES, ["red", "deep-blue"]);
    }

    #[test]
    fn an_unknown_code_names_what_is_allowed_and_not_what_was_given() {
        for given in ["Red", " red", "", "Chidera Okafor"] {
            let error = given.parse::<Colour>().unwrap_err();
            assert_eq!(error.to_string(), "must be one of: red, deep-blue");
        }
        let error = serde_json::from_str::<Colour>("\"Chidera Okafor\"").unwrap_err().to_string();
        assert!(error.starts_with("must be one of: red, deep-blue"), "{error}");
        assert!(!error.contains("Chidera"), "{error}");
        assert!(serde_json::from_str::<Colour>("7").is_err());
    }

    #[test]
    fn a_code_is_words_joined_by_single_separators() {
        for good in ["F", "red", "early-help", "last_known", "child.search", "sec106"] {
            assert!(is_code(good), "{good}");
        }
        for bad in ["", "-", "red-", "-red", "a--b", "a b", "é", "a.-b"] {
            assert!(!is_code(bad), "{bad}");
        }
    }
}
