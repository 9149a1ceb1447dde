//! The estimate itself: four kinds of pairs, of which each block holds unknown parts, and for each kind how often it shows
//! each level. What a kind shows in one field is taken to be independent of what it shows in another.

use std::collections::BTreeMap;
use std::fmt;

use child_index::domain::matching::Level;

use crate::blocks::{Block, Blocks, Row, comparisons, is_level, merged};
use crate::smoothing::smooth;

/// Records of one child, of strangers, of siblings, of twins: the columns of the table.
const KINDS: usize = 4;
const SAME: usize = 0;
const STRANGER: usize = 1;
const SIBLING: usize = 2;
const TWIN: usize = 3;
const ROUNDS: usize = 100;
/// As many pairs of each kind as what is assumed counts for, beside those compared.
const ASSUMED_PAIRS: f64 = 200.0;

/// Pairs by level and kind, and all pairs compared in a field.
#[derive(Default)]
struct Counts {
    seen: BTreeMap<Row, [f64; KINDS]>,
    compared: BTreeMap<&'static str, [f64; KINDS]>,
}

impl Counts {
    fn add(&mut self, rows: &[Row], pairs: [f64; KINDS]) {
        for row in rows {
            add(self.seen.entry(*row).or_default(), pairs);
            add(self.compared.entry(row.0).or_default(), pairs);
        }
    }

    /// What follows from what the kinds are. Twins are born on one day and siblings live at one address, so that their
    /// dates and postcodes are written down as wrongly as the child's own.
    fn tie(&mut self) {
        let fields = |field: &str| match field {
            "birth" => &[SAME, TWIN][..],
            "postcode" => &[SAME, SIBLING, TWIN],
            _ => &[],
        };
        let pool = |kinds: &[usize], pairs: &mut [f64; KINDS]| {
            let all = kinds.iter().map(|kind| pairs[*kind]).sum();
            kinds.iter().for_each(|kind| pairs[*kind] = all);
        };
        self.seen.iter_mut().for_each(|(row, pairs)| pool(fields(row.0), pairs));
        self.compared.iter_mut().for_each(|(field, pairs)| pool(fields(field), pairs));
    }

    /// The share of a level, what is assumed of it counted in.
    fn share(&self, row: Row, assumed: &[f64; KINDS], kind: usize) -> f64 {
        let seen = self.seen.get(&row).map_or(0.0, |seen| seen[kind]);
        let compared = self.compared.get(row.0).map_or(0.0, |compared| compared[kind]);
        (seen + ASSUMED_PAIRS * assumed[kind]) / (compared + ASSUMED_PAIRS)
    }
}

fn add(sum: &mut [f64; KINDS], pairs: [f64; KINDS]) {
    sum.iter_mut().zip(pairs).for_each(|(sum, pairs)| *sum += pairs);
}

/// How often each kind shows each level.
type Model = BTreeMap<Row, [f64; KINDS]>;

pub struct Estimates {
    assumed: Vec<Level>,
    model: Model,
    truth: Counts,
    told: Vec<String>,
}

impl Estimates {
    pub fn learn(assumed: Vec<Level>, blocks: &Blocks) -> Estimates {
        let (mut strangers, mut truth) = (Counts::default(), Counts::default());
        for (pattern, pairs) in &blocks.random {
            strangers.add(&comparisons(pattern, &[]), [0.0, *pairs, 0.0, 0.0]);
        }
        for (pattern, pairs) in &blocks.truth {
            truth.add(&comparisons(pattern, &[]), [*pairs, 0.0, 0.0, 0.0]);
        }
        let start: Model = assumed
            .iter()
            .filter(|row| is_level(row) && merged(row.level) == row.level)
            .map(|row| ((row.field, row.level), row.shares))
            .collect();
        // Strangers are as pairs at random show them, and stay so.
        let mut model = start.clone();
        for (row, shares) in &mut model {
            shares[STRANGER] = strangers.share(*row, &start[row], STRANGER);
        }
        let mut blocks: Vec<Mixture> = blocks.blocks.iter().map(Mixture::of).collect();
        for _ in 0..ROUNDS {
            let mut counts = Counts::default();
            blocks.iter_mut().for_each(|block| block.sort_out(&model, &mut counts));
            counts.tie();
            for (row, shares) in &mut model {
                for kind in [SAME, SIBLING, TWIN] {
                    shares[kind] = counts.share(*row, &start[row], kind);
                }
            }
        }
        let told = blocks.iter().map(ToString::to_string).collect();
        Estimates { assumed, model, truth, told }
    }

