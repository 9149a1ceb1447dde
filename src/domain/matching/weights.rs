//! Weights of agreement and disagreement, from the reviewed table beside this file.

use std::{collections::HashMap, ops::AddAssign, sync::LazyLock};

use super::levels::Levels;

/// The table; its head says what its columns mean and how it was made.
pub(super) const TABLE: &str = include_str!("weights.tsv");

/// Evidence in bits that two records are one child: against the two being strangers, siblings and twins.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bits {
    pub(super) stranger: f64,
    pub(super) sibling: f64,
    pub(super) twin: f64,
    /// The rows of the table that this was read from.
    pub(super) levels: Levels,
}

impl AddAssign for Bits {
    fn add_assign(&mut self, other: Bits) {
        self.stranger += other.stranger;
        self.sibling += other.sibling;
        self.twin += other.twin;
        self.levels.add(other.levels);
    }
}

/// The four probabilities of one level of agreement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Level {
    same: f64,
    stranger: f64,
    bits: Bits,
}

impl Level {
    /// A level that says nothing; stands for a row that is missing, which a test excludes.
    const NEUTRAL: Level =
        Level { same: 1.0, stranger: 1.0, bits: Bits { stranger: 0.0, sibling: 0.0, twin: 0.0, levels: Levels::NONE } };

    fn new(same: f64, stranger: f64, sibling: f64, twin: f64) -> Level {
        let bits = Bits {
            stranger: (same / stranger).log2(),
            sibling: (same / sibling).log2(),
            twin: (same / twin).log2(),
            levels: Levels::NONE,
        };
        Level { same, stranger, bits }
    }

    /// The same level, known as this row of the table.
    fn at(mut self, place: u8) -> Level {
        self.bits.levels = Levels::of(place);
        self
    }

    /// The evidence of this level.
    pub(super) fn bits(&self) -> Bits {
        self.bits
    }

    /// The evidence where strangers are known to agree with probability `share`, if that is more than the table says.
    pub(super) fn bits_at(&self, share: f64) -> Bits {
        if share <= self.stranger { self.bits } else { self.bits_exactly(share) }
    }

    /// The evidence where strangers agree with probability `share`, whatever the table says.
    pub(super) fn bits_exactly(&self, share: f64) -> Bits {
        Bits { stranger: (self.same / share.clamp(1e-12, 1.0)).log2(), ..self.bits }
    }
}

/// Levels of a family name.
#[derive(Debug)]
pub(super) struct FamilyWeights {
    pub(super) exact: Level,
    pub(super) half: Level,
    pub(super) variant: Level,
    pub(super) slip: Level,
    pub(super) near: Level,
    pub(super) near_long: Level,
    pub(super) similar: Level,
    pub(super) sound: Level,
    pub(super) different: Level,
}

/// Levels of the given names.
#[derive(Debug)]
pub(super) struct GivenWeights {
    pub(super) exact: Level,
    pub(super) other: Level,
    pub(super) variant: Level,
    pub(super) slip: Level,
    pub(super) near: Level,
    pub(super) near_long: Level,
    pub(super) similar: Level,
    pub(super) sound: Level,
    pub(super) initial: Level,
    pub(super) same_order: Level,
    pub(super) other_order: Level,
    pub(super) different: Level,
    pub(super) leading: Level,
    pub(super) middle_same: Level,
    pub(super) middle_initial: Level,
    pub(super) middle_different: Level,
}

impl FamilyWeights {
    /// The level of two tokens one slip apart.
    pub(super) fn near(&self, one: &str, other: &str, one_is_common: bool) -> Level {
        nearness(one, other, one_is_common, [self.slip, self.near_long, self.near])
    }
}

impl GivenWeights {
    /// The level of two tokens one slip apart.
    pub(super) fn near(&self, one: &str, other: &str, one_is_common: bool) -> Level {
        nearness(one, other, one_is_common, [self.slip, self.near_long, self.near])
    }
}

/// Letters from which a token is so long that few strangers' names are one slip away.
const LONG: usize = 7;

fn nearness(one: &str, other: &str, one_is_common: bool, [slip, near_long, near]: [Level; 3]) -> Level {
    if one_is_common {
        slip
    } else if one.len().min(other.len()) >= LONG {
        near_long
    } else {
        near
    }
}

