//! How well one field of two records agrees: the evidence it gives, and in what way.

use super::weights::Bits;
use crate::domain::codes::codes;

codes! {
    /// A field that is compared.
    pub enum Field {
        /// Family name.
        FamilyName => "family_name",
        /// Given names, middle ones included.
        GivenName => "given_name",
        /// Date of birth, or the range or age given for it.
        DateOfBirth => "date_of_birth",
        /// Sex.
        Sex => "sex",
        /// Postcode.
        Postcode => "postcode",
        /// Identifier.
        Identifier => "identifier",
    }
}

codes! {
    /// In what way a field matched.
    pub enum How {
        /// The same, after folding.
        Exact => "exact",
        /// Nearly the same: a slip, a half, an initial, a part of the date or of the postcode.
        Similar => "similar",
        /// Written differently, sounding alike.
        SoundsLike => "sounds-like",
        /// A nickname, transliteration or other form of the same name.
        Variant => "variant",
        /// Family and given name, or day and month, in each other's place.
        Swapped => "swapped",
        /// A former name or an earlier address.
        Former => "former",
    }
}

/// The outcome of one comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Agreement {
    /// The evidence.
    pub(super) bits: Bits,
    /// In what way it matched; `None` where it did not.
    pub(super) how: Option<How>,
}

impl Agreement {
    pub(super) fn matched(bits: Bits, how: How) -> Self {
        Agreement { bits, how: Some(how) }
    }

    pub(super) fn differing(bits: Bits) -> Self {
        Agreement { bits, how: None }
    }

    /// Whichever speaks more for one child; the first where they are equal.
    pub(super) fn better(self, other: Self) -> Self {
        if other.bits.stranger > self.bits.stranger { other } else { self }
    }

    /// Adds the cost of a rare way to agree, such as by a former name.
    pub(super) fn at_cost(mut self, cost: Bits) -> Self {
        self.bits += cost;
        self
    }
}
