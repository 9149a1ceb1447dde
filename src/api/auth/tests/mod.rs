//! Tokens good and bad against the verifier. Rows 6.8.1, 6.8.4, 9.1.x, 9.2.x and 10.3.3 of the security requirements.

mod forging;
mod rotation;
mod tokens;
