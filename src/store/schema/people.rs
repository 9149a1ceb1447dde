//! The tables of what people decide about accounts, and of what they consent to.

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

diesel::table! {
    past_ground (child_id, number, position) {
        child_id -> BigInt,
        number -> Integer,
        position -> Integer,
        ground -> Text,
        given_by -> Nullable<Text>,
        judged -> Nullable<Text>,
        given_on -> Nullable<Date>,
        until -> Nullable<Date>,
        ended_at -> BigInt,
        ended_by -> Text,
    }
}

diesel::table! {
    child_restriction (child_id, account_id) {
        child_id -> BigInt,
        account_id -> Text,
        ground -> Text,
        since -> BigInt,
        decided_by -> Text,
    }
}

diesel::table! {
    carer_shield (id) {
        id -> Text,
        area -> Text,
        ground -> Text,
        since -> BigInt,
        confirmed_at -> Nullable<BigInt>,
        review_on -> Nullable<Date>,
        lift_proposed_by -> Nullable<Text>,
        lift_proposed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    carer_shield_key (key, shield_id) {
        key -> BigInt,
        shield_id -> Text,
    }
}
