//! The names people in England bear, by community, the commonest first.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::dice::{Dice, sums};
use crate::domain::sex::Sex;

/// How a community forms names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// One family name for all; given names and a middle name.
    Plain,
    /// Family names that differ for men and women.
    Slavic,
    /// Two family names, the father's and the mother's.
    Double,
    /// `Muhammad` before the name a boy is called by.
    Muslim,
    /// As [`Style::Muslim`], and sisters who are Begum or Khatun where their brothers are Miah.
    Bengali,
    /// Singh and Kaur between given and family name.
    Sikh,
    /// The father's given name as middle name, the grandfather's as family name.
    Patronymic,
    /// An English and a heritage name, in either order.
    DoubleHeritage,
    /// An English name in daily use beside the Chinese one.
    Chinese,
}

/// People whose names are formed alike.
pub(super) struct Community {
    /// Its code in the data files.
    pub(super) code: &'static str,
    /// How its names are formed.
    pub(super) style: Style,
    /// How many children in a hundred have a given name of the English list.
    pub(super) english_given: u32,
    /// How many children in a hundred have a middle name.
    pub(super) middle: u32,
    /// Family names.
    pub(super) family: NameList,
    girls: NameList,
    boys: NameList,
}

impl Community {
    /// The given names of one sex.
    pub(super) fn given(&self, sex: Sex) -> &NameList {
        if matches!(sex, Sex::F) { &self.girls } else { &self.boys }
    }

    /// Whether grown-ups here bear the names of the English list for adults.
    pub(super) fn has_english_adults(&self) -> bool {
        matches!(self.code, "english" | "welsh" | "scottish" | "caribbean")
    }
}

/// Names, the commonest first, drawn about as often as their rank says (Zipf's law, flattened at the top).
#[derive(Default)]
pub(super) struct NameList {
    names: Vec<&'static str>,
    sums: Vec<u32>,
}

impl NameList {
    fn new(names: Vec<&'static str>) -> Self {
        // The eight keeps the first names of a list from taking it over.
        let sums = sums((0..).take(names.len()).map(|rank: u32| 200_000 / (rank + 8)));
        Self { names, sums }
    }

    /// A name.
    pub(super) fn draw(&self, dice: &mut Dice) -> &'static str {
        self.names.get(dice.weighted(&self.sums)).copied().unwrap_or_default()
    }

    /// Whether a name is among them.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// All of them.
    #[cfg(test)]
    pub(super) fn all(&self) -> &[&'static str] {
        &self.names
    }
}

/// All names.
pub(super) struct Names {
    communities: Vec<Community>,
    sums: Vec<u32>,
    women: NameList,
    men: NameList,
    short_forms: HashMap<&'static str, Vec<&'static str>>,
    parts: HashMap<&'static str, Vec<&'static str>>,
}

/// The names of the data files.
pub(super) static NAMES: LazyLock<Names> = LazyLock::new(Names::load);

const FAMILY: &str = include_str!("names/family.tsv");
const GIVEN: &str = include_str!("names/given.tsv");
const COMMUNITIES: &str = include_str!("names/communities.tsv");
const SHORT_FORMS: &str = include_str!("names/nicknames.tsv");
const PARTS: &str = include_str!("names/parts.tsv");

impl Names {
    fn load() -> Self {
        let lines = || COMMUNITIES.lines().filter(|line| !line.starts_with('#'));
        let weights = lines().map(|line| line.split('\t').nth(1).and_then(|weight| weight.parse().ok()).unwrap_or(0));
        Self {
            communities: lines().filter_map(community).collect(),
            sums: sums(weights),
            women: NameList::new(list(GIVEN, "adult\tF")),
            men: NameList::new(list(GIVEN, "adult\tM")),
            short_forms: table(SHORT_FORMS),
            parts: table(PARTS),
        }
    }

    /// The community of a family, as likely as its share of England's children.
    pub(super) fn community(&self, dice: &mut Dice) -> &Community {
        let drawn = dice.weighted(&self.sums);
        self.communities.get(drawn).unwrap_or_else(|| self.english())
    }

    /// The first community of the list, the English.
    pub(super) fn english(&self) -> &Community {
        static NOBODY: LazyLock<Community> = LazyLock::new(|| Community {
            code: "",
            style: Style::Plain,
            english_given: 0,
            middle: 0,
            family: NameList::default(),
            girls: NameList::default(),
            boys: NameList::default(),
        });
        self.communities.first().unwrap_or(&NOBODY)
    }

