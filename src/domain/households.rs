//! Households: what brothers and sisters share (a carer, an address, a telephone number), as keyed hashes.

use crate::domain::children::{AddressState, Child};
use crate::domain::matching::folds::FoldedName;
use crate::domain::matching::{Key, KeySecret};
use crate::domain::phone_numbers::PhoneNumber;

/// The keys a child shares with everybody of its household, sorted, each once. Carers are told apart by their name
/// together with a contact or an address: two Mohammed Alis are not one household.
#[must_use]
pub fn household_keys(child: &Child, secret: &KeySecret) -> Vec<Key> {
    let mut keys = Vec::with_capacity(6);
    let address = address_of(child);
    if let Some(address) = &address {
        keys.push(key(secret, "address", &[address]));
    }
    for carer in &child.carers {
        let phone =
            carer.phone.as_deref().and_then(|phone| PhoneNumber::parse(phone).ok()).map(|phone| phone.comparable());
        let email = carer.email.as_deref().map(str::to_lowercase);
        if let Some(phone) = &phone {
            keys.push(key(secret, "phone", &[phone]));
        }
        if let Some(email) = &email {
            keys.push(key(secret, "email", &[email]));
        }
        let name = FoldedName::family(&carer.name);
        for contact in [&phone, &email, &address].into_iter().flatten() {
            keys.push(key(secret, "carer", &[name.whole(), contact]));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
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
