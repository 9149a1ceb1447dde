//! Use-cases: decide, do, record. Synchronous, no HTTP, no SQL.
