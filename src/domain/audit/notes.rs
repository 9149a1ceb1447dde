//! Signed notes (C2SP signed-note): a text, and lines that sign it; their form, and nothing of what a text says.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The largest note that is read, in bytes: a checkpoint with some hundred signatures.
pub const LARGEST_NOTE: usize = 64 * 1024;
/// The most signatures a note may carry.
pub const MOST_SIGNATURES: usize = 128;

/// How a signature line begins: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// One signature line. Name and id together say which key it claims to be of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    /// Name of the key.
    pub name: String,
    /// The first bytes of the key's hash.
    pub key_id: [u8; 4],
    /// What follows, which the kind of key gives a meaning.
    pub signature: Vec<u8>,
}

/// A text with its signatures. Nothing of the text is to be believed before one of them was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text, its last newline included.
    pub text: String,
    /// The signatures, in their order.
    pub signatures: Vec<SignatureLine>,
}

/// A text that is no signed note, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANote {
    /// More bytes or signatures than are read.
    #[error("the note is larger than any checkpoint")]
    TooLarge,
    /// A control character other than a newline.
    #[error("the note holds a control character")]
    Control,
    /// No blank line with signatures after it.
    #[error("the note has no signatures after a blank line")]
    NoSignatures,
    /// A line among the signatures that is none.
    #[error("a signature line of the note cannot be read")]
    Line,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// [`NotANote`] for whatever [`Display`](fmt::Display) would not have written.
    pub fn parse(note: &str) -> Result<Self, NotANote> {
        if note.len() > LARGEST_NOTE {
            return Err(NotANote::TooLarge);
        }
        if note.chars().any(|character| character < ' ' && character != '\n') {
            return Err(NotANote::Control);
        }
        // The last blank line separates: the text may have some of its own.
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NotANote::NoSignatures)?;
        let signatures = parse_lines(lines)?;
        if text.is_empty() || signatures.is_empty() {
            return Err(NotANote::NoSignatures);
        }
        Ok(Self { text: format!("{text}\n"), signatures })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Reads signature lines, each ended by a newline, as a note and a witness's answer hold them.
///
/// # Errors
/// [`NotANote`] where a line is none, or there are too many.
pub fn parse_lines(lines: &str) -> Result<Vec<SignatureLine>, NotANote> {
    let lines = lines.strip_suffix('\n').ok_or(NotANote::Line)?;
    let signatures = lines.split('\n').map(str::parse).collect::<Result<Vec<_>, _>>()?;
    if signatures.len() > MOST_SIGNATURES { Err(NotANote::TooLarge) } else { Ok(signatures) }
}

impl FromStr for SignatureLine {
    type Err = NotANote;

    fn from_str(line: &str) -> Result<Self, NotANote> {
        let (name, encoded) = line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or(NotANote::Line)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| NotANote::Line)?;
        let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or(NotANote::Line)?;
        if !is_key_name(name) || signature.is_empty() {
            return Err(NotANote::Line);
        }
        Ok(Self { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.signature].concat();
        write!(f, "{DASH}{} {}", self.name, STANDARD.encode(bytes))
    }
}

/// Whether a text can name a key: not empty, no space of any kind, no control character, no plus.
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 255 && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of the specification (C2SP signed-note).
    const EXAMPLE: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    #[test]
    fn the_specifications_example_is_read_and_written_back() {
        let note = Note::parse(EXAMPLE).unwrap();
        assert!(note.text.ends_with("\n\ned è subito sera.\n"), "{}", note.text);
        let [line] = note.signatures.as_slice() else { panic!("{note:?}") };
        assert_eq!((line.name.as_str(), line.signature.len()), ("quasimodo.example/salvatore", 64));
        assert_eq!(note.to_string(), EXAMPLE);
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for (bad, why) in [
            (String::new(), NotANote::NoSignatures),
            ("text\n".into(), NotANote::NoSignatures),
            ("\n\n— a AAAAAAA=\n".into(), NotANote::NoSignatures),
            ("text\n\n".into(), NotANote::Line),
            ("text\n\n— a AAAAAAA=".into(), NotANote::Line),
            ("text\n\n- a AAAAAAA=\n".into(), NotANote::Line),
            ("text\n\n— a+b AAAAAAA=\n".into(), NotANote::Line),
            ("text\n\n— a\u{a0}b AAAAAAA=\n".into(), NotANote::Line),
            ("text\n\n— a AAAAAA\n".into(), NotANote::Line),
            ("text\n\n— a AAAAAA==\n".into(), NotANote::Line),
            ("text\r\n\n— a AAAAAAA=\n".into(), NotANote::Control),
            ("x".repeat(LARGEST_NOTE + 1), NotANote::TooLarge),
            (format!("text\n\n{}", "— a AAAAAAA=\n".repeat(MOST_SIGNATURES + 1)), NotANote::TooLarge),
        ] {
            assert_eq!(Note::parse(&bad), Err(why), "{}", bad.get(..40).unwrap_or(&bad));
        }
    }

    proptest! {
        #[test]
        fn a_note_that_is_read_is_written_as_it_was(text in "[ -~\n—é]{0,80}", tail in "(\n— [a-z]{1,5} [A-Za-z0-9+/=]{4,12}\n){0,2}") {
            let candidate = text + &tail;
            if let Ok(note) = Note::parse(&candidate) {
                prop_assert_eq!(note.to_string(), candidate);
            }
        }
    }
}
