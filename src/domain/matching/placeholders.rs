//! Words that stand where no name is known yet: "Baby Girl Smith", "Twin 1", "Unknown".

/// Words that by themselves mean that there is no given name.
const STAND_INS: &[&str] = &[
    "baby", "boy", "female", "fetus", "foetus", "girl", "infant", "male", "newborn", "nfn", "noname", "notgiven",
    "notknown", "pending", "tba", "tbc", "triplet", "twin", "unborn", "unk", "unknown", "unnamed", "xx", "xxx",
];

/// Words that say nothing beside one of the above.
const COMPANIONS: &[&str] =
    &["child", "daughter", "given", "known", "name", "named", "no", "not", "of", "sibling", "son", "the", "yet"];

/// Stand-ins after which everything is about somebody else: "Baby of Sarah Smith".
const OF_SOMEBODY: &[&str] = &["baby", "boy", "girl", "infant", "newborn", "triplet", "twin"];

/// Forms of address that are sometimes entered with the name.
const TITLES: &[&str] = &["master", "miss", "mr", "mrs", "ms"];

/// Whether any of the words may belong to a placeholder or a form of address; without one there is nothing to remove.
pub(super) fn may_be_in(words: &[String]) -> bool {
    words.iter().any(|word| is_stand_in(word) || matches!(word.as_str(), "no" | "not") || is_title(word))
}

/// Whether the words of a family name only say that it is not known.
pub(super) fn is_missing_family(words: &[String]) -> bool {
    let has_stand_in = words.iter().any(|word| {
        matches!(word.as_str(), "unknown" | "notknown" | "unk" | "nfn" | "tba" | "tbc" | "xxx" | "xx" | "noname")
    });
    let says_not_known = matches!(words.first().map(String::as_str), Some("no" | "not"));
    (has_stand_in || (says_not_known && words.len() > 1))
        && words.iter().all(|word| is_stand_in(word) || is_companion(word))
}

/// Removes what is no given name. Returns what is left, and the number of a twin or triplet.
pub(super) fn strip_given(mut words: Vec<String>, family: &[String]) -> (Vec<String>, Option<u8>) {
    loop {
        let before = words.len();
        if before > 1 && words.first().is_some_and(|word| is_title(word)) {
            words.remove(0);
        }
        let Some(first) = words.iter().find(|word| !is_digits(word)).cloned() else {
            return (words, None);
        };
        let negated = matches!(first.as_str(), "no" | "not") && words.len() > 1;
        if !is_stand_in(&first) && !negated {
            return (words, None);
        }
        let of_somebody = OF_SOMEBODY.contains(&first.as_str()) && words.iter().any(|word| word == "of");
        let says_nothing = |word: &String| {
            is_stand_in(word) || is_companion(word) || birth_order(word).is_some() || family.contains(word)
        };
        if of_somebody || words.iter().all(says_nothing) {
            return (Vec::new(), words.iter().find_map(|word| birth_order(word)));
        }
        if first == "baby" || first == "infant" {
            words.retain(|word| !is_stand_in(word));
        }
        if words.len() == before {
            return (words, None);
        }
    }
}

fn is_title(word: &str) -> bool {
    TITLES.contains(&word)
}

fn is_digits(word: &str) -> bool {
    word.bytes().all(|letter| letter.is_ascii_digit())
}

fn is_stand_in(word: &str) -> bool {
    STAND_INS.contains(&word)
}

fn is_companion(word: &str) -> bool {
    COMPANIONS.contains(&word)
}

/// The number a word gives to one of several children born together.
fn birth_order(word: &str) -> Option<u8> {
    match word {
        "1" | "one" | "i" | "a" => Some(1),
        "2" | "two" | "ii" | "b" => Some(2),
        "3" | "three" | "iii" | "c" => Some(3),
        "4" | "four" | "iv" | "d" => Some(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::matching::folds::FoldedName;

    fn given(text: &str) -> (Vec<String>, Option<u8>) {
        let name = FoldedName::given(text, &FoldedName::family("Smith"));
        (name.tokens().to_vec(), name.birth_order())
    }

    #[test]
    fn stand_ins_are_no_names() {
        for text in [
            "Baby",
            "Baby Girl Smith",
            "BABY BOY",
            "Unknown",
            "Infant",
            "Not Known",
            "Baby of Sarah Smith",
            "Al Baby",
            "Miss Baby",
            "-",
            "Female",
        ] {
            assert_eq!(given(text), (vec![], None), "{text}");
        }
    }

    #[test]
    fn the_number_of_a_twin_is_kept() {
        assert_eq!(given("Twin 1"), (vec![], Some(1)));
        assert_eq!(given("TWIN2"), (vec![], Some(2)));
        assert_eq!(given("Twin Two"), (vec![], Some(2)));
        assert_eq!(given("Baby B"), (vec![], Some(2)));
        assert_eq!(given("Twin II Smith"), (vec![], Some(2)));
    }

    #[test]
    fn real_names_survive() {
        assert_eq!(given("Baby Olivia").0, ["olivia"]);
        assert_eq!(given("Miss Aisha").0, ["aisha"]);
        assert_eq!(given("Noah").0, ["noah"]);
        assert_eq!(given("A").0, ["a"]);
        assert_eq!(given("Girlie").0, ["girlie"]);
    }

    #[test]
    fn family_names_can_be_unknown_too() {
        assert!(FoldedName::family("Unknown").is_empty());
        assert!(FoldedName::family("Not known").is_empty());
        assert_eq!(FoldedName::family("Knott").tokens(), ["knott"]);
        assert_eq!(FoldedName::family("Boy").tokens(), ["boy"]);
        assert_eq!(FoldedName::family("No").tokens(), ["no"]);
    }
}
