//! The check digits and letters of NHS number, UPN and ULN. Every function takes upper-case text without spaces.

use crate::domain::identifiers::IdentifierError;

/// The letters of a UPN by their value; I, O and S are left out, being too like digits.
const UPN_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPQRTUVWXYZ";

/// Checks an NHS number: ten digits, modulus 11. (NHS Data Dictionary, "NHS Number".)
pub(super) fn nhs_number(text: &str) -> Result<String, IdentifierError> {
    let (stem, check) = ten_digits(text)?;
    if nhs_check_digit(stem) != Some(check) {
        return Err(IdentifierError::Check);
    }
    Ok(text.to_owned())
}

/// The tenth digit (ASCII) of an NHS number: 11 less the weighted sum's remainder, where 11 becomes 0 and 10 means that
/// no number starts so.
pub(super) fn nhs_check_digit(stem: &[u8]) -> Option<u8> {
    match 11 - weighted_sum(stem)? % 11 {
        10 => None,
        11 => Some(b'0'),
        digit => ascii_digit(digit),
    }
}

/// Checks a unique learner number: ten digits, the first not zero. Its check is 10 less the remainder, so that no ULN
/// is an NHS number; a remainder of 0 means that no number starts so. (HESA student record, field ULN; DfE school
/// census, error 1575.)
pub(super) fn uln(text: &str) -> Result<String, IdentifierError> {
    let (stem, check) = ten_digits(text)?;
    if stem.first() == Some(&b'0') {
        return Err(IdentifierError::LeadingZero);
    }
    if uln_check_digit(stem) != Some(check) {
        return Err(IdentifierError::Check);
    }
    Ok(text.to_owned())
}

/// The tenth digit (ASCII) of a unique learner number.
pub(super) fn uln_check_digit(stem: &[u8]) -> Option<u8> {
    match weighted_sum(stem)? % 11 {
        0 => None,
        remainder => ascii_digit(10 - remainder),
    }
}

/// Checks a unique pupil number, permanent or temporary. (DfE, "Unique pupil numbers"; Government Data Standards
/// Catalogue, "Unique Pupil Number" 2.0.) No facts are read out of it, as its parts do not mean what they say.
pub(super) fn upn(text: &str) -> Result<String, IdentifierError> {
    if text.chars().count() != 13 {
        return Err(IdentifierError::Length { expected: 13 });
    }
    let (letter, stem) = text.as_bytes().split_first().ok_or(IdentifierError::UpnShape)?;
    if !UPN_LETTERS.contains(letter) {
        return Err(IdentifierError::UpnShape);
    }
    let check = upn_check_letter(stem).ok_or(IdentifierError::UpnShape)?;
    if stem.iter().all(|&byte| byte == b'0' || !byte.is_ascii_digit()) {
        return Err(IdentifierError::Placeholder);
    }
    if *letter != check {
        return Err(IdentifierError::Check);
    }
    Ok(text.to_owned())
}

/// The first letter (ASCII) of a UPN whose other twelve characters are these, or `None` where they cannot be: the sum
/// of each character times its position from 2 to 13, modulus 23. A temporary number's last letter counts by the same
/// table.
pub(super) fn upn_check_letter(stem: &[u8]) -> Option<u8> {
    let (last, digits) = stem.split_last()?;
    if digits.len() != 11 {
        return None;
    }
    let last_value = digit_value(*last).or_else(|| {
        let value = UPN_LETTERS.iter().position(|letter| letter == last)?;
        u32::try_from(value).ok()
    })?;
    let mut sum = last_value * 13;
    for (weight, &byte) in (2..).zip(digits) {
        sum += digit_value(byte)? * weight;
    }
    UPN_LETTERS.get(usize::try_from(sum % 23).ok()?).copied()
}

