//! The sounds under which a child's names are looked up: of each name, of the full forms of nicknames, and in pairs.

use super::{
    features::FoldedForm,
    folds::FoldedName,
    given_names::without_leading,
    sounds::Sound,
    variants::{NamePart, Variants},
};

/// The sounds of a record or query, by the part they play; each list sorted, each entry once.
#[derive(Debug, Default)]
pub(super) struct NameSounds {
    /// Those of family names, of their halves and variants' heads, and those of the given names a child is called by.
    pub(super) single: Vec<Sound>,
    /// Those of the family name and of the given name of one form, the lesser first.
    pub(super) pairs: Vec<(Sound, Sound)>,
    /// The same of the names themselves, without their variants' heads.
    pub(super) own_pairs: Vec<(Sound, Sound)>,
    /// The family name's sound with a middle name's, the lesser first.
    pub(super) middle_pairs: Vec<(Sound, Sound)>,
    /// First sounds of the names themselves.
    pub(super) initials: Vec<u8>,
    /// What follows the first sounds of the names themselves, where anything does.
    pub(super) tails: Vec<[u8; 3]>,
}

impl NameSounds {
    pub(super) fn of(forms: &[FoldedForm]) -> NameSounds {
        let mut sounds = NameSounds::default();
        forms.iter().for_each(|form| sounds.add(form));
        sort(&mut sounds.single);
        sort(&mut sounds.pairs);
        sort(&mut sounds.own_pairs);
        sort(&mut sounds.middle_pairs);
        sort(&mut sounds.initials);
        sort(&mut sounds.tails);
        sounds
    }

    /// Each own sound with the first sound of the other name it goes with.
    pub(super) fn with_initials(&self) -> impl Iterator<Item = (Sound, u8)> + '_ {
        self.own_pairs.iter().flat_map(|(one, other)| [(*one, other.first()), (*other, one.first())])
    }

    fn add(&mut self, form: &FoldedForm) {
        let family = family_sounds(&form.family);
        let tokens = form.given.tokens();
        let mut given = Vec::with_capacity(4);
        add_token(&mut given, tokens.first(), NamePart::Given);
        add_token(&mut given, without_leading(tokens).and_then(|called| called.first()), NamePart::Given);
        sort(&mut given);
        let middle: Vec<Sound> = tokens.iter().skip(1).filter_map(|token| Sound::of(token)).collect();
        self.pairs.extend(pairs(&family, &given));
        self.middle_pairs.extend(pairs(&family, &middle));
        let own_family: Vec<Sound> = form.family.tokens().iter().filter_map(|token| Sound::of(token)).collect();
        let called = without_leading(tokens).and_then(|called| called.first());
        let own_given: Vec<Sound> =
            tokens.first().into_iter().chain(called).filter_map(|token| Sound::of(token)).collect();
        self.own_pairs.extend(pairs(&own_family, &own_given));
        self.initials.extend(own_family.iter().chain(&own_given).map(|sound| sound.first()));
        self.tails.extend(own_family.iter().chain(&own_given).filter_map(|sound| sound.tail()));
        self.single.extend(family.into_iter().chain(own_given));
    }
}

/// The sounds of each half, of their variants' heads, and of all words together.
fn family_sounds(name: &FoldedName) -> Vec<Sound> {
    let mut sounds = Vec::with_capacity(4);
    name.tokens().iter().for_each(|token| add_token(&mut sounds, Some(token), NamePart::Family));
    sounds.extend(name.joined().and_then(Sound::of));
    sort(&mut sounds);
    sounds
}

/// A token's own sound, and those of the heads of its variants' groups: a nickname and the full name meet there.
fn add_token(sounds: &mut Vec<Sound>, token: Option<&String>, part: NamePart) {
    let Some(token) = token else { return };
    let variants = Variants::shipped();
    sounds.extend(Sound::of(token));
    sounds.extend(variants.groups(part, token).iter().filter_map(|group| variants.head_sound(*group)));
}

fn pairs<'a>(family: &'a [Sound], given: &'a [Sound]) -> impl Iterator<Item = (Sound, Sound)> + 'a {
    family.iter().flat_map(|one| given.iter().map(move |other| (*one.min(other), *one.max(other))))
}

fn sort<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}
