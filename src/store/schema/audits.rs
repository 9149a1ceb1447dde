//! The tables of the audit log and of what auditors work with.

diesel::table! {
    audit_event (idx) {
        idx -> BigInt,
        at -> BigInt,
        action -> Text,
        outcome -> Text,
        reason -> Nullable<Text>,
        strength -> Text,
        children -> Integer,
        payload_hash -> Binary,
        leaf -> Binary,
    }
}

diesel::table! {
    audit_payload (idx) {
        idx -> BigInt,
        salt -> Binary,
        body -> Binary,
    }
}

diesel::table! {
    audit_tile (level, number) {
        level -> Integer,
        number -> BigInt,
        hashes -> Binary,
    }
}

diesel::table! {
    audit_checkpoint (origin, size) {
        origin -> Text,
        size -> BigInt,
        note -> Text,
    }
}

diesel::table! {
    audit_head (id) {
        id -> Integer,
        size -> BigInt,
        root -> Binary,
        frontier -> Binary,
        derived_to -> BigInt,
    }
}

diesel::table! {
    audit_by_child (key, idx) {
        key -> Binary,
        idx -> BigInt,
    }
}

diesel::table! {
    audit_by_account (key, idx) {
        key -> Text,
        idx -> BigInt,
    }
}

diesel::table! {
    audit_by_organisation (key, idx) {
        key -> Text,
        idx -> BigInt,
    }
}

diesel::table! {
    audit_by_kind (key, idx) {
        key -> Text,
        idx -> BigInt,
    }
}

diesel::table! {
    audit_by_area (key, idx) {
        key -> Text,
        idx -> BigInt,
    }
}

diesel::table! {
    audit_by_token (key, idx) {
        key -> Binary,
        idx -> BigInt,
    }
}

diesel::table! {
    alert (id) {
        id -> Text,
        rule -> Text,
        occasion -> Text,
        account_id -> Text,
        organisation_id -> Text,
        area -> Text,
        protected -> Bool,
        status -> Text,
        outcome -> Nullable<Text>,
        measure -> BigInt,
        threshold -> BigInt,
        raised_at -> BigInt,
        reviewed_by -> Nullable<Text>,
        reviewed_at -> Nullable<BigInt>,
        closed_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    alert_event (alert_id, idx) {
        alert_id -> Text,
        idx -> BigInt,
    }
}

diesel::table! {
    watch (id) {
        id -> Integer,
        watched_to -> BigInt,
        looked_back_to -> BigInt,
    }
}

diesel::table! {
    watch_day (account_id, day) {
        account_id -> Text,
        day -> Integer,
        accesses -> BigInt,
    }
}

diesel::table! {
    watch_reason (account_id, day, reason) {
        account_id -> Text,
        day -> Integer,
        reason -> Text,
        accesses -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    team_member (team_id, account_id, from_at) {
        team_id -> Id,
        account_id -> Text,
        from_at -> BigInt,
        until_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    decoy (child_id) {
        child_id -> BigInt,
        marked_at -> BigInt,
    }
}

diesel::table! {
    justification (id) {
        id -> Text,
        account_id -> Text,
        idx -> BigInt,
        asked_at -> BigInt,
        due_at -> BigInt,
        answer -> Nullable<Text>,
        answered_at -> Nullable<BigInt>,
        escalated -> Bool,
    }
}