    /// The rows of the table: as learned, made to fall with agreement; as assumed where nothing shows them.
    pub fn rows(&self) -> Vec<Level> {
        let mut rows: Vec<Level> =
            self.assumed.iter().map(|row| Level { shares: self.shares_of(row), ..*row }).collect();
        smooth(&mut rows);
        rows
    }

    fn shares_of(&self, row: &Level) -> [f64; KINDS] {
        let Some(learned) = self.model.get(&(row.field, merged(row.level))).filter(|_| is_level(row)) else {
            return row.shares;
        };
        let mut shares = row.shares;
        for kind in (0..KINDS).filter(|kind| !is_by_hand(row, *kind)) {
            // Long names, and names next to a common one, are near by chance in the proportion that is assumed.
            let proportion = if merged(row.level) == row.level { 1.0 } else { self.proportion_to_near(row, kind) };
            shares[kind] = learned[kind] * proportion;
        }
        shares
    }

    fn proportion_to_near(&self, row: &Level, kind: usize) -> f64 {
        let near = self.assumed.iter().find(|other| other.field == row.field && other.level == "near");
        near.map_or(1.0, |near| row.shares[kind] / near.shares[kind])
    }
}

/// What patterns do not show: how often strangers agree exactly, which follows from the names, and of which the table
/// gives the least; their postcodes, which follow from the size of the index; and that the odd one of two names is a
/// slip, which stands apart from the levels that sum to one.
fn is_by_hand(row: &Level, kind: usize) -> bool {
    let is_name = matches!(row.field, "family" | "given" | "middle");
    let exact = is_name && matches!(row.level, "exact" | "half" | "other" | "same");
    if kind == STRANGER { row.field == "postcode" || exact } else { row.level == "slip" }
}

/// A block, and the parts of it that are believed to be of each kind.
struct Mixture {
    name: &'static str,
    pairs: Vec<(Vec<Row>, f64)>,
    parts: [f64; KINDS],
}

impl Mixture {
    fn of(block: &Block) -> Mixture {
        let pairs = block.patterns.iter().map(|(pattern, count)| (comparisons(pattern, block.shared), *count));
        let possible = block.kinds.map(f64::from);
        let all: f64 = possible.iter().sum();
        let mut pairs: Vec<_> = pairs.collect();
        // In one order, so that sums are the same to the last digit.
        pairs.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        Mixture { name: block.name, pairs, parts: possible.map(|kind| kind / all) }
    }

    /// One round: what each pair is, by the model as it stands, and what the kinds show then.
    fn sort_out(&mut self, model: &Model, counts: &mut Counts) {
        let mut parts = [0.0; KINDS];
        let mut all = 0.0;
        for (rows, count) in &self.pairs {
            let belief = belief(model, rows, self.parts).map(|share| share * count);
            add(&mut parts, belief);
            all += count;
            counts.add(rows, belief);
        }
        self.parts = parts.map(|part| part / f64::max(all, 1.0));
    }
}

impl fmt::Display for Mixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: f64 = self.pairs.iter().map(|(_, count)| count).sum();
        let parts = self.parts.map(|part| format!("{:.0}", part * all)).join(", ");
        write!(f, "{}: {all:.0} pairs; of one child, strangers, siblings, twins: {parts}", self.name)
    }
}

/// How likely a pair with these levels is of each kind.
fn belief(model: &Model, rows: &[Row], parts: [f64; KINDS]) -> [f64; KINDS] {
    let mut likely = parts;
    for shares in rows.iter().filter_map(|row| model.get(row)) {
        likely.iter_mut().zip(shares).for_each(|(likely, share)| *likely *= share);
    }
    let sum: f64 = likely.iter().sum();
    if sum > 0.0 { likely.map(|each| each / sum) } else { parts }
}

/// What was believed of the blocks, and the estimate beside what is true of the records with the children they are about,
/// which the estimate was not told.
impl fmt::Display for Estimates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        writeln!(f, "\n{:<24} {:>9} {:>9}", "of one child", "estimated", "true")?;
        for ((field, level), shares) in &self.model {
            let truth = self.truth.share((*field, *level), &[0.0; KINDS], SAME);
            writeln!(f, "{:<24} {:>9.5} {truth:>9.5}", format!("{field} {level}"), shares[SAME])?;
        }
        Ok(())
    }
}
