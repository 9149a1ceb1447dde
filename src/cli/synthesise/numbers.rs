//! Numbers that nobody has: NHS numbers of the range for tests, UPNs and ULNs with valid checks, and the telephone
//! numbers that Ofcom keeps for drama.

use super::dice::Shuffle;
use crate::domain::identifiers::{Identifier, IdentifierSystem};
use crate::domain::phone_numbers::PhoneNumber;

/// How many different NHS numbers there are below: nine of each ten in the range, as some have no check digit.
const NHS_NUMBERS: u64 = 900_000;

/// Identifiers by the number of the child.
pub(super) struct Registers {
    nhs: Shuffle,
    upn: Shuffle,
    temporary_upn: Shuffle,
    uln: Shuffle,
}

impl Registers {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            nhs: Shuffle::new(NHS_NUMBERS, seed),
            upn: Shuffle::new(1_000_000_000, seed ^ 1),
            temporary_upn: Shuffle::new(100_000_000, seed ^ 2),
            uln: Shuffle::new(899_999_999, seed ^ 3),
        }
    }

    /// An NHS number starting 999. Beyond [`NHS_NUMBERS`] children they repeat, since the range holds no more.
    pub(super) fn nhs_number(&self, child: u64) -> Option<Identifier> {
        let number = self.nhs.place(child);
        let (group, digit) = (number / 9, number % 9);
        // Of ten stems that differ in their last digit at most one has no check digit; then the tenth takes its place.
        [digit, 9]
            .iter()
            .find_map(|digit| Identifier::complete(IdentifierSystem::NhsNumber, &format!("999{group:05}{digit}")).ok())
    }

    /// A UPN issued in the area with this position; no two children share one.
    pub(super) fn upn(&self, child: u64, area: usize) -> Option<Identifier> {
        let serial = self.upn.place(child);
        Identifier::complete(IdentifierSystem::Upn, &format!("{:03}{serial:09}", authority(area))).ok()
    }

    /// A temporary UPN, as a school gives one until it learns the child's own.
    pub(super) fn temporary_upn(&self, child: u64, area: usize) -> Option<Identifier> {
        let serial = self.temporary_upn.place(child);
        Identifier::complete(IdentifierSystem::Upn, &format!("{:03}{serial:08}A", authority(area))).ok()
    }

    /// The unique learner number of a young person, for the ten in eleven whose stem has a check digit.
    pub(super) fn uln(&self, child: u64) -> Option<Identifier> {
        Identifier::complete(IdentifierSystem::Uln, &(100_000_000 + self.uln.place(child)).to_string()).ok()
    }
}

/// The three digits that name an authority in a UPN; 201 to 938 are in use.
fn authority(area: usize) -> usize {
    201 + area * 4 % 730
}

/// Numbers in one range.
const IN_RANGE: u64 = 1_000;

/// Telephone numbers kept for drama by Ofcom (Telephone numbers for use in TV and radio drama programmes), each prefix
/// followed by three digits. The lower half of each geographic range is for organisations, the upper for homes.
const GEOGRAPHIC: [&str; 12] = [
    "01632 960",
    "0113 496 0",
    "0114 496 0",
    "0115 496 0",
    "0116 496 0",
    "0117 496 0",
    "0118 496 0",
    "0121 496 0",
    "0151 496 0",
    "0161 496 0",
    "0191 498 0",
    "020 7946 0",
];
const MOBILE: &str = "07700 900";

/// How many households can have a number of their own.
pub(super) const HOME_NUMBERS: u64 = IN_RANGE + 12 * IN_RANGE / 2;

/// The telephone number of a home: mobiles first, each number once. None past [`HOME_NUMBERS`], because a number in two
/// homes would make one household of them, shields included.
pub(super) fn home_phone(number: u64) -> Option<PhoneNumber> {
    if let Some(landline) = number.checked_sub(IN_RANGE) {
        let range = usize::try_from(landline % 12).ok()?;
        let last = IN_RANGE / 2 + landline / 12;
        return if last < IN_RANGE { phone(GEOGRAPHIC.get(range)?, last) } else { None };
    }
    phone(MOBILE, number * 733 % IN_RANGE)
}

/// A telephone number of an organisation, from the range of its area; many share one.
pub(super) fn work_phone(prefix: &str, number: u64) -> Option<PhoneNumber> {
    phone(prefix, number % (IN_RANGE / 2))
}

fn phone(prefix: &str, last: u64) -> Option<PhoneNumber> {
    PhoneNumber::parse(&format!("{prefix}{last:03}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn nhs_numbers_are_in_the_test_range_and_differ() {
        let registers = Registers::new(42);
        let mut seen = HashSet::new();
        for child in (0..NHS_NUMBERS).step_by(7) {
            let identifier = registers.nhs_number(child).unwrap();
            assert!(identifier.value().starts_with("999"));
            assert!(seen.insert(identifier.value().to_owned()), "{child}");
        }
        assert_eq!(registers.nhs_number(3), registers.nhs_number(3 + NHS_NUMBERS));
    }

    #[test]
    fn upns_and_ulns_have_valid_checks_and_differ() {
        let registers = Registers::new(42);
        let mut seen = HashSet::new();
        let mut ulns = 0;
        for child in 0..5_000 {
            for upn in [registers.upn(child, 150), registers.temporary_upn(child, 150)] {
                let upn = upn.unwrap();
                assert_eq!(Identifier::parse(IdentifierSystem::Upn, upn.value()), Ok(upn.clone()));
                assert!(seen.insert(upn.value().to_owned()));
            }
            if let Some(uln) = registers.uln(child) {
                ulns += 1;
                assert!(seen.insert(uln.value().to_owned()));
            }
        }
        assert!(ulns > 4_300, "{ulns}");
    }

    #[test]
    fn home_numbers_are_for_drama_and_for_one_home_each() {
        let mut seen = HashSet::new();
        for number in 0..HOME_NUMBERS {
            let phone = home_phone(number).unwrap();
            let in_range = |prefix: &str| phone.as_str().strip_prefix(prefix).is_some_and(|rest| rest.len() == 3);
            assert!(in_range(MOBILE) || GEOGRAPHIC.iter().any(|prefix| in_range(prefix)), "{phone}");
            assert!(seen.insert(phone.comparable()), "{phone}");
        }
        assert_eq!(home_phone(HOME_NUMBERS), None);
        for number in 0..2_000 {
            for prefix in GEOGRAPHIC {
                assert!(!seen.contains(&work_phone(prefix, number).unwrap().comparable()));
            }
        }
    }
}
