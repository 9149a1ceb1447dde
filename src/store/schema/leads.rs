//! The tables of lead professionals.

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    lead_proposal (child_id, number) {
        child_id -> BigInt,
        number -> Integer,
        kind -> Text,
        involvement -> Integer,
        led_by -> Nullable<Integer>,
        organisation_id -> Id,
        proposed_by -> Text,
        proposed_at -> BigInt,
        expires_at -> BigInt,
        state -> Text,
        reason -> Nullable<Text>,
        closed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    lead_term (child_id, kind) {
        child_id -> BigInt,
        kind -> Text,
        involvement -> Integer,
        practitioner_id -> Nullable<Id>,
        since -> BigInt,
        cover_id -> Nullable<Id>,
        cover_from -> Nullable<Date>,
        cover_until -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    past_lead (child_id, position) {
        child_id -> BigInt,
        position -> Integer,
        kind -> Text,
        involvement -> Integer,
        team_id -> Nullable<Id>,
        practitioner_id -> Nullable<Id>,
        since -> BigInt,
        until -> BigInt,
        ended_as -> Text,
    }
}
