//! The tables of panels.

diesel::table! {
    panel (id) {
        id -> Text,
        area -> Text,
        kind -> Text,
        name -> Text,
        chair_id -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    panel_member (panel_id, account_id) {
        panel_id -> Text,
        account_id -> Text,
    }
}

diesel::table! {
    panel_meeting (id) {
        id -> Text,
        panel_id -> Text,
        meets_on -> Date,
        state -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::compact::Id;

    panel_item (meeting_id, number) {
        meeting_id -> Text,
        number -> Integer,
        child_id -> BigInt,
        added_by -> Text,
        decision -> Nullable<Text>,
        receiver_id -> Nullable<Id>,
        service -> Nullable<Text>,
        decided_on -> Nullable<Date>,
        version -> BigInt,
    }
}
