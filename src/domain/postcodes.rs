//! Postcodes of the United Kingdom in one spelling, their outward codes, and the pseudo-postcodes that are no place.

use std::fmt;
use std::str::FromStr;

use crate::domain::texts::serde_by_text;

/// A whole postcode in upper case with one space before its last three characters, as `BA14 8JN`. Its shape is right;
/// whether the Royal Mail delivers there is not known here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Postcode(String);

/// The part of a postcode before the space, as `BA14`: the postal district.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutwardCode(String);

/// What a text given in the place of a postcode says about the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostcodeInput {
    /// A place.
    Real(Postcode),
    /// `ZZ99 3VZ`: the child has no fixed abode.
    NoFixedAbode,
    /// `ZZ99 3WZ`: the address is not known.
    NotKnown,
}

/// What a search may give: a whole postcode, or only its first part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostcodeCriterion {
    /// A whole postcode.
    Full(Postcode),
    /// A postal district.
    District(OutwardCode),
}

/// Why a text is not a postcode. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostcodeError {
    /// Not shaped like any postcode of the United Kingdom.
    #[error("must be a UK postcode such as BA14 8JN")]
    Shape,
    /// A pseudo-postcode (`ZZ99 …`) where only a place is meant, or one that states neither kind of absence.
    #[error("is a pseudo-postcode, which is not an address")]
    Pseudo,
}

impl Postcode {
    /// Reads a postcode that must be a place. Spaces and case do not matter.
    pub fn parse(text: &str) -> Result<Self, PostcodeError> {
        match PostcodeInput::parse(text)? {
            PostcodeInput::Real(postcode) => Ok(postcode),
            PostcodeInput::NoFixedAbode | PostcodeInput::NotKnown => Err(PostcodeError::Pseudo),
        }
    }

    /// The part before the space, as `BA14`.
    pub fn outward(&self) -> &str {
        self.parts().0
    }

    /// The part after the space, as `8JN`.
    pub fn inward(&self) -> &str {
        self.parts().1
    }

    /// The postal district, which is all of an address that a search result may show.
    pub fn district(&self) -> OutwardCode {
        OutwardCode(self.outward().to_owned())
    }

    /// As stored and shown, with its space.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parts(&self) -> (&str, &str) {
        self.0.split_once(' ').unwrap_or((&self.0, ""))
    }
}

impl OutwardCode {
    /// Reads the first part of a postcode. Spaces and case do not matter.
    pub fn parse(text: &str) -> Result<Self, PostcodeError> {
        let text = compacted(text);
        if text == PSEUDO_OUTWARD {
            return Err(PostcodeError::Pseudo);
        }
        if is_outward(text.as_bytes()) { Ok(Self(text)) } else { Err(PostcodeError::Shape) }
    }

    /// As stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PostcodeInput {
    /// Reads what a record may carry in the place of a postcode.
    pub fn parse(text: &str) -> Result<Self, PostcodeError> {
        let text = compacted(text);
        let (outward, inward) = split_inward(&text).ok_or(PostcodeError::Shape)?;
        if outward == PSEUDO_OUTWARD {
            return match inward {
                "3VZ" => Ok(Self::NoFixedAbode),
                "3WZ" => Ok(Self::NotKnown),
                _ => Err(PostcodeError::Pseudo),
            };
        }
        let real = (outward == GIROBANK.0 && inward == GIROBANK.1)
            || (outward != GIROBANK.0 && is_outward(outward.as_bytes()) && is_inward(inward.as_bytes()));
        if real { Ok(Self::Real(Postcode(format!("{outward} {inward}")))) } else { Err(PostcodeError::Shape) }
    }
}

impl PostcodeCriterion {
    /// Reads what a search gives: the longer reading first, and no text has both.
    pub fn parse(text: &str) -> Result<Self, PostcodeError> {
        match Postcode::parse(text) {
            Ok(postcode) => Ok(Self::Full(postcode)),
            Err(PostcodeError::Pseudo) => Err(PostcodeError::Pseudo),
            Err(PostcodeError::Shape) => OutwardCode::parse(text).map(Self::District),
        }
    }
}

