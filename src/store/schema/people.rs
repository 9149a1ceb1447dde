//! The tables of what is decided about accounts by more than one person.

diesel::table! {
    capability_proposal (id) {
        id -> Text,
        account_id -> Text,
        capability -> Text,
        proposed_by -> Text,
        proposed_at -> BigInt,
    }
}

diesel::table! {
    verification_code (account_id, hash) {
        account_id -> Text,
        hash -> Binary,
        expires_at -> BigInt,
        wrong_guesses -> Integer,
    }
}
