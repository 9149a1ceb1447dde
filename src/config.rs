//! Settings: TOML overridden by the environment.
