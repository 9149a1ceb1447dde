//! Folding: the plain letters of a name, so that spelling habits, scripts and punctuation do not stand between two
//! writings of it.

use any_ascii::any_ascii_char;
use unicode_normalization::UnicodeNormalization;

use super::placeholders;

/// Characters read of one name; longer input is cut, so that hostile input costs no more than a long name.
const MAX_CHARS: usize = 200;
/// Bytes set aside for a word: most names are no longer.
const USUAL_LENGTH: usize = 16;
/// Tokens kept of one name.
const MAX_TOKENS: usize = 8;

/// Words that belong to a name but say little by themselves. Dropped as tokens, kept in the joined form.
const PARTICLES: &[&str] = &[
    "ab", "af", "al", "ap", "ar", "av", "ben", "bin", "bint", "binte", "binti", "da", "das", "de", "del", "della",
    "den", "der", "di", "do", "dos", "du", "el", "ferch", "ibn", "la", "le", "ni", "nic", "te", "ten", "ter", "the",
    "ud", "ui", "ul", "ur", "van", "von", "y", "zu", "zur",
];

/// Particles in a family name that are whole names as given names.
const FAMILY_ONLY_PARTICLES: &[&str] = &["ben", "do", "le", "van", "ab"];

/// Prefixes written apart or joined without difference: they belong to the word after them.
const PREFIXES: &[&str] = &["fitz", "mac", "mc", "o", "st"];

/// A family name, or the given names, of one form of a child's name, folded to lower-case `a`-`z` tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoldedName {
    tokens: Vec<String>,
    joined: Option<String>,
    birth_order: Option<u8>,
}

impl FoldedName {
    /// Folds a family name. Placeholders ("Unknown") fold to nothing.
    pub fn family(text: &str) -> FoldedName {
        let mut words = words(text);
        words.retain(|word| !is_number(word));
        let may_be_missing = placeholders::may_be_in(&words);
        if may_be_missing && placeholders::is_missing_family(&without_particles(words.clone(), is_family_particle)) {
            return FoldedName::default();
        }
        join_prefixes(&mut words);
        FoldedName::from_words(words, is_family_particle)
    }

    /// Folds given names. Placeholders ("Baby Girl Smith", "Twin 1") fold to no tokens; a twin's or triplet's
    /// number is kept.
    pub fn given(text: &str, family: &FoldedName) -> FoldedName {
        let mut words = words(text);
        let mut birth_order = None;
        if placeholders::may_be_in(&words) {
            let core = without_particles(words.clone(), is_given_particle);
            let stripped;
            (stripped, birth_order) = placeholders::strip_given(core.clone(), &family.tokens);
            if stripped != core {
                words = stripped;
            }
        }
        words.retain(|word| !is_number(word));
        FoldedName { birth_order, ..FoldedName::from_words(words, is_given_particle) }
    }

    fn from_words(words: Vec<String>, particle: fn(&str) -> bool) -> FoldedName {
        let joined = (words.len() > 1).then(|| words.concat());
        FoldedName { tokens: without_particles(words, particle), joined, birth_order: None }
    }

    /// The tokens in the order written, particles left out.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// All words written together, particles included, where there was more than one.
    pub fn joined(&self) -> Option<&str> {
        self.joined.as_deref()
    }

    /// The joined form, or the only token; empty where nothing is known.
    pub fn whole(&self) -> &str {
        self.joined.as_deref().or_else(|| self.tokens.first().map(String::as_str)).unwrap_or_default()
    }

    /// The number a placeholder gives to a twin or triplet who has no name yet.
    pub fn birth_order(&self) -> Option<u8> {
        self.birth_order
    }

    /// Whether no name is known.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }
}

fn is_family_particle(word: &str) -> bool {
    PARTICLES.contains(&word)
}

fn is_given_particle(word: &str) -> bool {
    PARTICLES.contains(&word) && !FAMILY_ONLY_PARTICLES.contains(&word)
}

/// The words that are no particles; of a name made of particles alone (the Vietnamese family names Le, Do, Van) the
/// last word.
fn without_particles(mut words: Vec<String>, particle: fn(&str) -> bool) -> Vec<String> {
    if words.iter().all(|word| particle(word)) {
        return words.pop().into_iter().collect();
    }
    words.retain(|word| !particle(word));
    words
}

fn is_number(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_digit())
}

