//! Keys of signed notes: verifier keys as C2SP writes them, the signers behind them, and the cosignatures of witnesses
//! (C2SP tlog-cosignature, `cosignature/v1`).

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::notes::{SignatureLine, is_key_name};

/// Length of an Ed25519 public key, in bytes.
const KEY_BYTES: usize = 32;
/// Length of the time before the signature of a cosignature, in bytes.
const TIME_BYTES: usize = 8;

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// The text itself: a log's own key.
    Log,
    /// The text with the time at which it was seen: a witness's key.
    Witness,
}

impl KeyKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Log => 0x01,
            Self::Witness => 0x04,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Log),
            0x04 => Some(Self::Witness),
            _ => None,
        }
    }
}

/// A public key with its name, written `<name>+<key id>+<base64 of kind and key>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    public: [u8; KEY_BYTES],
}

/// A text that is no verifier key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a verifier key is written name+id+key, as C2SP signed-note has it, and is Ed25519")]
pub struct NotAKey;

/// A signature that claims to be of a known key and is not: whoever shows it is not to be believed in anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signature does not hold")]
pub struct BadSignature;

impl VerifierKey {
    /// A key of this name; `None` where nothing can be called so.
    pub fn new(name: &str, kind: KeyKind, public: [u8; KEY_BYTES]) -> Option<Self> {
        is_key_name(name).then(|| Self { name: name.to_owned(), kind, public })
    }

    /// Its name: of a log's key, the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The first four bytes of its hash, by which a signature line names it.
    pub fn id(&self) -> [u8; 4] {
        let mut sha = Sha256::new();
        sha.update(self.name.as_bytes());
        sha.update([b'\n', self.kind.byte()]);
        sha.update(self.public);
        let hash: [u8; 32] = sha.finalize().into();
        let [a, b, c, d, ..] = hash;
        [a, b, c, d]
    }

    /// Whether a line claims to be of this key.
    pub fn is_of(&self, line: &SignatureLine) -> bool {
        line.name == self.name && line.key_id == self.id()
    }

    /// Checks a line of this key under a text; gives the time of a cosignature, in seconds since 1970.
    ///
    /// # Errors
    /// [`BadSignature`] where it is not this key's signature of this text.
    pub fn check(&self, text: &str, line: &SignatureLine) -> Result<Option<u64>, BadSignature> {
        let key = UnparsedPublicKey::new(&ED25519, self.public);
        let verify = |message: &str, signature: &[u8]| key.verify(message.as_bytes(), signature);
        match self.kind {
            KeyKind::Log => verify(text, &line.signature).map(|()| None).map_err(|_| BadSignature),
            KeyKind::Witness => {
                let (time, signature) = line.signature.split_first_chunk::<TIME_BYTES>().ok_or(BadSignature)?;
                let time = u64::from_be_bytes(*time);
                // The specification's bound.
                i64::try_from(time).map_err(|_| BadSignature)?;
                verify(&cosigned(time, text), signature).map(|()| Some(time)).map_err(|_| BadSignature)
            }
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&[self.kind.byte()], self.public.as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), STANDARD.encode(bytes))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for VerifierKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let (name, rest) = text.split_once('+').ok_or(NotAKey)?;
        let (id, encoded) = rest.split_once('+').ok_or(NotAKey)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| NotAKey)?;
        let (kind, public) = bytes.split_first().ok_or(NotAKey)?;
        let kind = KeyKind::from_byte(*kind).ok_or(NotAKey)?;
        let public = public.try_into().map_err(|_| NotAKey)?;
        let key = Self::new(name, kind, public).ok_or(NotAKey)?;
        // The id is a check on the rest: a key that was mistyped is not another key.
        if hex::encode(key.id()) == id { Ok(key) } else { Err(NotAKey) }
    }
}

