//! The tables of teams around children and of their meetings.

diesel::table! {
    child_team (child_id) {
        child_id -> BigInt,
        chair -> Nullable<Integer>,
        next_review_on -> Nullable<Date>,
        parents_or_carers -> Bool,
        young_person -> Bool,
        version -> BigInt,
    }
}

diesel::table! {
    child_team_link (child_id, other_id) {
        child_id -> BigInt,
        other_id -> BigInt,
    }
}

diesel::table! {
    team_meeting (child_id, number) {
        child_id -> BigInt,
        number -> Integer,
        uid -> Text,
        starts_at -> BigInt,
        minutes -> Integer,
        sequence -> Integer,
        state -> Text,
        parents_or_carers -> Nullable<Bool>,
        young_person -> Nullable<Bool>,
        outcome -> Nullable<Text>,
        next_review_on -> Nullable<Date>,
        reason -> Nullable<Text>,
        changed_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    team_attendance (child_id, meeting, involvement) {
        child_id -> BigInt,
        meeting -> Integer,
        involvement -> Integer,
    }
}
