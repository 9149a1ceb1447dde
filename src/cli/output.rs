//! What commands print: answers on standard output, everything else on standard error.

use std::fmt::Display;
use std::io::{self, Write};

/// Prints a line of the answer. A reader that has gone away (`| head`) is no failure.
pub(super) fn say(line: impl Display) {
    let _gone = writeln!(io::stdout(), "{line}");
}

/// Prints a line beside the answer.
pub(super) fn note(line: impl Display) {
    let _gone = writeln!(io::stderr(), "{line}");
}

/// Prints why a command failed.
pub(super) fn complain(failure: impl Display) {
    let _gone = writeln!(io::stderr(), "child-index: {failure}");
}