/// Lower-case words of ASCII letters, and numbers as words of their own. Marks are dropped and other scripts transliterated letter by
/// letter; apostrophes vanish, anything else that is no letter or digit separates.
fn words(text: &str) -> Vec<String> {
    let mut reader = WordReader::default();
    if text.is_ascii() {
        text.chars().take(MAX_CHARS).for_each(|letter| reader.push(letter));
    } else {
        // Composed first: any_ascii reads letters one by one and drops marks that stand alone.
        for letter in text.chars().take(MAX_CHARS).nfkc() {
            any_ascii_char(letter).chars().for_each(|ascii| reader.push(ascii));
        }
    }
    reader.finish()
}

#[derive(Default)]
struct WordReader {
    words: Vec<String>,
    word: String,
}

impl WordReader {
    fn push(&mut self, letter: char) {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' => {
                if self.word.ends_with(|last: char| last.is_ascii_digit() != letter.is_ascii_digit()) {
                    self.end_word();
                }
                if self.word.is_empty() {
                    self.word.reserve(USUAL_LENGTH);
                }
                self.word.push(letter.to_ascii_lowercase());
            }
            '\'' | '`' | '"' => {}
            _ => self.end_word(),
        }
    }

    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if !word.is_empty() && self.words.len() < MAX_TOKENS {
            self.words.push(word);
        }
    }

    fn finish(mut self) -> Vec<String> {
        self.end_word();
        self.words
    }
}

/// Joins "Mc Donald", "O Brien" and "St John" into one word each.
fn join_prefixes(words: &mut Vec<String>) {
    let mut position = 0;
    while position + 1 < words.len() {
        let is_prefix = words.get(position).is_some_and(|word| PREFIXES.contains(&word.as_str()));
        if is_prefix {
            let prefix = words.remove(position);
            if let Some(next) = words.get_mut(position) {
                next.insert_str(0, &prefix);
            }
        }
        position += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(text: &str) -> Vec<String> {
        FoldedName::family(text).tokens().to_vec()
    }

    fn given(text: &str) -> Vec<String> {
        FoldedName::given(text, &FoldedName::family("Smith")).tokens().to_vec()
    }

    #[test]
    fn marks_case_and_apostrophes_fall_away() {
        assert_eq!(family("O\u{2019}Brien"), ["obrien"]);
        assert_eq!(family("O'BRIEN"), ["obrien"]);
        assert_eq!(family("O Brien"), ["obrien"]);
        assert_eq!(given("Zoe\u{308}"), ["zoe"]);
        assert_eq!(given("Zo\u{eb}"), ["zoe"]);
        assert_eq!(family("Łukaszewicz"), ["lukaszewicz"]);
        assert_eq!(family("Groß"), ["gross"]);
        assert_eq!(family("Mc Donald"), family("McDonald"));
        assert_eq!(family("St. John"), ["stjohn"]);
    }

    #[test]
    fn hyphens_split_and_the_joined_form_stays() {
        let name = FoldedName::family("Smith-Jones");
        assert_eq!(name.tokens(), ["smith", "jones"]);
        assert_eq!(name.joined(), Some("smithjones"));
        assert_eq!(FoldedName::family("SmithJones").whole(), "smithjones");
    }

    #[test]
    fn particles_are_no_tokens_of_their_own() {
        assert_eq!(family("Al-Hassan"), ["hassan"]);
        assert_eq!(FoldedName::family("Al-Hassan").joined(), Some("alhassan"));
        assert_eq!(family("bin Rashid"), ["rashid"]);
        assert_eq!(family("van der Berg"), ["berg"]);
        assert_eq!(family("de la Cruz"), ["cruz"]);
        assert_eq!(family("Ní Bhriain"), ["bhriain"]);
    }

    #[test]
    fn names_that_look_like_particles_are_kept() {
        assert_eq!(family("Le"), ["le"]);
        assert_eq!(family("Do"), ["do"]);
        assert_eq!(given("Ben"), ["ben"]);
        assert_eq!(given("Ben Oliver"), ["ben", "oliver"]);
    }

    #[test]
    fn other_scripts_are_read() {
        assert_eq!(given("Александр"), ["aleksandr"]);
        assert_eq!(given("محمد"), ["mhmd"]);
        assert_eq!(family("王"), ["wang"]);
        assert_eq!(given("小明"), ["xiaoming"]);
    }

    #[test]
    fn digits_and_signs_are_no_names() {
        assert!(family("12345").is_empty());
        assert!(family(" -'. ").is_empty());
        assert!(family("").is_empty());
    }

    #[test]
    fn long_input_is_cut() {
        let hostile = "ab-".repeat(100_000);
        assert!(FoldedName::family(&hostile).tokens().len() <= MAX_TOKENS);
    }
}
