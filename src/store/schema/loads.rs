//! Tables of loads: those that are not settled yet, and what settled ones leave.

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

diesel::table! {
    key_list (key, first_child) {
        key -> BigInt,
        first_child -> BigInt,
        children -> Binary,
    }
}

diesel::table! {
    household_list (key, first_child) {
        key -> BigInt,
        first_child -> BigInt,
        children -> Binary,
    }
}