/// What a witness signs: the time and the whole text.
fn cosigned(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// A private key that signs notes under a name.
pub struct NoteSigner {
    pair: Ed25519KeyPair,
    key: VerifierKey,
}

/// A key that cannot sign notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no Ed25519 private key (PKCS#8), or its name cannot name a key")]
pub struct NotASigner;

impl NoteSigner {
    /// A log's signer from a PKCS#8 document, as `openssl genpkey -algorithm ed25519` makes it.
    ///
    /// # Errors
    /// [`NotASigner`].
    pub fn from_pkcs8(name: &str, der: &[u8]) -> Result<Self, NotASigner> {
        Self::of(name, KeyKind::Log, Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| NotASigner)?)
    }

    /// A signer from 32 secret bytes; for tests, whose keys are no secret.
    ///
    /// # Errors
    /// [`NotASigner`].
    pub fn from_seed(name: &str, kind: KeyKind, seed: [u8; 32]) -> Result<Self, NotASigner> {
        Self::of(name, kind, Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| NotASigner)?)
    }

    fn of(name: &str, kind: KeyKind, pair: Ed25519KeyPair) -> Result<Self, NotASigner> {
        let public = pair.public_key().as_ref().try_into().map_err(|_| NotASigner)?;
        let key = VerifierKey::new(name, kind, public).ok_or(NotASigner)?;
        Ok(Self { pair, key })
    }

    /// Its public half.
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Signs a text; `time`, in seconds since 1970, counts for witnesses only.
    pub fn sign(&self, text: &str, time: u64) -> SignatureLine {
        let signature = match self.key.kind {
            KeyKind::Log => self.pair.sign(text.as_bytes()).as_ref().to_vec(),
            KeyKind::Witness => {
                let signature = self.pair.sign(cosigned(time, text).as_bytes());
                [time.to_be_bytes().as_slice(), signature.as_ref()].concat()
            }
        };
        SignatureLine { name: self.key.name.clone(), key_id: self.key.id(), signature }
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoteSigner").field("key", &self.key).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "example.com/log\n7\nAAAA\n";

    fn signer(kind: KeyKind) -> NoteSigner {
        NoteSigner::from_seed("example.com/log", kind, [7; 32]).unwrap()
    }

    /// The note and key of Go's `golang.org/x/mod/sumdb/note`, whose format C2SP took over.
    #[test]
    fn a_note_of_another_implementation_verifies() {
        let key: VerifierKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
        let text =
            "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let line: SignatureLine = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
            .parse()
            .unwrap();
        assert!(key.is_of(&line));
        assert_eq!(key.check(text, &line), Ok(None));
        assert_eq!(key.check(&text.replace("problem", "answer"), &line), Err(BadSignature));
        assert_eq!(key.to_string(), "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    }

    #[test]
    fn every_bit_of_a_signature_counts() {
        for (kind, time) in [(KeyKind::Log, None), (KeyKind::Witness, Some(1_767_225_600))] {
            let signer = signer(kind);
            let line = signer.sign(TEXT, 1_767_225_600);
            assert_eq!(signer.key().check(TEXT, &line), Ok(time));
            for bit in 0..line.signature.len() * 8 {
                let mut flipped = line.clone();
                flipped.signature[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(signer.key().check(TEXT, &flipped), Err(BadSignature), "{bit}");
            }
            assert_eq!(signer.key().check("another\n", &line), Err(BadSignature));
        }
    }

    #[test]
    fn a_log_and_a_witness_are_two_keys_whatever_their_secret() {
        let (log, witness) = (signer(KeyKind::Log), signer(KeyKind::Witness));
        assert_ne!(log.key().id(), witness.key().id());
        assert!(!witness.key().is_of(&log.sign(TEXT, 0)));
    }

    #[test]
    fn keys_go_through_text_and_back_and_mistyped_ones_are_refused() {
        for kind in [KeyKind::Log, KeyKind::Witness] {
            let key = signer(kind).key().clone();
            let text = key.to_string();
            assert_eq!(text.parse(), Ok(key));
            for bad in [
                text.replacen('+', " ", 1),
                text.replace("example", "exemple"),
                text.get(..text.len() - 4).unwrap().to_owned(),
                format!("{text}="),
                String::new(),
            ] {
                assert_eq!(bad.parse::<VerifierKey>(), Err(NotAKey), "{bad}");
            }
        }
    }
}
