//! Tables of loads that are not settled yet.

diesel::table! {
    unsettled_load (first_child) {
        first_child -> BigInt,
    }
}

diesel::table! {
    unsettled_shield (child) {
        child -> BigInt,
        seen_to -> BigInt,
    }
}
