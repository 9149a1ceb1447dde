//! Phonetic codes of folded name tokens: Soundex after levelling the spellings that differ between languages.

use rphonetic::{Encoder, Soundex};

/// How a token sounds: its first sound and up to three consonant classes. Equal for `katherine` and `catharine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sound([u8; 4]);

impl Sound {
    /// The sound of a folded token, or `None` for an empty one.
    pub fn of(token: &str) -> Option<Sound> {
        let mut levelled = String::with_capacity(token.len() + 1);
        level(token, &mut levelled);
        let code = Soundex::default().encode(&levelled);
        code.as_bytes().first_chunk::<4>().copied().map(Sound)
    }

    /// The first sound.
    pub fn first(self) -> u8 {
        let [first, ..] = self.0;
        first
    }

    /// The consonant classes after the first sound; `None` where there are none, as in Mia.
    pub fn tail(self) -> Option<[u8; 3]> {
        let [_, tail @ ..] = self.0;
        (tail != *b"000").then_some(tail)
    }

    /// The code as four ASCII bytes.
    pub fn bytes(self) -> [u8; 4] {
        self.0
    }
}

/// Beginnings written differently for one sound. What Soundex keeps of a word is its first letter, so only the
/// beginning needs levelling: `Catherine` and `Katherine`, `Yusuf` and `Jusuf`, `Wiktoria` and `Viktoria`, `Xu` and
/// `Hsu`, `Khalid` and `Kalid`, `Omar` and `Umar`.
///
/// Returns the levelled beginning and how many letters it stands for.
fn beginning(token: &str) -> (&'static str, usize) {
    match token.as_bytes() {
        [b'c', b'h', b'r', ..] => ("kr", 3),
        [b'c', b'h', b'l', ..] => ("kl", 3),
        [b'c', b'h', ..] | [b'c', b'z', ..] => ("ch", 2),
        [b'c', b'e', ..] => ("se", 2),
        [b'c', b'i' | b'y', ..] => ("si", 2),
        [b'k' | b'g', b'n', ..] | [b'n', ..] => ("n", if token.starts_with('n') { 1 } else { 2 }),
        [b'k', b'h', ..] => ("k", 2),
        [b'c' | b'q' | b'k', ..] => ("k", 1),
        [b'g', b'h', ..] => ("g", 2),
        [b'g', b'e', ..] => ("je", 2),
        [b'g', b'i' | b'y', ..] => ("ji", 2),
        [b'd', b'j' | b'z', ..] | [b'z', b'h', ..] => ("j", 2),
        [b'p', b'h', ..] => ("f", 2),
        [b'p', b's', ..] | [b't', b's' | b'z', ..] | [b'h', b's', ..] => ("s", 2),
        [b'p', b't', ..] => ("t", 2),
        [b's', b'c', b'h', ..] | [b's', b'z', b'y', ..] => ("s", 3),
        [b's', b'z', ..] => ("s", 2),
        [b'w', b'r', ..] => ("r", 2),
        [b'w' | b'v', ..] => ("v", 1),
        [b'x' | b'z' | b's', ..] => ("s", 1),
        [b'y', b'a' | b'e' | b'i' | b'o' | b'u', ..] => ("j", 1),
        [b'a' | b'e' | b'i' | b'o' | b'u' | b'y', ..] => ("a", 1),
        _ => ("", 0),
    }
}

/// The first sound of a token, without the work of the rest: tokens that differ here do not sound alike.
pub(super) fn first_sound(token: &str) -> Option<u8> {
    let (levelled, _) = beginning(token);
    levelled.bytes().next().or_else(|| token.bytes().next())
}

fn level(token: &str, out: &mut String) {
    let (levelled, letters) = beginning(token);
    out.push_str(levelled);
    out.push_str(token.get(letters..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) {
        assert_eq!(Sound::of(one), Sound::of(other), "{one} and {other}");
    }

    #[test]
    fn spellings_of_one_sound_meet() {
        alike("catherine", "katharine");
        alike("christopher", "kristofer");
        alike("stephen", "stefan");
        alike("geoffrey", "jeffrey");
        alike("yusuf", "jusuf");
        alike("wiktoria", "viktoria");
        alike("chaudhry", "choudhury");
        alike("hussain", "hossein");
        alike("xu", "hsu");
        alike("ahmed", "ehmed");
        alike("khan", "kan");
        alike("zofia", "sofia");
        alike("knight", "night");
        alike("kowalski", "kowalska");
        alike("smith", "smyth");
    }

    #[test]
    fn other_names_stay_apart() {
        for (one, other) in [("smith", "jones"), ("oliver", "amelia"), ("khan", "begum"), ("patel", "shah")] {
            assert_ne!(Sound::of(one), Sound::of(other), "{one} and {other}");
        }
    }

    #[test]
    fn nothing_has_no_sound() {
        assert_eq!(Sound::of(""), None);
        assert_eq!(Sound::of("o").map(Sound::bytes), Some(*b"A000"));
    }
}
