//! Rows in, domain values out: diesel, pools, migrations and the recorder.

pub mod schema;
