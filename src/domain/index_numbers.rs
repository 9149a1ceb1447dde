//! The index number: one for life, random, twelve characters of Crockford base 32 of which the last is a check.

use std::fmt;
use std::str::FromStr;

use crate::domain::texts::serde_by_text;

/// How many symbols a number has, the check included.
const LENGTH: usize = 12;

/// What the polynomial over all twelve symbols must come to. Any constant detects the same errors; this one makes the
/// documented example `7K3M-9XQ2-4HT8` valid, and because it is not zero, `0000-0000-0000` is not a number.
const REMAINDER: u8 = 21;

/// A child's index number, always valid.
///
/// Shown in three groups, `7K3M-9XQ2-4HT8`; on input hyphens, spaces and case are ignored, `O` reads as `0`, `I` and
/// `L` as `1`.
///
/// The check treats the symbols as coefficients over GF(32) and fixes the polynomial's value at a primitive element.
/// Every symbol therefore has a weight that is neither zero nor that of another place, so that **every** single wrong
/// symbol and **every** exchange of two different symbols, neighbours or not, is found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexNumber([u8; LENGTH]);

/// Why a text is not an index number. Says nothing about the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IndexNumberError {
    /// Not twelve symbols.
    #[error("an index number has 12 letters and digits, as in 7K3M-9XQ2-4HT8")]
    Length,
    /// A character that no index number contains.
    #[error("an index number contains only digits and letters, without U, in groups joined by hyphens")]
    Character,
    /// All symbols are possible, yet they do not belong together.
    #[error("the check character does not agree: a character may be mistyped or two exchanged")]
    Check,
}

impl IndexNumber {
    /// Reads a number as people write it.
    ///
    /// # Errors
    /// [`IndexNumberError::Character`] before [`IndexNumberError::Length`] before [`IndexNumberError::Check`].
    pub fn parse(text: &str) -> Result<Self, IndexNumberError> {
        let mut symbols = [0; LENGTH];
        let mut places = symbols.iter_mut();
        let mut too_long = false;
        for character in text.chars().filter(|&character| !is_separator(character)) {
            let value = value_of(character).ok_or(IndexNumberError::Character)?;
            match places.next() {
                Some(place) => *place = value,
                None => too_long = true,
            }
        }
        if too_long || places.next().is_some() {
            return Err(IndexNumberError::Length);
        }
        if polynomial(&symbols) != REMAINDER {
            return Err(IndexNumberError::Check);
        }
        Ok(Self(symbols))
    }

    /// The number made of the lowest 55 of these bits and their check character. Bits drawn uniformly at random give
    /// numbers that are uniformly random; the caller draws them, and draws again when the number is taken.
    pub fn from_random_bits(bits: u64) -> Self {
        let mut symbols = [0; LENGTH];
        let mut rest = bits;
        for symbol in symbols.iter_mut().take(LENGTH - 1) {
            let [lowest, ..] = rest.to_le_bytes();
            *symbol = lowest & 31;
            rest >>= 5;
        }
        // The check's weight is one and its place still holds zero, so it is what the sum lacks.
        let lacking = polynomial(&symbols) ^ REMAINDER;
        let [.., check] = &mut symbols;
        *check = lacking;
        Self(symbols)
    }

    /// The twelve characters without hyphens, as `7K3M9XQ24HT8`: the form for storage and comparison.
    pub fn compact(&self) -> String {
        self.characters().collect()
    }

    fn characters(&self) -> impl Iterator<Item = char> {
        self.0.iter().map(|&value| character_of(value))
    }
}

impl fmt::Display for IndexNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(LENGTH + 2);
        for (place, character) in self.characters().enumerate() {
            if place > 0 && place % 4 == 0 {
                text.push('-');
            }
            text.push(character);
        }
        f.pad(&text)
    }
}