impl fmt::Display for Postcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for OutwardCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Postcode {
    type Err = PostcodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl FromStr for OutwardCode {
    type Err = PostcodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

serde_by_text!(Postcode, OutwardCode);

/// The outward code of every pseudo-postcode (NHS Data Dictionary, "Postcode": default codes).
const PSEUDO_OUTWARD: &str = "ZZ99";

/// The one postcode whose outward code has no digit.
const GIROBANK: (&str, &str) = ("GIR", "0AA");

fn compacted(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .map(|character| character.to_ascii_uppercase())
        .collect()
}

/// A text without spaces cut before its last three characters; `None` where nothing would stand before them.
fn split_inward(text: &str) -> Option<(&str, &str)> {
    let cut = text.len().checked_sub(3).filter(|&cut| cut > 0)?;
    text.split_at_checked(cut)
}

/// The shapes of an outward code by the position of letters and digits, each with the letters allowed there (BS 7666).
fn is_outward(text: &[u8]) -> bool {
    let first = |byte: u8| byte.is_ascii_uppercase() && !b"QVX".contains(&byte);
    let second = |byte: u8| byte.is_ascii_uppercase() && !b"IJZ".contains(&byte);
    let digit = |byte: u8| byte.is_ascii_digit();
    match *text {
        [b'G', b'I', b'R'] => true,
        [area, one] => first(area) && digit(one),
        [area, one, two] if digit(one) => first(area) && (digit(two) || b"ABCDEFGHJKPSTUW".contains(&two)),
        [area, letter, one] => first(area) && second(letter) && digit(one),
        [area, letter, one, two] => {
            first(area) && second(letter) && digit(one) && (digit(two) || b"ABEHMNPRVWXY".contains(&two))
        }
        _ => false,
    }
}

fn is_inward(text: &[u8]) -> bool {
    let unit = |byte: u8| byte.is_ascii_uppercase() && !b"CIKMOV".contains(&byte);
    matches!(*text, [sector, one, two] if sector.is_ascii_digit() && unit(one) && unit(two))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    const VALID: [&str; 9] =
        ["SW1A 1AA", "EC1A 1BB", "W1A 0AX", "M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "GIR 0AA", "BF1 2AA"];

    #[test]
    fn the_postcodes_of_the_rules_are_valid() {
        for text in VALID {
            assert_eq!(Postcode::parse(text).unwrap().as_str(), text);
        }
        for text in ["QA1 1AA", "SW1A 1AC", "A1 1A"] {
            assert_eq!(Postcode::parse(text), Err(PostcodeError::Shape), "{text}");
        }
    }

    #[test]
    fn spaces_and_case_do_not_matter() {
        for written in ["ba148jn", "BA14 8JN", " ba14  8jn ", "B A 1 4 8 J N", "BA148 JN"] {
            assert_eq!(Postcode::parse(written).unwrap().as_str(), "BA14 8JN", "{written}");
        }
    }

    #[test]
    fn a_postcode_has_two_parts() {
        let postcode = Postcode::parse("sw1a1aa").unwrap();
        assert_eq!((postcode.outward(), postcode.inward()), ("SW1A", "1AA"));
        assert_eq!(postcode.district().as_str(), "SW1A");
        assert_eq!(Postcode::parse("gir0aa").unwrap().district().as_str(), "GIR");
    }

    #[test]
    fn other_shapes_are_refused() {
        for text in [
            "",
            " ",
            "1AA",
            "A1",
            "SW1A",
            "SW1A 1A",
            "SW1A 1AAA",
            "SW1A-1AA",
            "AA1I 1AA",
            "AI1 1AA",
            "VA1 1AA",
            "XA1 1AA",
            "A1I 1AA",
            "GIR 1AA",
            "G1R 0AAA",
            "BA14 8JÑ",
            "ＢA14 8JN",
            "AAA 1AA",
            "BA144 8JN",
        ] {
            assert_eq!(Postcode::parse(text), Err(PostcodeError::Shape), "{text:?}");
        }
    }

    #[test]
    fn pseudo_postcodes_are_states_and_not_places() {
        assert_eq!(PostcodeInput::parse("zz993vz"), Ok(PostcodeInput::NoFixedAbode));
        assert_eq!(PostcodeInput::parse("ZZ99 3WZ"), Ok(PostcodeInput::NotKnown));
        assert_eq!(PostcodeInput::parse("ZZ99 3CZ"), Err(PostcodeError::Pseudo));
        for text in ["ZZ99 3VZ", "ZZ99 3WZ", "ZZ99 3CZ"] {
            assert_eq!(Postcode::parse(text), Err(PostcodeError::Pseudo));
            assert_eq!(PostcodeCriterion::parse(text), Err(PostcodeError::Pseudo));
        }
        assert_eq!(OutwardCode::parse("zz99"), Err(PostcodeError::Pseudo));
        assert_eq!(PostcodeCriterion::parse("ZZ99"), Err(PostcodeError::Pseudo));
    }

    #[test]
    fn a_search_may_give_a_part() {
        let district = |text: &str| match PostcodeCriterion::parse(text).unwrap() {
            PostcodeCriterion::District(district) => district.to_string(),
            PostcodeCriterion::Full(_) => panic!("{text} is a district"),
        };
        for outward in ["M1", "B33", "W1A", "CR2", "DN55", "SW1A", "GIR"] {
            assert_eq!(district(outward), outward);
            assert_eq!(district(&outward.to_lowercase()), outward);
        }
        assert_eq!(PostcodeCriterion::parse("m11ae"), Ok(PostcodeCriterion::Full(Postcode::parse("M1 1AE").unwrap())));
        for text in ["", "M", "QA1", "BA14 8", "BA148", "BA14 8J"] {
            assert_eq!(PostcodeCriterion::parse(text), Err(PostcodeError::Shape), "{text:?}");
        }
    }

    #[test]
    fn serde_uses_the_text() {
        let postcode: Postcode = serde_json::from_str("\"ba148jn\"").unwrap();
        assert_eq!(serde_json::to_string(&postcode).unwrap(), "\"BA14 8JN\"");
        let error = serde_json::from_str::<Postcode>("\"12 High Street\"").unwrap_err().to_string();
        assert!(!error.contains("High"), "{error}");
    }

    /// Every way to pick one character from each class in turn.
    fn all_of(classes: &[&str]) -> HashSet<String> {
        classes.iter().fold(HashSet::from([String::new()]), |heads, class| {
            heads.iter().flat_map(|head| class.chars().map(move |last| format!("{head}{last}"))).collect()
        })
    }

    /// The classes of the regular expression in the domain rules, written out, against every text that could be meant.
    #[test]
    fn outward_and_inward_codes_are_exactly_those_of_the_rules() {
        const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        const DIGITS: &str = "0123456789";
        const ANY: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        const FIRST: &str = "ABCDEFGHIJKLMNOPRSTUWYZ";
        const SECOND: &str = "ABCDEFGHKLMNOPQRSTUVWXY";
        const UNIT: &str = "ABDEFGHJLNPQRSTUWXYZ";

        let outward: HashSet<String> = [
            all_of(&[FIRST, DIGITS]),
            all_of(&[FIRST, DIGITS, DIGITS]),
            all_of(&[FIRST, SECOND, DIGITS]),
            all_of(&[FIRST, SECOND, DIGITS, DIGITS]),
            all_of(&[FIRST, DIGITS, "ABCDEFGHJKPSTUW"]),
            all_of(&[FIRST, SECOND, DIGITS, "ABEHMNPRVWXY"]),
            HashSet::from(["GIR".to_owned()]),
        ]
        .into_iter()
        .flatten()
        .collect();
        let candidates = [all_of(&[ANY, ANY]), all_of(&[ANY, ANY, ANY]), all_of(&[LETTERS, LETTERS, DIGITS, ANY])];
        for text in candidates.iter().flatten() {
            assert_eq!(is_outward(text.as_bytes()), outward.contains(text), "{text}");
        }

        let inward = all_of(&[DIGITS, UNIT, UNIT]);
        for text in all_of(&[ANY, ANY, ANY]) {
            assert_eq!(is_inward(text.as_bytes()), inward.contains(&text), "{text}");
        }
    }

    /// The regular expression of the domain rules, as a generator.
    const SHAPE: &str = "GIR ?0AA|[A-PR-UWYZ]([0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9][ABEHMNPRVWXY]) ?[0-9][ABD-HJLNP-UW-Z]{2}";

    proptest! {
        #[test]
        fn everything_of_the_shape_is_valid(text in SHAPE) {
            prop_assume!(!text.starts_with("ZZ99"));
            let postcode = Postcode::parse(&text).unwrap();
            prop_assert_eq!(postcode.as_str().replace(' ', ""), text.replace(' ', ""));
            prop_assert_eq!(Postcode::parse(postcode.as_str()), Ok(postcode.clone()));
            prop_assert_eq!(format!("{} {}", postcode.outward(), postcode.inward()), postcode.as_str());
            prop_assert_eq!(OutwardCode::parse(postcode.outward()), Ok(postcode.district()));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*|[A-Z0-9 ]{0,9}") {
            if let Ok(criterion) = PostcodeCriterion::parse(&text) {
                let again = match &criterion {
                    PostcodeCriterion::Full(postcode) => PostcodeCriterion::parse(postcode.as_str()),
                    PostcodeCriterion::District(district) => PostcodeCriterion::parse(district.as_str()),
                };
                prop_assert_eq!(again, Ok(criterion));
            }
        }

        #[test]
        fn no_text_is_both_whole_and_part(text in "[A-Z0-9]{1,8}") {
            prop_assert!(Postcode::parse(&text).is_err() || OutwardCode::parse(&text).is_err());
        }
    }
}
