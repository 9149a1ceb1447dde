//! Why a token is not taken, and what the caller is told: RFC 6750 and RFC 9470 challenges.

use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};

use crate::api::problems::{Problem, ProblemCode};

/// Why a token is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRefusal {
    /// No bearer token was sent.
    Missing,
    /// The token's time is over.
    Expired,
    /// The token does not hold; the reason is for the log and the metrics and is not sent.
    Invalid(&'static str),
    /// The login behind the token had one factor only.
    OneFactor {
        /// Values of `acr` that would do.
        acr_values: Vec<String>,
    },
    /// The login behind the token is too long ago.
    LoginTooOld {
        /// How old it may be, in seconds.
        max_age: u64,
    },
    /// The issuer's keys cannot be had, so that no token of it can be checked.
    IssuerUnavailable,
}

impl TokenRefusal {
    /// A short name for the metrics.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Expired => "expired",
            Self::Invalid(_) => "invalid",
            Self::OneFactor { .. } => "one-factor",
            Self::LoginTooOld { .. } => "login-too-old",
            Self::IssuerUnavailable => "issuer-unavailable",
        }
    }

    fn code(&self) -> ProblemCode {
        match self {
            Self::Missing => ProblemCode::TokenMissing,
            Self::Expired | Self::Invalid(_) => ProblemCode::TokenInvalid,
            Self::OneFactor { .. } | Self::LoginTooOld { .. } => ProblemCode::InsufficientAuthentication,
            Self::IssuerUnavailable => ProblemCode::IssuerUnavailable,
        }
    }

    /// The challenge. Why a token is invalid is not said: it would tell a forger what to mend.
    fn challenge(&self) -> Option<String> {
        let weak = "Bearer realm=\"child-index\", error=\"insufficient_user_authentication\"";
        match self {
            Self::Missing => Some("Bearer realm=\"child-index\"".to_owned()),
            Self::Expired => Some(invalid_token("The access token has expired")),
            Self::Invalid(_) => Some(invalid_token("The access token is not valid")),
            Self::OneFactor { acr_values } if acr_values.is_empty() => {
                Some(format!("{weak}, error_description=\"Two factors are needed\""))
            }
            Self::OneFactor { acr_values } => Some(format!(
                "{weak}, error_description=\"Two factors are needed\", acr_values=\"{}\"",
                acr_values.join(" ")
            )),
            Self::LoginTooOld { max_age } => {
                Some(format!("{weak}, error_description=\"A more recent login is needed\", max_age=\"{max_age}\""))
            }
            Self::IssuerUnavailable => None,
        }
    }
}

fn invalid_token(description: &str) -> String {
    format!("Bearer realm=\"child-index\", error=\"invalid_token\", error_description=\"{description}\"")
}

impl From<TokenRefusal> for Problem {
    fn from(refusal: TokenRefusal) -> Self {
        let problem = Self::new(refusal.code());
        match refusal.challenge().map(HeaderValue::try_from) {
            Some(Ok(challenge)) => problem.header(WWW_AUTHENTICATE, challenge),
            // Only a configured acr value could be no header text; the status says the same.
            Some(Err(_)) => problem,
            None => problem.retry_after(5),
        }
    }
}
