-- The log is as it was before the desk; its look-up tables are filled anew.
DROP TABLE justification;
DROP TABLE decoy;
DROP TABLE watch_day;
DROP TABLE watch;
DROP TABLE alert_event;
DROP TABLE alert;
DROP TABLE audit_by_token;
DROP TABLE audit_by_kind;