/// Levels of the date of birth.
#[derive(Debug)]
pub(super) struct BirthWeights {
    pub(super) exact: Level,
    pub(super) swapped: Level,
    pub(super) year_slip: Level,
    pub(super) digit: Level,
    pub(super) two_parts: Level,
    pub(super) year: Level,
    pub(super) different: Level,
    pub(super) within: Level,
    pub(super) close: Level,
    pub(super) outside: Level,
}

/// Levels of the postcode.
#[derive(Debug)]
pub(super) struct PostcodeWeights {
    pub(super) full: Level,
    pub(super) near: Level,
    pub(super) outward: Level,
    pub(super) outward_alone: Level,
    pub(super) different: Level,
}

/// The whole table.
#[derive(Debug)]
pub(super) struct Weights {
    pub(super) family: FamilyWeights,
    pub(super) given: GivenWeights,
    pub(super) birth: BirthWeights,
    pub(super) postcode: PostcodeWeights,
    pub(super) same_sex: Level,
    pub(super) other_sex: Level,
    pub(super) same_identifier: Level,
    pub(super) other_identifier: Level,
    pub(super) swapped_names: Level,
    pub(super) former_name: Level,
    pub(super) also_known_as: Level,
    pub(super) former_postcode: Level,
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| Weights::from_rows(&Rows::parse(TABLE)));

impl Weights {
    /// The table that ships with the source, parsed once.
    pub(super) fn shipped() -> &'static Weights {
        &WEIGHTS
    }

    fn from_rows(rows: &Rows<'_>) -> Weights {
        Weights {
            family: FamilyWeights {
                exact: rows.level("family", "exact"),
                half: rows.level("family", "half"),
                variant: rows.level("family", "variant"),
                slip: rows.level("family", "slip"),
                near: rows.level("family", "near"),
                near_long: rows.level("family", "near-long"),
                similar: rows.level("family", "similar"),
                sound: rows.level("family", "sound"),
                different: rows.level("family", "different"),
            },
            given: GivenWeights {
                exact: rows.level("given", "exact"),
                other: rows.level("given", "other"),
                variant: rows.level("given", "variant"),
                slip: rows.level("given", "slip"),
                near: rows.level("given", "near"),
                near_long: rows.level("given", "near-long"),
                similar: rows.level("given", "similar"),
                sound: rows.level("given", "sound"),
                initial: rows.level("given", "initial"),
                same_order: rows.level("given", "same-order"),
                other_order: rows.level("given", "other-order"),
                different: rows.level("given", "different"),
                leading: rows.level("given", "leading"),
                middle_same: rows.level("middle", "same"),
                middle_initial: rows.level("middle", "initial"),
                middle_different: rows.level("middle", "different"),
            },
            birth: BirthWeights {
                exact: rows.level("birth", "exact"),
                swapped: rows.level("birth", "swapped"),
                year_slip: rows.level("birth", "year-slip"),
                digit: rows.level("birth", "digit"),
                two_parts: rows.level("birth", "two-parts"),
                year: rows.level("birth", "year"),
                different: rows.level("birth", "different"),
                within: rows.level("birth", "within"),
                close: rows.level("birth", "close"),
                outside: rows.level("birth", "outside"),
            },
            postcode: PostcodeWeights {
                full: rows.level("postcode", "full"),
                near: rows.level("postcode", "near"),
                outward: rows.level("postcode", "outward"),
                outward_alone: rows.level("postcode", "outward-alone"),
                different: rows.level("postcode", "different"),
            },
            same_sex: rows.level("sex", "same"),
            other_sex: rows.level("sex", "different"),
            same_identifier: rows.level("identifier", "same"),
            other_identifier: rows.level("identifier", "different"),
            swapped_names: rows.cost("swapped-names"),
            former_name: rows.cost("former-name"),
            also_known_as: rows.cost("also-known-as"),
            former_postcode: rows.cost("former-postcode"),
        }
    }
}

/// The rows of the table by field and level.
struct Rows<'a>(HashMap<(&'a str, &'a str), Level>);

