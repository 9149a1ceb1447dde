//! The policy matrix, and properties no feature may weaken.

use super::*;

#[test]
fn an_extent_never_grows_under_a_shield() {
    for block in Block::ALL {
        for column in Column::ALL {
            assert!(shielded_cell(*block, *column).min(cell(*block, *column)) <= cell(*block, *column));
        }
    }
}
