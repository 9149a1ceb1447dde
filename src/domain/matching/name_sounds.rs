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
    /// Every sound of a family name or of the given name a child is called by.
    pub(super) single: Vec<Sound>,
    /// Those of the family name and of the given name of one form, the lesser first.
    pub(super) pairs: Vec<(Sound, Sound)>,
    /// The same with middle names.
    pub(super) middle_pairs: Vec<(Sound, Sound)>,
    /// First sounds of the names themselves, not of their variants.
    pub(super) initials: Vec<u8>,
}

impl NameSounds {
    pub(super) fn of(forms: &[FoldedForm]) -> NameSounds {
        let mut sounds = NameSounds::default();
        forms.iter().for_each(|form| sounds.add(form));
        sort(&mut sounds.single);
        sort(&mut sounds.pairs);
        sort(&mut sounds.middle_pairs);
        sort(&mut sounds.initials);
        sounds
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
        let own = form.family.tokens().iter().chain(tokens.first());
        self.initials.extend(own.filter_map(|token| Sound::of(token)?.bytes().first().copied()));
        self.single.extend(family.into_iter().chain(given));
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
