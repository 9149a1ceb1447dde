//! Who runs a command: the name the audit log gets for what no account stands behind.

/// The name the system knows the operator by: who became root to run the command, or else the login name.
///
/// The environment is the operator's own word. It tells honest people apart; whoever can write to the database needs no
/// command to deceive it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this room reads the environment")]
pub fn operator_name() -> String {
    name_from(|variable| std::env::var(variable).ok())
}

fn name_from(variable: impl Fn(&str) -> Option<String>) -> String {
    let printable = |name: &String| !name.is_empty() && name.len() <= 100 && name.chars().all(|c| !c.is_control());
    ["SUDO_USER", "USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| variable(name).filter(printable))
        .unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::name_from;

    #[test]
    fn an_operator_is_who_they_were_before_they_became_root() {
        let environment = |set: &'static [(&str, &str)]| {
            name_from(|asked| set.iter().find(|(name, _)| *name == asked).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(environment(&[("USER", "root"), ("SUDO_USER", "ada")]), "ada");
        assert_eq!(environment(&[("USER", ""), ("LOGNAME", "ben")]), "ben");
        assert_eq!(environment(&[("USER", "a\nb")]), "unknown");
        assert_eq!(environment(&[]), "unknown");
    }
}
