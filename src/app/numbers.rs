//! The numbers by which what a child has several of is called.

use crate::domain::involvements::Involvement;

/// A number that is none of those `taken` by the child's others; random, so that gaps count nothing.
pub(super) fn free_number(taken: impl IntoIterator<Item = i32>) -> i32 {
    let taken: Vec<i32> = taken.into_iter().collect();
    loop {
        let number = rand::random_range(1..=Involvement::HIGHEST_NUMBER);
        if !taken.contains(&number) {
            return number;
        }
    }
}
