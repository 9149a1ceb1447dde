//! The tables of partnerships, their members and their agreements.

diesel::table! {
    partnership (id) {
        id -> Text,
        area -> Text,
        name -> Text,
        stamp -> Text,
        version -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    partnership_member (partnership_id, organisation_id, from_on) {
        partnership_id -> Text,
        organisation_id -> Id,
        from_on -> Date,
        until_on -> Nullable<Date>,
    }
}

diesel::table! {
    agreement (partnership_id, number) {
        partnership_id -> Text,
        number -> Integer,
        lawful_basis -> Text,
        from_on -> Date,
        until_on -> Nullable<Date>,
        review_on -> Date,
        state -> Text,
        ended_on -> Nullable<Date>,
        version -> BigInt,
    }
}

diesel::table! {
    agreement_default (partnership_id, number, service) {
        partnership_id -> Text,
        number -> Integer,
        service -> Text,
        visibility -> Text,
        outside -> Text,
    }
}
