//! The tables of assessments, transfers, access points, enquiries and indicators.

diesel::table! {
    assessment (child_id, number) {
        child_id -> BigInt,
        number -> Integer,
        kind -> Text,
        organisation_id -> Text,
        team_id -> Nullable<Text>,
        practitioner_id -> Nullable<Text>,
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
    transfer (id) {
        id -> Text,
        child_id -> BigInt,
        pathway -> Text,
        kind -> Text,
        state -> Text,
        from_number -> Integer,
        sender_id -> Text,
        receiver_id -> Text,
        receiver_team_id -> Nullable<Text>,
        service -> Text,
        to_number -> Nullable<Integer>,
        access_point_id -> Text,
        desk_id -> Text,
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
    access_point (id) {
        id -> Text,
        organisation_id -> Text,
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
    enquiry (id) {
        id -> Text,
        access_point_id -> Text,
        organisation_id -> Text,
        area -> Text,
        child_id -> Nullable<BigInt>,
        caller -> Text,
        need -> Text,
        known -> Bool,
        state -> Text,
        receiver_id -> Nullable<Text>,
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
    enquiry_step (enquiry_id, position) {
        enquiry_id -> Text,
        position -> Integer,
        outcome -> Text,
        reason -> Nullable<Text>,
        organisation_id -> Nullable<Text>,
        team_id -> Nullable<Text>,
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
