//! The tables of assessments, transfers, access points, enquiries and indicators.

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    assessment (child_id, number) {
        child_id -> BigInt,
        number -> Integer,
        kind -> Text,
        organisation_id -> Id,
        team_id -> Nullable<Id>,
        practitioner_id -> Nullable<Id>,
        started_on -> Date,
        ended_on -> Nullable<Date>,
        outcome -> Nullable<Text>,
        consent_given_by -> Nullable<Text>,
        consent_on -> Nullable<Date>,
        linked_to -> Nullable<Integer>,
        last_confirmed_at -> BigInt,
        entered_under_shield -> Bool,
        version -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    transfer (id) {
        id -> Text,
        child_id -> BigInt,
        pathway -> Text,
        kind -> Text,
        state -> Text,
        from_number -> Integer,
        sender_id -> Id,
        receiver_id -> Id,
        receiver_team_id -> Nullable<Id>,
        service -> Text,
        to_number -> Nullable<Integer>,
        access_point_id -> Text,
        desk_id -> Id,
        area -> Text,
        basis -> Nullable<Text>,
        basis_given_by -> Nullable<Text>,
        basis_on -> Nullable<Date>,
        gaps -> Text,
        declined -> Nullable<Text>,
        withdrawn -> Nullable<Text>,
        proposed_by -> Text,
        proposed_at -> BigInt,
        due_at -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
        under_shield -> Bool,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    access_point (id) {
        id -> Text,
        organisation_id -> Id,
        kind -> Text,
        name -> Text,
        area -> Text,
        needs -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    access_point_district (access_point_id, district) {
        access_point_id -> Text,
        district -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    enquiry (id) {
        id -> Text,
        access_point_id -> Text,
        organisation_id -> Id,
        area -> Text,
        child_id -> Nullable<BigInt>,
        caller -> Text,
        need -> Text,
        known -> Bool,
        state -> Text,
        receiver_id -> Nullable<Id>,
        recorded_by -> Text,
        recorded_at -> BigInt,
        due_at -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
        quality -> Nullable<Text>,
        quality_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    enquiry_step (enquiry_id, position) {
        enquiry_id -> Text,
        position -> Integer,
        outcome -> Text,
        reason -> Nullable<Text>,
        organisation_id -> Nullable<Id>,
        team_id -> Nullable<Id>,
        account_id -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    indicator_period (area, period) {
        area -> Text,
        period -> Text,
        frozen_at -> BigInt,
    }
}

diesel::table! {
    indicator_cell (area, period, indicator, locality) {
        area -> Text,
        period -> Text,
        indicator -> Text,
        locality -> Text,
        cell -> Text,
        definition -> Integer,
    }
}

diesel::table! {
    imported_cell (area, period, indicator, locality) {
        area -> Text,
        period -> Text,
        indicator -> Text,
        locality -> Text,
        cell -> Text,
        source -> Text,
        imported_at -> BigInt,
    }
}
