//! Telephone numbers as people dial them in the United Kingdom, in one spelling and comparable however written.

use std::fmt;
use std::str::FromStr;

use crate::domain::texts::serde_by_text;

/// How long a number may be as given, in bytes; room for a country code, separators and an extension.
const LONGEST: usize = 40;

/// A telephone number: British, international (`+…`) or a national short code such as 101 or 111, perhaps with an
/// extension. Digits keep the groups in which they were given, joined by single spaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

/// Why a text is not a telephone number. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneNumberError {
    /// A character that has no place in a number.
    #[error("may contain only digits, spaces, hyphens, dots, brackets, a + in front, and ext with an extension")]
    Character,
    /// Not a number that can be dialled.
    #[error(
        "must be a UK number such as 01225 713000, an international one such as +353 1 234 5678, or 101, 111 or 999"
    )]
    Shape,
    /// An extension that is not 1 to 6 digits.
    #[error("an extension has 1 to 6 digits, as in 01225 713000 ext 1234")]
    Extension,
}

impl PhoneNumber {
    /// Reads a number as people write it.
    pub fn parse(text: &str) -> Result<Self, PhoneNumberError> {
        if text.len() > LONGEST {
            return Err(PhoneNumberError::Shape);
        }
        let (number, extension) = split_extension(text.trim())?;
        let mut shown = grouped(number)?;
        if !is_diallable(&shown) {
            return Err(PhoneNumberError::Shape);
        }
        if let Some(extension) = extension {
            shown.push_str(" ext ");
            shown.push_str(extension);
        }
        Ok(Self(shown))
    }

