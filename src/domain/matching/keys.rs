//! Keys: keyed hashes of parts of a child's facts, by which the index finds candidates without knowing any fact.
//!
//! Two records that may be the same child share some key; the table of keys leaks no names, because the hash is keyed.

use std::fmt;

use chrono::Datelike;
use siphasher::sip::SipHasher13;

use super::{
    features::{Birth, Features, Place},
    name_sounds::NameSounds,
    profiles::Profile,
    queries::QueriedDate,
};

/// The secret under which keys are hashed. One index has one; changing it means deriving every key anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeySecret([u8; 16]);

impl KeySecret {
    /// The secret of these bytes, which must be random.
    pub const fn new(bytes: [u8; 16]) -> Self {
        KeySecret(bytes)
    }

    /// The secret of the hidden class of keys, derived from this one.
    ///
    /// A shielded child has keys of its visible facts under the plain secret and keys of all its facts under this
    /// one. Ordinary searches look under the plain secret alone and so cannot meet a hidden fact; registration and
    /// loading look under both, so that a feed row with an old name or address is recognised and held instead of
    /// making a second, unshielded record.
    #[must_use]
    pub fn hidden(&self) -> KeySecret {
        let mut bytes = [0; 16];
        let (first, second) = bytes.split_at_mut(8);
        first.copy_from_slice(&self.hash(b"hidden keys, first half").to_le_bytes());
        second.copy_from_slice(&self.hash(b"hidden keys, second half").to_le_bytes());
        KeySecret(bytes)
    }

    /// The secret of the class of keys of mothers, derived from this one: a search for a child never looks there.
    #[must_use]
    pub fn maternal(&self) -> KeySecret {
        let mut bytes = [0; 16];
        let (first, second) = bytes.split_at_mut(8);
        first.copy_from_slice(&self.hash(b"keys of mothers, first half").to_le_bytes());
        second.copy_from_slice(&self.hash(b"keys of mothers, second half").to_le_bytes());
        KeySecret(bytes)
    }

    /// The secret of verification codes, derived from this one: what is said on the telephone is kept under it.
    #[must_use]
    pub(in crate::domain) fn bytes_for_codes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (first, second) = bytes.split_at_mut(8);
        first.copy_from_slice(&self.hash(b"verification codes, first half").to_le_bytes());
        second.copy_from_slice(&self.hash(b"verification codes, second half").to_le_bytes());
        bytes
    }

    /// The keyed hash of some bytes.
    pub(crate) fn hash(&self, bytes: &[u8]) -> u64 {
        SipHasher13::new_with_key(&self.0).hash(bytes)
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret(…)")
    }
}

/// A 48-bit keyed hash, stored in a BigInt: never negative, and six bytes in an SQLite row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub i64);

/// What a key is made of. Its number is hashed into the key, so it must not change in a living index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// A name's sound, year and month of birth.
    SoundYearMonth,
    /// A name's sound, year and day of birth.
    SoundYearDay,
    /// A name's sound, day and month in either order.
    SoundDayMonth,
    /// A name's sound, the first sound of the other name, year and month: a slip in one name and in the day.
    InitialYearMonth,
    /// The same with year and day.
    InitialYearDay,
    /// The same with day and month in either order.
    InitialDayMonth,
    /// First sound of a name and date, day and month in either order.
    InitialDate,
    /// Two sounds of one name and the year.
    PairYear,
    /// Two sounds of one name and the outward code.
    PairOutward,
    /// Two sounds of one name and the inward code: a slip in the first half of a postcode.
    PairInward,
    /// A full postcode.
    Postcode,
    /// A name's sound and the outward code.
    SoundOutward,
    /// An identifier.
    Identifier,
    /// A date alone. Wide.
    Date,
    /// Two sounds of one name. Wide.
    Pair,
    /// What follows the first sound of a name, and date, day and month in either order: a slip in the first letter.
    TailDate,
}

impl KeyKind {
    const fn number(self) -> u8 {
        match self {
            KeyKind::SoundYearMonth => 1,
            KeyKind::SoundYearDay => 2,
            KeyKind::SoundDayMonth => 3,
            KeyKind::InitialYearMonth => 4,
            KeyKind::InitialYearDay => 5,
            KeyKind::InitialDayMonth => 6,
            KeyKind::InitialDate => 7,
            KeyKind::PairYear => 8,
            KeyKind::PairOutward => 9,
            KeyKind::PairInward => 10,
            KeyKind::Postcode => 11,
            KeyKind::SoundOutward => 12,
            KeyKind::Identifier => 13,
            KeyKind::Date => 14,
            KeyKind::Pair => 15,
            KeyKind::TailDate => 16,
        }
    }
}

/// A key under construction: its kind and parts, each part ended so that no two lists of parts read alike.
pub(super) struct KeyMaker<'a> {
    secret: &'a KeySecret,
    buffer: Vec<u8>,
}

impl<'a> KeyMaker<'a> {
    pub(super) fn new(secret: &'a KeySecret) -> Self {
        KeyMaker { secret, buffer: Vec::with_capacity(64) }
    }