    /// The given name of a grown-up.
    pub(super) fn adult(&self, dice: &mut Dice, community: &Community, sex: Sex) -> &'static str {
        let english = if matches!(sex, Sex::F) { &self.women } else { &self.men };
        let list = if community.has_english_adults() { english } else { community.given(sex) };
        list.draw(dice)
    }

    /// Short and other forms of a given name.
    pub(super) fn short_forms(&self, given: &str) -> &[&'static str] {
        self.short_forms.get(given).map(Vec::as_slice).unwrap_or_default()
    }

    /// A short or other form of a given name, if it has any.
    pub(super) fn short_form(&self, dice: &mut Dice, given: &str) -> Option<&'static str> {
        self.short_forms.get(given).map(|forms| dice.one_of(forms))
    }

    /// One of the parts that names are composed of.
    pub(super) fn part(&self, dice: &mut Dice, kind: &str) -> &'static str {
        self.parts.get(kind).map(|parts| dice.one_of(parts)).unwrap_or_default()
    }

    /// All communities.
    #[cfg(test)]
    pub(super) fn communities(&self) -> &[Community] {
        &self.communities
    }
}

fn community(line: &'static str) -> Option<Community> {
    let mut fields = line.split('\t');
    let (code, _weight, style) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Community {
        code,
        style: style_of(style)?,
        english_given: fields.next()?.parse().ok()?,
        middle: fields.next()?.parse().ok()?,
        family: NameList::new(list(FAMILY, code)),
        girls: NameList::new(list(GIVEN, &format!("{code}\tF"))),
        boys: NameList::new(list(GIVEN, &format!("{code}\tM"))),
    })
}

fn style_of(word: &str) -> Option<Style> {
    Some(match word {
        "plain" => Style::Plain,
        "slavic" => Style::Slavic,
        "double" => Style::Double,
        "muslim" => Style::Muslim,
        "bengali" => Style::Bengali,
        "sikh" => Style::Sikh,
        "patronymic" => Style::Patronymic,
        "double-heritage" => Style::DoubleHeritage,
        "chinese" => Style::Chinese,
        _ => return None,
    })
}

/// The names on all lines that begin with `key`, each once.
fn list(text: &'static str, key: &str) -> Vec<&'static str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('\t'));
    let mut names = Vec::new();
    for name in lines.flat_map(|names| names.split(',')) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn table(text: &'static str) -> HashMap<&'static str, Vec<&'static str>> {
    text.lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(key, names)| (key, names.split(',').collect()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::dice::Purpose;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn there_are_enough_names_and_every_community_has_its_own() {
        let lines = COMMUNITIES.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(NAMES.communities().len(), lines, "every line is read");
        let (mut family, mut given) = (HashSet::<&str>::new(), HashSet::<&str>::new());
        for community in NAMES.communities() {
            assert!(community.family.all().len() >= 14, "{}", community.code);
            for sex in [Sex::F, Sex::M] {
                assert!(community.given(sex).all().len() >= 14, "{}", community.code);
                given.extend(community.given(sex).all().iter().copied());
            }
            family.extend(community.family.all().iter().copied());
        }
        assert!(family.len() >= 1_500, "{}", family.len());
        assert!(given.len() >= 1_500, "{}", given.len());
    }

    #[test]
    fn every_line_of_names_belongs_to_a_community() {
        let codes: HashSet<_> = NAMES.communities().iter().map(|community| community.code).collect();
        for line in FAMILY.lines().chain(GIVEN.lines()) {
            let code = line.split('\t').next().unwrap();
            assert!(codes.contains(code) || code == "adult", "{code}");
            assert!(
                line.split('\t').next_back().unwrap().split(',').all(|name| !name.is_empty() && name.trim() == name)
            );
        }
    }

    #[test]
    fn common_names_are_common() {
        let mut dice = Dice::new(42, Purpose::Household(0));
        let drawn: Vec<_> = (0..10_000).map(|_| NAMES.english().family.draw(&mut dice)).collect();
        let count = |name| drawn.iter().filter(|drawn| **drawn == name).count();
        assert!(count("Smith") > 150 && count("Smith") < 500, "{}", count("Smith"));
        assert!(count("Featherstonehaugh") < 20);
        assert!(drawn.iter().collect::<HashSet<_>>().len() > 500);
    }
}