impl FromStr for IndexNumber {
    type Err = IndexNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

serde_by_text!(IndexNumber);

/// Spaces and every kind of hyphen or dash, since word processors put others in the place of the plain one.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The value of the polynomial whose coefficients are the symbols, highest first, at the element x of
/// GF(32), that is GF(2)\[x\] modulo x⁵ + x² + 1, which is primitive: its first 31 powers all differ.
fn polynomial(symbols: &[u8; LENGTH]) -> u8 {
    symbols.iter().fold(0, |sum, &symbol| {
        let doubled = sum << 1;
        let reduced = if doubled & 0b10_0000 == 0 { doubled } else { doubled ^ 0b10_0101 };
        reduced ^ symbol
    })
}

/// The symbol of a value below 32, in Crockford's alphabet: digits, then letters without I, L, O and U.
fn character_of(value: u8) -> char {
    char::from(match value & 31 {
        digit @ 0..=9 => b'0' + digit,
        letter @ 10..=17 => b'A' + (letter - 10),
        letter @ 18..=19 => b'J' + (letter - 18),
        letter @ 20..=21 => b'M' + (letter - 20),
        letter @ 22..=26 => b'P' + (letter - 22),
        letter => b'V' + (letter - 27),
    })
}

/// The value of a symbol as people may write it, or `None` for anything else.
fn value_of(character: char) -> Option<u8> {
    let byte = u8::try_from(character).ok()?.to_ascii_uppercase();
    Some(match byte {
        b'O' => 0,
        b'I' | b'L' => 1,
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'H' => byte - b'A' + 10,
        b'J'..=b'K' => byte - b'J' + 18,
        b'M'..=b'N' => byte - b'M' + 20,
        b'P'..=b'T' => byte - b'P' + 22,
        b'V'..=b'Z' => byte - b'V' + 27,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EXAMPLE: &str = "7K3M-9XQ2-4HT8";

    /// Crockford's alphabet, written out independently of the code.
    const ALPHABET: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    #[test]
    fn the_documented_example_is_valid() {
        let number = IndexNumber::parse(EXAMPLE).unwrap();
        assert_eq!(number.to_string(), EXAMPLE);
        assert_eq!(number.compact(), "7K3M9XQ24HT8");
        assert_eq!(format!("{number:>16}"), format!("  {EXAMPLE}"));
    }

    #[test]
    fn people_may_write_it_in_many_ways() {
        let number = IndexNumber::parse(EXAMPLE).unwrap();
        for written in
            ["7k3m9xq24ht8", " 7K3M 9XQ2 4HT8\n", "7K3M–9XQ2–4HT8", "7K3M-9XQ24HT8", "-7-K-3-M-9-X-Q-2-4-H-T-8-"]
        {
            assert_eq!(IndexNumber::parse(written), Ok(number), "{written}");
        }
    }

    #[test]
    fn letters_that_look_like_digits_read_as_digits() {
        let number = IndexNumber::from_random_bits(1 << 5);
        let text = number.to_string();
        assert!(text.starts_with("0100-0000-000"), "{text}");
        for (zero, one) in [('O', 'I'), ('o', 'i'), ('O', 'L'), ('o', 'l')] {
            let written: String = text
                .chars()
                .map(|character| match character {
                    '0' => zero,
                    '1' => one,
                    other => other,
                })
                .collect();
            assert_eq!(IndexNumber::parse(&written), Ok(number), "{written}");
        }
    }

    #[test]
    fn each_fault_has_its_own_error() {
        for (text, error) in [
            ("", IndexNumberError::Length),
            ("---", IndexNumberError::Length),
            ("7K3M-9XQ2-4HT", IndexNumberError::Length),
            ("7K3M-9XQ2-4HT88", IndexNumberError::Length),
            ("7K3M-9XQ2-4HTU", IndexNumberError::Character),
            ("7K3M_9XQ2_4HT8", IndexNumberError::Character),
            ("7K3M-9XQ2-4HTé", IndexNumberError::Character),
            ("7K3M-9XQ2-4HT9", IndexNumberError::Check),
            ("0000-0000-0000", IndexNumberError::Check),
        ] {
            assert_eq!(IndexNumber::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn the_alphabet_is_crockfords() {
        let ours: String = (0..32).map(character_of).collect();
        assert_eq!(ours, ALPHABET);
        for (value, character) in (0..).zip(ALPHABET.chars()) {
            assert_eq!(value_of(character), Some(value));
            assert_eq!(value_of(character.to_ascii_lowercase()), Some(value));
        }
        assert_eq!(value_of('U'), None);
        assert_eq!(value_of('u'), None);
    }

    /// The check is linear, so an error is found in one number exactly if it is found in all: going through every
    /// place and every difference once proves it for all 2⁵⁵ numbers.
    #[test]
    fn every_substitution_and_every_exchange_is_found_in_the_example() {
        let symbols: Vec<char> = IndexNumber::parse(EXAMPLE).unwrap().compact().chars().collect();
        let mut tried = 0;
        for place in 0..LENGTH {
            for other in ALPHABET.chars().filter(|&other| other != symbols[place]) {
                let mut wrong = symbols.clone();
                wrong[place] = other;
                assert_eq!(IndexNumber::parse(&String::from_iter(&wrong)), Err(IndexNumberError::Check));
                tried += 1;
            }
        }
        assert_eq!(tried, 12 * 31);
    }

    #[test]
    fn every_exchange_of_two_symbols_is_found_for_every_pair() {
        for first in 0..LENGTH {
            for second in first + 1..LENGTH {
                for difference in 1..32 {
                    // Exchanging a and b changes the polynomial as adding a+b in both places does.
                    let mut change = [0; LENGTH];
                    change[first] = difference;
                    change[second] = difference;
                    assert_ne!(polynomial(&change), 0, "places {first} and {second}");
                }
            }
        }
    }

    #[test]
    fn serde_uses_the_shown_form() {
        let number = IndexNumber::parse(EXAMPLE).unwrap();
        assert_eq!(serde_json::to_string(&number).unwrap(), format!("\"{EXAMPLE}\""));
        assert_eq!(serde_json::from_str::<IndexNumber>("\"7k3m9xq24ht8\"").unwrap(), number);
        let error = serde_json::from_str::<IndexNumber>("\"7K3M-9XQ2-4HT9\"").unwrap_err().to_string();
        assert!(error.contains("check character") && !error.contains("4HT9"), "{error}");
        assert!(serde_json::from_str::<IndexNumber>("12").is_err());
    }

    proptest! {
        #[test]
        fn made_numbers_are_valid_and_read_back(bits: u64) {
            let number = IndexNumber::from_random_bits(bits);
            prop_assert_eq!(IndexNumber::parse(&number.to_string()), Ok(number));
            prop_assert_eq!(IndexNumber::parse(&number.compact()), Ok(number));
        }

        #[test]
        fn different_bits_give_different_numbers(one in 0u64..1 << 55, other in 0u64..1 << 55) {
            prop_assert_eq!(
                IndexNumber::from_random_bits(one) == IndexNumber::from_random_bits(other),
                one == other
            );
        }

        #[test]
        fn any_single_substitution_is_found(bits: u64, place in 0..LENGTH, step in 1u8..32) {
            let mut symbols = IndexNumber::from_random_bits(bits).0;
            symbols[place] = (symbols[place] + step) % 32;
            let wrong: String = symbols.iter().map(|&value| character_of(value)).collect();
            prop_assert_eq!(IndexNumber::parse(&wrong), Err(IndexNumberError::Check));
        }

        #[test]
        fn any_exchange_is_found(bits: u64, first in 0..LENGTH, second in 0..LENGTH) {
            let number = IndexNumber::from_random_bits(bits);
            let mut symbols = number.0;
            symbols.swap(first, second);
            let exchanged: String = symbols.iter().map(|&value| character_of(value)).collect();
            let expected = if symbols == number.0 { Ok(number) } else { Err(IndexNumberError::Check) };
            prop_assert_eq!(IndexNumber::parse(&exchanged), expected);
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            if let Ok(number) = IndexNumber::parse(&text) {
                prop_assert_eq!(IndexNumber::parse(&number.to_string()), Ok(number));
            }
        }

        #[test]
        fn order_is_that_of_the_text(one: u64, other: u64) {
            let (one, other) = (IndexNumber::from_random_bits(one), IndexNumber::from_random_bits(other));
            prop_assert_eq!(one.cmp(&other), one.compact().cmp(&other.compact()));
        }
    }
}
