//! Verification codes: said on the telephone by a caller who is logged in elsewhere, typed by whoever looks up for them.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::ids::AccountId;
use super::instants::{Instant, SECOND};
use super::matching::KeySecret;

/// How long a code can be used, in microseconds.
pub const CODE_LASTS: i64 = 10 * 60 * SECOND;
/// So many wrong guesses close every code an account has.
pub const WRONG_GUESSES: i32 = 5;
/// So many codes an account may have at once: a look-up on the telephone takes a search and then the contacts.
pub const CODES_AT_ONCE: usize = 3;

/// Eight digits, because digits are told apart on a bad line in any accent. Said and shown in two groups of four.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerificationCode(u32);

/// One more than the highest code.
const CODES: u32 = 100_000_000;

impl VerificationCode {
    /// A new code from the system's generator; each is as likely as any other.
    #[must_use]
    pub fn random() -> Self {
        loop {
            let number: u32 = rand::random::<u32>() >> 5;
            if number < CODES {
                return Self(number);
            }
        }
    }

    /// What is kept of a code of `account`: keyed with a secret that is not in the database, or whoever reads the table
    /// could try all codes in a moment.
    #[must_use]
    pub fn hash(self, secret: &KeySecret, account: AccountId) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(secret.bytes_for_codes());
        hasher.update(account.0.as_bytes());
        hasher.update(self.0.to_be_bytes());
        hasher.finalize().into()
    }
}

impl fmt::Display for VerificationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04} {:04}", self.0 / 10_000, self.0 % 10_000)
    }
}

impl fmt::Debug for VerificationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerificationCode(…)")
    }
}

/// A text that is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be eight digits, in two groups of four or together")]
pub struct NotACode;

impl FromStr for VerificationCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        let (first, second) = match text.len() {
            8 => text.split_at_checked(4).ok_or(NotACode)?,
            9 => text.split_once([' ', '-']).ok_or(NotACode)?,
            _ => return Err(NotACode),
        };
        let group = |digits: &str| {
            let four = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
            four.then(|| digits.parse::<u32>().ok()).flatten().ok_or(NotACode)
        };
        Ok(Self(group(first)? * 10_000 + group(second)?))
    }
}

/// That somebody looks up for a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnBehalf {
    /// The account of whoever called; none where only a code was sent.
    pub caller: Option<AccountId>,
    /// The code they said; none where none was sent.
    pub code: Option<VerificationCode>,
}

/// A code as it is told, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssuedCode {
    /// The code.
    pub code: VerificationCode,
    /// Until when it can be used.
    pub expires_at: Instant,
    /// Whose it is.
    pub account: AccountId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_said() {
        let code: VerificationCode = "0042 1736".parse().unwrap();
        assert_eq!(code.to_string(), "0042 1736");
        for written in ["00421736", "0042-1736"] {
            assert_eq!(written.parse(), Ok(code));
        }
        for wrong in
            ["", "0042", "0042  1736", "004217361", "0042x1736", "00421 736", "004a 1736", "+042 1736", "é0421736"]
        {
            assert_eq!(wrong.parse::<VerificationCode>(), Err(NotACode), "{wrong}");
        }
        assert_eq!(format!("{code:?}"), "VerificationCode(…)");
    }

    #[test]
    fn codes_differ_and_a_hash_is_of_one_account_and_one_secret() {
        let codes: std::collections::BTreeSet<String> =
            (0..100).map(|_| VerificationCode::random().to_string()).collect();
        assert!(codes.len() > 95, "{}", codes.len());
        let (code, account) = (VerificationCode::random(), AccountId::new());
        let (secret, other) = (KeySecret::new([1; 16]), KeySecret::new([2; 16]));
        assert_eq!(code.hash(&secret, account), code.hash(&secret, account));
        assert_ne!(code.hash(&secret, account), code.hash(&other, account));
        assert_ne!(code.hash(&secret, account), code.hash(&secret, AccountId::new()));
    }
}