impl<'a> Rows<'a> {
    fn parse(table: &'a str) -> Rows<'a> {
        let rows = table.lines().filter(|line| !line.starts_with('#')).filter_map(row);
        Rows(rows.zip(0..).map(|((name, level), place)| (name, level.at(place))).collect())
    }

    fn level(&self, field: &str, level: &str) -> Level {
        self.0.get(&(field, level)).copied().unwrap_or(Level::NEUTRAL)
    }

    /// A way of searching that siblings' and twins' records would meet as often as the child's own.
    fn cost(&self, level: &str) -> Level {
        let Level { same, stranger, bits } = self.level("cost", level);
        Level { same, stranger, bits: Bits { sibling: 0.0, twin: 0.0, ..bits } }
    }
}

fn row(line: &str) -> Option<((&str, &str), Level)> {
    let mut columns = line.split('\t');
    let (field, level) = (columns.next()?, columns.next()?);
    let mut number = || columns.next()?.parse::<f64>().ok().filter(|share| *share > 0.0 && *share <= 1.0);
    Some(((field, level), Level::new(number()?, number()?, number()?, number()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_row() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(Rows::parse(TABLE).0.len(), lines);
    }

    #[test]
    fn every_level_is_in_the_table() {
        let text = format!("{:?}", Weights::shipped());
        let neutral = format!("{:?}", Level::NEUTRAL);
        assert!(!text.contains(&neutral), "a level is missing from weights.tsv");
    }

    #[test]
    fn better_agreement_weighs_more() {
        let weights = Weights::shipped();
        let bits = |level: &Level| level.bits().stranger;
        let falls = |levels: &[Level]| levels.windows(2).all(|pair| bits(&pair[0]) > bits(&pair[1]));
        let FamilyWeights { exact, near_long, variant, near, similar, sound, different, .. } = &weights.family;
        assert!(falls(&[*exact, *near_long, *near, *similar, *sound, *different]), "{:?}", weights.family);
        assert!(falls(&[*exact, *variant, *similar]), "{:?}", weights.family);
        assert!(bits(variant) > bits(near) - SAME, "{:?}", weights.family);
        let GivenWeights { exact, near_long, variant, near, similar, sound, different, .. } = &weights.given;
        assert!(falls(&[*exact, *near_long, *near, *similar, *sound, *different]), "{:?}", weights.given);
        assert!(falls(&[*exact, *variant, *similar]), "{:?}", weights.given);
        assert!(bits(variant) > bits(near) - SAME, "{:?}", weights.given);
        let middle = [weights.given.middle_same, weights.given.middle_initial, weights.given.middle_different];
        assert!(falls(&middle), "{:?}", weights.given);
        let BirthWeights { exact, swapped, year_slip, digit, two_parts, year, different, .. } = &weights.birth;
        assert!(falls(&[*exact, *swapped, *year_slip, *digit, *two_parts, *different]), "{:?}", weights.birth);
        assert!(bits(two_parts) > bits(year) && bits(year) > bits(different) - SAME, "{:?}", weights.birth);
    }

    /// Two levels whose order the data did not tell weigh the same, but for the rounding of the table, in bits.
    const SAME: f64 = 0.02;

    #[test]
    fn the_table_is_as_the_command_prints_it() {
        use crate::domain::matching::levels::Level;
        let lines: Vec<&str> = TABLE.lines().filter(|line| !line.starts_with('#')).collect();
        let printed: Vec<String> = Level::all().iter().map(Level::line).collect();
        assert_eq!(lines, printed);
        assert!(TABLE.contains("cargo bench --bench learn_weights"), "the command is named");
    }

    #[test]
    fn probabilities_of_one_comparison_sum_to_no_more_than_one() {
        let rows = Rows::parse(TABLE).0;
        let groups: [(&str, &[&str]); 5] = [
            ("family", &["exact", "half", "variant", "near", "similar", "sound", "different"]),
            ("given", &["exact", "other", "variant", "near", "similar", "sound", "different"]),
            ("birth", &["exact", "swapped", "year-slip", "digit", "two-parts", "year", "different"]),
            ("sex", &["same", "different"]),
            ("postcode", &["full", "near", "outward", "different"]),
        ];
        for (field, levels) in groups {
            let sum: f64 = levels.iter().map(|level| rows[&(field, *level)].same).sum();
            assert!((0.9..=1.01).contains(&sum), "{field}: {sum}");
        }
    }
}
