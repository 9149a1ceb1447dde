//! What a child can be found by: its profile for the matcher and its keys, with whatever is hidden left out.

use crate::domain::children::{Child, ChildIdentifier, OtherName, OtherNameKind, Publication};
use crate::domain::matching::{ExactIdentifier, Key, KeySecret, NameForm, Profile, child_keys};

/// Everything the matcher may compare when it decides whether a registration is a child already here. Never for
/// answering a search.
#[must_use]
pub fn whole_profile(child: &Child) -> Profile {
    let record = &child.record;
    let mut names = vec![NameForm::current(record.name.family.as_str(), record.name.given.as_str())];
    let other = |other: &OtherName| name_form(other.kind, other.name.family.as_str(), other.name.given.as_str());
    names.extend(child.other_names.iter().map(other));
    Profile {
        names,
        date_of_birth: record.date_of_birth,
        sex: record.sex,
        postcode: record.address.postcode.as_ref().map(ToString::to_string),
        former_postcodes: Vec::new(),
        identifiers: child.identifiers.iter().filter(|each| each.status.is_current()).map(exact).collect(),
    }
}

/// Another name as the matcher takes it.
#[must_use]
pub fn name_form(kind: OtherNameKind, family: impl Into<String>, given: impl Into<String>) -> NameForm {
    match kind {
        OtherNameKind::Former => NameForm::former(family, given),
        OtherNameKind::AlsoKnownAs => NameForm::also_known_as(family, given),
    }
}

/// What a search may find the child by: of a shielded child its visible fields alone, and of nobody an address that
/// is still held.
#[must_use]
pub fn visible_profile(child: &Child) -> Profile {
    let record = &child.record;
    visible_part(whole_profile(child), record.address.held, record.shield.is_some())
}

/// The same of a whole profile.
#[must_use]
pub fn visible_part(whole: Profile, address_held: bool, shielded: bool) -> Profile {
    if shielded {
        return whole.visible_when_shielded();
    }
    Profile { postcode: whole.postcode.filter(|_| !address_held), ..whole }
}

/// The search keys of a child, sorted, each once. A shielded, sealed or held child has keys of all its facts in the
/// hidden class, where only registration and loading look, so that a row with its old name or address is recognised.
#[must_use]
pub fn search_keys(child: &Child, secret: &KeySecret) -> Vec<Key> {
    let mut keys = Vec::with_capacity(64);
    let record = &child.record;
    if record.publication != Publication::Held {
        child_keys(&visible_profile(child), secret, &mut keys);
    }
    if is_hidden(child) {
        let mut hidden = Vec::with_capacity(32);
        child_keys(&whole_profile(child), &secret.hidden(), &mut hidden);
        keys.append(&mut hidden);
        keys.sort_unstable();
        keys.dedup();
    }
    keys
}

/// Whether anything of the record is hidden from ordinary searches, so that it has keys of the hidden class.
#[must_use]
pub fn is_hidden(child: &Child) -> bool {
    let record = &child.record;
    record.shield.is_some() || record.publication == Publication::Held || record.address.held
}

fn exact(each: &ChildIdentifier) -> ExactIdentifier {
    ExactIdentifier::new(each.identifier.system().to_string(), each.identifier.value())
}
