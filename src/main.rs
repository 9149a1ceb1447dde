//! The `child-index` binary: hands the command line to the library.

use std::process::ExitCode;

/// Bursts of requests leave memory behind in the system's allocator; this one gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    child_index::cli::run()
}
