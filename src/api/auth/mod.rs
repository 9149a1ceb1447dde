//! Who is calling: bearer tokens verified before anything else is read.