/// Nine digits and the tenth, refusing what people type where they have no number: ten equal digits, some of which
/// would pass the check.
fn ten_digits(text: &str) -> Result<(&[u8], u8), IdentifierError> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(IdentifierError::NotDigits);
    }
    let wrong_length = IdentifierError::Length { expected: 10 };
    let (&check, stem) = text.as_bytes().split_last().ok_or(wrong_length)?;
    if stem.len() != 9 {
        return Err(wrong_length);
    }
    if stem.iter().all(|&digit| digit == check) {
        return Err(IdentifierError::Placeholder);
    }
    Ok((stem, check))
}

/// Nine digits times the weights 10 to 2.
fn weighted_sum(stem: &[u8]) -> Option<u32> {
    if stem.len() != 9 {
        return None;
    }
    (2..=10).rev().zip(stem).try_fold(0, |sum, (weight, &byte)| Some(sum + weight * digit_value(byte)?))
}

fn digit_value(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(10)
}

fn ascii_digit(value: u32) -> Option<u8> {
    char::from_digit(value, 10).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nhs_numbers_of_the_rules_are_valid() {
        for good in ["9000000009", "9000000017", "9000000025", "9000000033", "9111231130", "4577390825", "9449304130"] {
            assert_eq!(nhs_number(good).as_deref(), Ok(good));
        }
        assert_eq!(nhs_number("9000000000"), Err(IdentifierError::Check));
    }

    #[test]
    fn no_nhs_number_starts_900000005() {
        assert_eq!(nhs_check_digit(b"900000005"), None);
        for last in 0..=9 {
            assert_eq!(nhs_number(&format!("900000005{last}")), Err(IdentifierError::Check));
        }
    }

    #[test]
    fn equal_digits_are_placeholders_even_where_the_check_agrees() {
        let mut agreeing = 0;
        for digit in b'0'..=b'9' {
            let text = String::from_utf8(vec![digit; 10]).unwrap();
            assert_eq!(nhs_number(&text), Err(IdentifierError::Placeholder));
            assert_eq!(uln(&text), Err(IdentifierError::Placeholder));
            agreeing += usize::from(nhs_check_digit(&text.as_bytes()[..9]) == Some(digit));
        }
        assert!(agreeing > 1, "otherwise the rule would be idle");
    }

    #[test]
    fn wrong_shapes_are_told_apart() {
        for check in [nhs_number, uln] {
            assert_eq!(check(""), Err(IdentifierError::Length { expected: 10 }));
            assert_eq!(check("900000000"), Err(IdentifierError::Length { expected: 10 }));
            assert_eq!(check("90000000099"), Err(IdentifierError::Length { expected: 10 }));
            assert_eq!(check("900000000A"), Err(IdentifierError::NotDigits));
            assert_eq!(check("٩٠٠٠٠٠٠٠٠٩"), Err(IdentifierError::NotDigits));
        }
        assert_eq!(upn("H80120000100"), Err(IdentifierError::Length { expected: 13 }));
        assert_eq!(upn("H8012000010011"), Err(IdentifierError::Length { expected: 13 }));
        for bad in
            ["1801200001001", "I801200001001", "H80120000100O", "H8012000O1001", "HA01200001001", "é801200001001"]
        {
            assert_eq!(upn(bad), Err(IdentifierError::UpnShape), "{bad}");
        }
    }

    #[test]
    fn upns_of_the_rules_are_valid() {
        // The last comes from the documentation of another checker.
        for good in ["H801200001001", "K823432104001", "W82343210400A", "B801200005001"] {
            assert_eq!(upn(good).as_deref(), Ok(good));
        }
        assert_eq!(upn("A801200001001"), Err(IdentifierError::Check));
    }

    #[test]
    fn a_upn_of_zeros_is_a_placeholder_though_its_letter_agrees() {
        assert_eq!(upn_check_letter(b"000000000000"), Some(b'A'));
        for text in ["A000000000000", "B000000000000", "A00000000000A"] {
            assert_eq!(upn(text), Err(IdentifierError::Placeholder), "{text}");
        }
    }

    #[test]
    fn the_published_uln_is_valid() {
        assert_eq!(uln("9276308686").as_deref(), Ok("9276308686"));
        assert_eq!(uln("9276308687"), Err(IdentifierError::Check));
        assert_eq!(uln("0000000042"), Err(IdentifierError::LeadingZero));
        // Used in returns for "no number yet"; it is nobody's.
        assert_eq!(uln("9999999999"), Err(IdentifierError::Placeholder));
    }

    /// HESA states the rule in another form: the sum of all ten digits times 10 to 1 leaves 10.
    fn uln_by_the_other_rule(text: &str) -> bool {
        let sum: u32 = text.bytes().zip((1..=10).rev()).map(|(byte, weight)| u32::from(byte - b'0') * weight).sum();
        sum % 11 == 10
    }

    type CheckOf = fn(&str) -> Result<String, IdentifierError>;

    /// The NHS number and the ULN with this stem, where there are such, each with its check.
    fn completed(stem: &str) -> Vec<(CheckOf, String)> {
        let checks: [(CheckOf, Option<u8>); 2] =
            [(nhs_number, nhs_check_digit(stem.as_bytes())), (uln, uln_check_digit(stem.as_bytes()))];
        checks
            .into_iter()
            .filter_map(|(check, digit)| Some((check, format!("{stem}{}", char::from(digit?)))))
            .inspect(|(check, right)| assert!(matches!(check(right), Ok(_) | Err(IdentifierError::Placeholder))))
            .collect()
    }

    proptest! {
        #[test]
        fn no_number_is_both_an_nhs_number_and_a_uln(stem in "[0-9]{9}") {
            let (nhs, uln) = (nhs_check_digit(stem.as_bytes()), uln_check_digit(stem.as_bytes()));
            prop_assert!(nhs.is_some() || uln.is_some());
            prop_assert_ne!(nhs, uln);
        }

        #[test]
        fn both_statements_of_the_uln_rule_agree(text in "[1-9][0-9]{9}") {
            prop_assume!(uln(&text) != Err(IdentifierError::Placeholder));
            prop_assert_eq!(uln(&text).is_ok(), uln_by_the_other_rule(&text));
        }

        #[test]
        fn every_changed_digit_is_found(stem in "[1-9][0-9]{8}", place in 0usize..10, step in 1u8..10) {
            for (check, right) in completed(&stem) {
                let mut wrong = right.into_bytes();
                wrong[place] = (wrong[place] - b'0' + step) % 10 + b'0';
                prop_assert!(check(&String::from_utf8(wrong).unwrap()).is_err());
            }
        }

        #[test]
        fn every_exchange_of_neighbours_is_found(stem in "[1-9][0-9]{8}", place in 0usize..9) {
            for (check, right) in completed(&stem) {
                let mut wrong = right.into_bytes();
                prop_assume!(wrong[place] != wrong[place + 1]);
                wrong.swap(place, place + 1);
                prop_assert!(check(&String::from_utf8(wrong).unwrap()).is_err());
            }
        }

        #[test]
        fn every_changed_character_of_a_upn_is_found(stem in "[0-9]{11}[0-9A-HJ-NP-RT-Z]", place in 1usize..13, other in "[0-9]") {
            let letter = upn_check_letter(stem.as_bytes()).unwrap();
            let right = format!("{}{stem}", char::from(letter));
            let mut wrong = right.clone().into_bytes();
            wrong[place] = other.as_bytes()[0];
            let wrong = String::from_utf8(wrong).unwrap();
            // A temporary number's letter and a digit may share a value; that one exchange the scheme cannot see.
            prop_assume!(wrong != right && !(place == 12 && right.as_bytes()[12].is_ascii_uppercase()));
            prop_assert!(upn(&wrong).is_err());
        }
    }
}
