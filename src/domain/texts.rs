//! Values written as one piece of text: serde through their `Display` and `FromStr`, in one place.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserializer, Error, Visitor};

/// Gives types serde by their text: written by `Display`, read by `FromStr`. The error is the type's own, which for
/// every type here says what is wrong and never repeats what was given.
macro_rules! serde_by_text {
    ($($name:ty),+ $(,)?) => { $(
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::domain::texts::deserialize_by_text(deserializer)
            }
        }
    )+ };
}
pub(crate) use serde_by_text;

/// Whether a text is what a name or an address is made of: no controls, line breaks, invisible characters or marks that
/// turn the direction of writing, all of which could disguise what stands there.
pub fn is_printable(text: &str) -> bool {
    let disguises = |character: char| {
        character.is_control()
            || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{200b}')
    };
    // Nearly every text is ASCII, which is told at once.
    if text.is_ascii() { !text.bytes().any(|byte| byte.is_ascii_control()) } else { !text.chars().any(disguises) }
}

/// Reads a value from its text.
pub fn deserialize_by_text<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: fmt::Display>,
    D: Deserializer<'de>,
{
    struct ByText<T>(PhantomData<T>);

    impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for ByText<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_str(ByText(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::is_printable;

    #[test]
    fn what_could_disguise_a_name_is_not_printable() {
        for good in ["", "O'Neill-Okafor", "Zażółć", "محمد", "李小龍", "a\u{301}"] {
            assert!(is_printable(good), "{good}");
        }
        for bad in ["a\n", "\u{7f}", "a\u{202e}b", "\u{feff}a", "a\u{200b}", "é\u{85}"] {
            assert!(!is_printable(bad), "{bad:?}");
        }
    }
}
