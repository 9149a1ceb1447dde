//! Households: what brothers and sisters share (a carer, an address, a telephone number), as keyed hashes.

use crate::domain::children::{AddressState, Carer, Child};
use crate::domain::matching::folds::FoldedName;
use crate::domain::matching::{Key, KeySecret};
use crate::domain::phone_numbers::PhoneNumber;

/// The keys a child shares with everybody of its household, sorted, each once. Carers are told apart by their name
/// together with a contact or an address: two Mohammed Alis are not one household.
#[must_use]
pub fn household_keys(child: &Child, secret: &KeySecret) -> Vec<Key> {
    let mut keys = Vec::with_capacity(6);
    let address = address_of(child);
    keys.extend(address.as_ref().map(|address| key(secret, "address", &[address])));
    for carer in &child.carers {
        let reached = Reached::of(carer);
        keys.extend(reached.keys(secret));
        keys.extend(reached.with_name(secret, carer));
        keys.extend(address.as_ref().map(|address| named_at(secret, carer, address)));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What a carer is known by, on whatever record names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarerKeys {
    /// The person: their name together with a contact or a home, and their name on this very record.
    pub person: Vec<Key>,
    /// Which of these is with the home.
    at_home: Option<Key>,
    /// What leads to them under any name: telephone and e-mail address.
    contacts: Vec<Key>,
}

impl CarerKeys {
    /// Everything that the carer is known or reached by.
    #[must_use]
    pub fn all(&self) -> Vec<Key> {
        [self.person.as_slice(), &self.contacts].concat()
    }

    /// The same without the home, which others share.
    pub fn beside_the_home(&self) -> impl Iterator<Item = Key> {
        self.person.iter().chain(&self.contacts).copied().filter(|key| Some(*key) != self.at_home)
    }
}

/// What a carer of a child is known by.
#[must_use]
pub fn carer_keys(child: &Child, carer: &Carer, secret: &KeySecret) -> CarerKeys {
    let reached = Reached::of(carer);
    let at_home = address_of(child).map(|address| named_at(secret, carer, &address));
    let mut person: Vec<Key> = reached.with_name(secret, carer).collect();
    person.extend(at_home);
    let name = FoldedName::family(&carer.name);
    person.push(key(secret, "carer-on", &[&child.record.id.0.to_string(), name.whole()]));
    CarerKeys { person, at_home, contacts: reached.keys(secret).collect() }
}

/// The home of a child as everybody of its household has it; none where it has none.
#[must_use]
pub fn home_key(child: &Child, secret: &KeySecret) -> Option<Key> {
    address_of(child).map(|address| key(secret, "address", &[&address]))
}

/// How a carer is reached.
struct Reached {
    phone: Option<String>,
    email: Option<String>,
}

impl Reached {
    fn of(carer: &Carer) -> Self {
        let phone = carer.phone.as_deref().and_then(|phone| PhoneNumber::parse(phone).ok());
        Self { phone: phone.map(|phone| phone.comparable()), email: carer.email.as_deref().map(str::to_lowercase) }
    }

    /// Shared by whoever is reached so.
    fn keys(&self, secret: &KeySecret) -> impl Iterator<Item = Key> {
        let phone = self.phone.as_ref().map(|phone| key(secret, "phone", &[phone]));
        phone.into_iter().chain(self.email.as_ref().map(|email| key(secret, "email", &[email])))
    }

    /// Shared by whoever of that name is reached so.
    fn with_name(&self, secret: &KeySecret, carer: &Carer) -> impl Iterator<Item = Key> {
        let contacts = [&self.phone, &self.email].into_iter().flatten();
        contacts.map(|contact| named_at(secret, carer, contact)).collect::<Vec<_>>().into_iter()
    }
}

fn named_at(secret: &KeySecret, carer: &Carer, place: &str) -> Key {
    key(secret, "carer", &[FoldedName::family(&carer.name).whole(), place])
}

/// Postcode and the first line without spaces and case: what is written the same by everybody most of the time. A
/// place the family has left is nobody's household.
fn address_of(child: &Child) -> Option<String> {
    let address = &child.record.address;
    let lives_there = matches!(address.state, AddressState::Current | AddressState::LastKnown);
    let postcode = address.postcode.as_ref().filter(|_| lives_there)?;
    let line: String =
        address.lines.first()?.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    (!line.is_empty()).then(|| format!("{postcode} {line}"))
}

fn key(secret: &KeySecret, kind: &str, parts: &[&str]) -> Key {
    let mut bytes = Vec::with_capacity(64);
    bytes.extend_from_slice(b"household ");
    bytes.extend_from_slice(kind.as_bytes());
    for part in parts {
        bytes.push(0xff);
        bytes.extend_from_slice(part.as_bytes());
    }
    // Sixteen bits are dropped, as for search keys.
    Key(i64::try_from(secret.hash(&bytes) >> 16).unwrap_or_default())
}
