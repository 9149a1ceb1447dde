//! Names that are forms of one another: nicknames, transliterations and spellings, from the table beside this file.

use std::sync::LazyLock;

use super::{hashing::FastMap, sounds::Sound};

/// The table: one group a line, columns use, origin and the names. Reviewed by people; see its head for its sources.
const TABLE: &str = include_str!("variants.tsv");

/// Which part of a name a group is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamePart {
    /// Given names.
    Given,
    /// Family names.
    Family,
}

/// A group of names that stand for one another. The first name of a group is its head.
pub type GroupId = u16;

/// The parsed table.
#[derive(Debug)]
pub struct Variants {
    given: FastMap<&'static str, Vec<GroupId>>,
    family: FastMap<&'static str, Vec<GroupId>>,
    head_sounds: Vec<Sound>,
}

static VARIANTS: LazyLock<Variants> = LazyLock::new(|| Variants::parse(TABLE));

impl Variants {
    /// The table that ships with the source, parsed once.
    pub fn shipped() -> &'static Variants {
        &VARIANTS
    }

    fn parse(table: &'static str) -> Variants {
        let mut variants = Variants { given: FastMap::default(), family: FastMap::default(), head_sounds: Vec::new() };
        for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let (Some(part), Some(_origin), Some(names)) = (columns.next(), columns.next(), columns.next()) else {
                continue;
            };
            let Some(head) = names.split(' ').next().and_then(Sound::of) else { continue };
            let Ok(group) = GroupId::try_from(variants.head_sounds.len()) else { break };
            variants.head_sounds.push(head);
            for name in names.split(' ').filter(|name| !name.is_empty()) {
                if matches!(part, "given" | "both") {
                    variants.given.entry(name).or_default().push(group);
                }
                if matches!(part, "family" | "both") {
                    variants.family.entry(name).or_default().push(group);
                }
            }
        }
        variants
    }

    /// The groups a folded token belongs to; a name may be in several.
    pub fn groups(&self, part: NamePart, token: &str) -> &[GroupId] {
        let names = match part {
            NamePart::Given => &self.given,
            NamePart::Family => &self.family,
        };
        names.get(token).map(Vec::as_slice).unwrap_or_default()
    }

    /// How the head of a group sounds.
    pub fn head_sound(&self, group: GroupId) -> Option<Sound> {
        self.head_sounds.get(usize::from(group)).copied()
    }

    /// Whether two different folded tokens are forms of one name.
    pub fn are_variants(&self, part: NamePart, one: &str, other: &str) -> bool {
        let others = self.groups(part, other);
        !others.is_empty() && self.groups(part, one).iter().any(|group| others.contains(group))
            || part == NamePart::Family && feminine_of(one, other)
            || part == NamePart::Family && feminine_of(other, one)
    }
}

/// Slavic family names that end differently for a daughter: Kowalski and Kowalska, Ivanov and Ivanova.
fn feminine_of(feminine: &str, masculine: &str) -> bool {
    let Some(stem) = feminine.strip_suffix('a').filter(|stem| stem.len() >= 4) else {
        return false;
    };
    let takes_only_a = ["ov", "ev", "in"].iter().any(|ending| stem.ends_with(ending));
    let changes_i = ["sk", "ck", "zk"].iter().any(|ending| stem.ends_with(ending));
    (takes_only_a && masculine == stem)
        || (changes_i && masculine.strip_suffix(['i', 'y']).is_some_and(|other| other == stem))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::matching::folds::FoldedName;

    fn lines() -> impl Iterator<Item = Vec<&'static str>> {
        TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
    }

    #[test]
    fn every_line_is_a_group_of_folded_names() {
        for line in lines() {
            let [part, origin, names] = line.as_slice() else { panic!("three columns: {line:?}") };
            assert!(["given", "family", "both"].contains(part), "{line:?}");
            assert!(!origin.is_empty(), "{line:?}");
            let names: Vec<&str> = names.split(' ').collect();
            assert!(names.len() >= 2, "{line:?}");
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "twice the same: {line:?}");
            for name in names {
                assert_eq!(FoldedName::family(name).whole(), name, "{line:?}");
            }
        }
    }

    #[test]
    fn the_whole_table_is_read() {
        let variants = Variants::shipped();
        assert_eq!(variants.head_sounds.len(), lines().count());
        assert!(lines().count() > 1_000);
        for origin in ["arabic", "south-asian", "african", "polish", "turkish", "chinese", "irish", "welsh", "english"]
        {
            assert!(lines().any(|line| line[1] == origin), "{origin}");
        }
    }

    #[test]
    fn a_name_may_be_in_several_groups() {
        let variants = Variants::shipped();
        assert!(variants.groups(NamePart::Given, "alex").len() >= 2);
        assert!(variants.are_variants(NamePart::Given, "alex", "alexander"));
        assert!(variants.are_variants(NamePart::Given, "alex", "alexandra"));
        assert!(!variants.are_variants(NamePart::Given, "alexander", "alexandra"));
    }

    #[test]
    fn nicknames_are_no_family_names() {
        let variants = Variants::shipped();
        assert!(variants.are_variants(NamePart::Given, "jack", "john"));
        assert!(!variants.are_variants(NamePart::Family, "jack", "john"));
        assert!(variants.are_variants(NamePart::Family, "smyth", "smith"));
    }

    #[test]
    fn a_daughters_family_name_is_a_variant_of_her_fathers() {
        let variants = Variants::shipped();
        for (daughter, father) in [("krawiecka", "krawiecki"), ("sidorova", "sidorov"), ("gorska", "gorsky")] {
            assert!(variants.are_variants(NamePart::Family, daughter, father), "{daughter}");
            assert!(variants.are_variants(NamePart::Family, father, daughter), "{daughter}");
        }
        assert!(!variants.are_variants(NamePart::Family, "anna", "anni"));
    }
}