    /// As stored and shown, for example `01225 713000 ext 1234`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number in international form without spaces or extension, `+441225713000`, equal for all spellings of one
    /// number; a short code stays as it is.
    pub fn comparable(&self) -> String {
        let number = self.0.split_once(" ext").map_or(self.0.as_str(), |(number, _)| number);
        let digits = number.replace(' ', "");
        match digits.strip_prefix('0') {
            Some(national) => format!("+44{national}"),
            None => digits,
        }
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

serde_by_text!(PhoneNumber);

/// Cuts off `ext 1234` or `x1234`.
fn split_extension(text: &str) -> Result<(&str, Option<&str>), PhoneNumberError> {
    let Some((number, rest)) = text.find(['e', 'E', 'x', 'X']).and_then(|start| text.split_at_checked(start)) else {
        return Ok((text, None));
    };
    let digits = rest.trim_start_matches(|character: char| character.is_ascii_alphabetic());
    let word = rest.get(..rest.len() - digits.len()).unwrap_or_default();
    if !["ext", "extension", "x"].iter().any(|known| known.eq_ignore_ascii_case(word)) {
        return Err(PhoneNumberError::Character);
    }
    let digits = digits.trim_start_matches(['.', ':']).trim();
    let good = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if good { Ok((number, Some(digits))) } else { Err(PhoneNumberError::Extension) }
}

/// The digits in the groups in which they were given; a leading `00` becomes `+`, and the `(0)` after a country code,
/// which is not dialled, goes.
fn grouped(number: &str) -> Result<String, PhoneNumberError> {
    let number = number.trim();
    let (international, rest) = match number.strip_prefix('+').or_else(|| number.strip_prefix("00")) {
        Some(rest) => (true, rest.replace("(0)", " ")),
        None => (false, number.to_owned()),
    };
    let is_separator = |character: char| {
        character.is_whitespace() || matches!(character, '-' | '.' | '(' | ')' | '\u{2010}'..='\u{2015}')
    };
    if !rest.chars().all(|character| character.is_ascii_digit() || is_separator(character)) {
        return Err(PhoneNumberError::Character);
    }
    let groups: Vec<&str> = rest.split(is_separator).filter(|group| !group.is_empty()).collect();
    Ok(format!("{}{}", if international { "+" } else { "" }, groups.join(" ")))
}

/// Whether grouped digits are a number that can be dialled from the United Kingdom. (Ofcom, National Telephone
/// Numbering Plan; ITU-T E.164 for the others.)
fn is_diallable(shown: &str) -> bool {
    let digits = shown.replace(' ', "");
    if let Some(national) = digits.strip_prefix("+44").or_else(|| digits.strip_prefix('0')) {
        return is_british(national);
    }
    match digits.strip_prefix('+') {
        Some(international) => (8..=15).contains(&international.len()) && !international.starts_with('0'),
        None => is_short_code(&digits),
    }
}

/// A British number without its leading zero: nine or ten digits, but for the few of seven, Childline's among them.
fn is_british(national: &str) -> bool {
    let in_use = national.starts_with(['1', '2', '3', '5', '7', '8', '9']);
    match national.len() {
        9 | 10 => in_use,
        7 => national.starts_with("800") || national.starts_with("845"),
        _ => false,
    }
}

/// Emergency and non-emergency services (101, 111, 112, 999) and harmonised helplines (116 …).
fn is_short_code(digits: &str) -> bool {
    match digits.len() {
        3 => digits.starts_with('1') || digits == "999",
        6 => digits.starts_with("116"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (written, shown, comparable) in [
            ("01225 713000", "01225 713000", "+441225713000"),
            (" (01225) 713-000 ", "01225 713 000", "+441225713000"),
            ("01225713000", "01225713000", "+441225713000"),
            ("+44 (0)1225 713000", "+44 1225 713000", "+441225713000"),
            ("0044 1225 713000", "+44 1225 713000", "+441225713000"),
            ("01225 713000 ext 1234", "01225 713000 ext 1234", "+441225713000"),
            ("01225 713000 x12", "01225 713000 ext 12", "+441225713000"),
            ("01225 713000 Ext. 7", "01225 713000 ext 7", "+441225713000"),
            ("016977 2345", "016977 2345", "+44169772345"),
            ("07700 900123", "07700 900123", "+447700900123"),
            ("0800 1111", "0800 1111", "+448001111"),
            ("+353 1 234 5678", "+353 1 234 5678", "+35312345678"),
            ("101", "101", "101"),
            ("111", "111", "111"),
            ("999", "999", "999"),
            ("116 123", "116 123", "116123"),
        ] {
            let number = PhoneNumber::parse(written).unwrap();
            assert_eq!(number.as_str(), shown, "{written}");
            assert_eq!(number.comparable(), comparable, "{written}");
        }
    }

    #[test]
    fn what_cannot_be_dialled_is_refused() {
        for (text, error) in [
            ("", PhoneNumberError::Shape),
            ("+", PhoneNumberError::Shape),
            ("0", PhoneNumberError::Shape),
            ("1234567", PhoneNumberError::Shape),
            ("00000 000000", PhoneNumberError::Shape),
            ("01225 7130", PhoneNumberError::Shape),
            ("01225 7130000", PhoneNumberError::Shape),
            ("04225 713000", PhoneNumberError::Shape),
            ("+440 1225 713000", PhoneNumberError::Shape),
            ("+0 1225 713000", PhoneNumberError::Shape),
            ("+1234567890123456", PhoneNumberError::Shape),
            ("222", PhoneNumberError::Shape),
            ("01225 713000 or Mum's mobile", PhoneNumberError::Character),
            ("ask the office", PhoneNumberError::Character),
            ("01225/713000", PhoneNumberError::Character),
            ("01225 713000+", PhoneNumberError::Character),
            ("٠١٢٢٥ ٧١٣٠٠٠", PhoneNumberError::Character),
            ("01225 713000 ext", PhoneNumberError::Extension),
            ("01225 713000 ext 1234567", PhoneNumberError::Extension),
            ("01225 713000 ext 12 or 13", PhoneNumberError::Extension),
            ("01225                               713000", PhoneNumberError::Shape),
        ] {
            assert_eq!(PhoneNumber::parse(text), Err(error), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_reads_back(text in "\\PC*|[0-9+() .extEXT-]{0,30}") {
            if let Ok(number) = PhoneNumber::parse(&text) {
                prop_assert_eq!(PhoneNumber::parse(number.as_str()), Ok(number));
            }
        }

        #[test]
        fn grouping_and_country_code_do_not_change_the_number(national in "[123579][0-9]{9}", cut in 1usize..10) {
            let (head, tail) = national.split_at(cut);
            let expected = format!("+44{national}");
            for written in [format!("0{head} {tail}"), format!("+44 (0){head}-{tail}"), format!("0044{national} x1")] {
                prop_assert_eq!(PhoneNumber::parse(&written).unwrap().comparable(), expected.clone());
            }
        }
    }
}