    pub(super) fn key(&mut self, kind: KeyKind, parts: &[&[u8]]) -> Key {
        self.buffer.clear();
        self.buffer.push(kind.number());
        for part in parts {
            self.buffer.extend_from_slice(part);
            self.buffer.push(0xff);
        }
        // Sixteen bits are dropped: 48 keep strangers apart and rows small.
        Key(i64::try_from(self.secret.hash(&self.buffer) >> 16).unwrap_or_default())
    }
}

/// A date's parts as bytes, in the forms the keys use.
#[derive(Clone, Copy)]
pub(super) struct DateParts {
    pub(super) year: [u8; 2],
    pub(super) month: u8,
    pub(super) day: u8,
}

impl DateParts {
    pub(super) fn of(date: QueriedDate) -> Self {
        DateParts { year: date.year().to_be_bytes(), month: date.month(), day: date.day() }
    }

    pub(super) fn year_month(self) -> [u8; 3] {
        let [century, year] = self.year;
        [century, year, self.month]
    }

    pub(super) fn year_day(self) -> [u8; 3] {
        let [century, year] = self.year;
        [century, year, self.day]
    }

    /// Day and month in rising order, so that swapped dates meet.
    pub(super) fn day_month(self) -> [u8; 2] {
        [self.month.min(self.day), self.month.max(self.day)]
    }
}

/// Appends every key of a child, sorted and each once, about 29 for most. What the profile does not show makes no key.
pub fn child_keys(profile: &Profile, secret: &KeySecret, out: &mut Vec<Key>) {
    let start = out.len();
    let features = Features::from(profile);
    let mut maker = KeyMaker::new(secret);
    let sounds = NameSounds::of(&features.forms);
    if let Birth::On(date) = features.birth {
        date_keys(&mut maker, &sounds, DateParts::of(date), out);
    }
    for (one, other) in &sounds.pairs {
        out.push(maker.key(KeyKind::Pair, &[&one.bytes(), &other.bytes()]));
    }
    for place in &features.places {
        place_keys(&mut maker, &sounds, place, out);
    }
    for identifier in &features.identifiers {
        out.push(maker.key(KeyKind::Identifier, &[identifier.system.as_bytes(), identifier.value.as_bytes()]));
    }
    let mut own = out.split_off(start);
    own.sort_unstable();
    own.dedup();
    own.truncate(MAX_CHILD_KEYS);
    out.append(&mut own);
}

/// The most keys one child can have, however many names and addresses it has had.
pub const MAX_CHILD_KEYS: usize = 640;

fn date_keys(maker: &mut KeyMaker<'_>, sounds: &NameSounds, date: DateParts, out: &mut Vec<Key>) {
    for sound in &sounds.single {
        out.push(maker.key(KeyKind::SoundYearMonth, &[&sound.bytes(), &date.year_month()]));
        out.push(maker.key(KeyKind::SoundYearDay, &[&sound.bytes(), &date.year_day()]));
        out.push(maker.key(KeyKind::SoundDayMonth, &[&sound.bytes(), &date.day_month()]));
    }
    for (sound, initial) in sounds.with_initials() {
        out.push(maker.key(KeyKind::InitialYearMonth, &[&sound.bytes(), &[initial], &date.year_month()]));
        out.push(maker.key(KeyKind::InitialYearDay, &[&sound.bytes(), &[initial], &date.year_day()]));
        out.push(maker.key(KeyKind::InitialDayMonth, &[&sound.bytes(), &[initial], &date.day_month()]));
    }
    for initial in &sounds.initials {
        out.push(maker.key(KeyKind::InitialDate, &[&[*initial], &date.year, &date.day_month()]));
    }
    for tail in &sounds.tails {
        out.push(maker.key(KeyKind::TailDate, &[tail, &date.year, &date.day_month()]));
    }
    for (one, other) in sounds.pairs.iter().chain(&sounds.middle_pairs) {
        out.push(maker.key(KeyKind::PairYear, &[&one.bytes(), &other.bytes(), &date.year]));
    }
    out.push(maker.key(KeyKind::Date, &[&date.year, &[date.month, date.day]]));
}

fn place_keys(maker: &mut KeyMaker<'_>, sounds: &NameSounds, place: &Place, out: &mut Vec<Key>) {
    let (outward, inward) = place.text.halves();
    let (outward, inward) = (outward.as_bytes(), inward.map(str::as_bytes));
    for (one, other) in &sounds.pairs {
        out.push(maker.key(KeyKind::PairOutward, &[&one.bytes(), &other.bytes(), outward]));
    }
    if let Some(inward) = inward {
        out.push(maker.key(KeyKind::Postcode, &[outward, inward]));
    }
    // An old address is asked for whole, or not at all.
    if place.former {
        return;
    }
    for sound in &sounds.single {
        out.push(maker.key(KeyKind::SoundOutward, &[&sound.bytes(), outward]));
    }
    for (one, other) in inward.iter().flat_map(|_| &sounds.own_pairs) {
        out.push(maker.key(KeyKind::PairInward, &[&one.bytes(), &other.bytes(), inward.unwrap_or_default()]));
    }
}

/// The years a birth may lie in, for keys that hold a year.
pub(super) fn years(first: chrono::NaiveDate, last: chrono::NaiveDate) -> impl Iterator<Item = [u8; 2]> {
    (first.year()..=last.year()).filter_map(|year| u16::try_from(year).ok()).map(u16::to_be_bytes)
}
