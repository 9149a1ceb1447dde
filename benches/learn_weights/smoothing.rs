//! Better agreement must weigh more. Where the estimate says otherwise of two neighbouring levels, the pairs were too few
//! to tell them apart, and both weigh what they weigh together (isotonic regression by pooling adjacent violators).

use std::collections::HashMap;

use child_index::domain::matching::Level;

/// Levels of a field from most agreement to least.
const ORDERS: [(&str, &[&str]); 4] = [
    ("family", &["exact", "variant", "near", "similar", "sound", "different"]),
    ("given", &["exact", "variant", "near", "similar", "sound", "different"]),
    ("birth", &["exact", "swapped", "year-slip", "digit", "two-parts", "year", "different"]),
    ("middle", &["same", "initial", "different"]),
];

/// Levels that weigh as one: shares of one child and of strangers, summed, and the rows.
struct Pool {
    same: f64,
    stranger: f64,
    places: Vec<usize>,
}

impl Pool {
    fn ratio(&self) -> f64 {
        self.same / self.stranger
    }
}

/// Makes the weights fall with agreement. How often strangers show a level stays, and so does the sum of the shares of
/// one child.
pub fn smooth(rows: &mut [Level]) {
    for (field, order) in ORDERS {
        let places: HashMap<&str, usize> =
            (0..).zip(rows.iter()).filter(|(_, row)| row.field == field).map(|(at, row)| (row.level, at)).collect();
        let mut pools: Vec<Pool> = Vec::new();
        for at in order.iter().filter_map(|level| places.get(level).copied()) {
            let [same, stranger, ..] = rows[at].shares;
            let mut pool = Pool { same, stranger, places: vec![at] };
            while let Some(better) = pools.pop_if(|better| better.ratio() < pool.ratio()) {
                pool.same += better.same;
                pool.stranger += better.stranger;
                pool.places.extend(better.places);
            }
            pools.push(pool);
        }
        for pool in pools.iter().filter(|pool| pool.places.len() > 1) {
            for at in &pool.places {
                rows[*at].shares[0] = pool.ratio() * rows[*at].shares[1];
            }
        }
        // Long names are near as often; only strangers' are so more seldom.
        if let (Some(near), Some(long)) = (places.get("near"), places.get("near-long")) {
            rows[*long].shares[0] = rows[*near].shares[0];
        }
    }
}
