//! What the inputs hold: an app, a token, or several of them for several gates.

use secrecy::{ExposeSecret as _, SecretString};

use crate::input::{Input, InputError, Secrets, TokenLine};
use crate::token::{App, AppError, Token, TokenError};

use super::Error;

/// What the inputs hold: tokens, or an app that asks for one.
pub(super) enum Holder {
    App(App),
    Tokens(Vec<Candidate>),
}

/// A text that may be the token for a gate.
pub(super) struct Candidate {
    /// The line of the input `tokens`, and the gate that it names; `None` is the input `token`,
    /// for the gate of the input `gate`.
    pub(super) line: Option<(usize, String)>,
    pub(super) token: Result<Token, TokenError>,
}

impl Holder {
    /// A text that is no token is an error where nothing else is in question for its gate.
    pub(super) fn read(secrets: &Secrets) -> Result<Self, Error> {
        let is_there = |secret: &SecretString| !secret.expose_secret().trim().is_empty();
        let has_token = is_there(&secrets.token);
        let has_app = secrets.client_id.is_some() || is_there(&secrets.private_key);
        if !secrets.tokens.is_empty() {
            return Self::several(&secrets.tokens, has_token, has_app);
        }
        match (&secrets.client_id, is_there(&secrets.private_key)) {
            (None, false) => Ok(Self::Tokens(vec![Candidate {
                line: None,
                token: Ok(Token::parse(&secrets.token)?),
            }])),
            (Some(_), _) | (_, true) if has_token => Err(AppError::TokenToo.into()),
            (None, true) => Err(AppError::NoClientId.into()),
            (Some(_), false) => Err(AppError::NoKey.into()),
            (Some(id), true) => Ok(Self::App(App::parse(id, &secrets.private_key)?)),
        }
    }

    fn several(lines: &[TokenLine], has_token: bool, has_app: bool) -> Result<Self, Error> {
        let name = "tokens";
        if has_token || has_app {
            let (other, help) = if has_token {
                (
                    "token",
                    "write the one token as a line of `tokens`, and leave `token` out",
                )
            } else {
                ("private-key", "give the app a step of its own")
            };
            return Err(InputError::Both { name, other, help }.into());
        }
        let candidates = lines.iter().map(|line| {
            let number = line.number;
            let gate = line.gate.clone().ok_or(InputError::TokenLine { number })?;
            Ok(Candidate {
                line: Some((number, gate)),
                token: Token::parse(&line.secret),
            })
        });
        let holder = Self::Tokens(candidates.collect::<Result<_, InputError>>()?);
        for gate in holder.gates("") {
            let of_gate = || holder.candidates(&gate);
            let usable = of_gate().any(|one| one.token.is_ok());
            let mistake = of_gate().find_map(Candidate::mistake);
            if let Some((line, source)) = mistake.filter(|_| !usable) {
                return Err(Error::NoCandidate { gate, line, source });
            }
        }
        Ok(holder)
    }

    /// The gates that there is a token for, in the order in which the input names them. `given` is
    /// the one of the input `gate`.
    pub(super) fn gates(&self, given: &str) -> Vec<String> {
        let Self::Tokens(candidates) = self else {
            return vec![given.to_owned()];
        };
        let mut gates = Vec::new();
        for candidate in candidates {
            let gate = candidate.gate(given);
            if !gates.iter().any(|named| named == gate) {
                gates.push(gate.to_owned());
            }
        }
        gates
    }

    fn candidates(&self, gate: &str) -> impl Iterator<Item = &Candidate> {
        let candidates: &[Candidate] = match self {
            Self::App(_) => &[],
            Self::Tokens(candidates) => candidates,
        };
        candidates
            .iter()
            .filter(move |candidate| candidate.gate("") == gate)
    }

    /// Refuses inputs that say of one gate what several could mean.
    pub(super) fn permits(&self, input: &Input) -> Result<(), InputError> {
        let name = "tokens";
        let is_named = |candidate: &Candidate| candidate.line.is_some();
        match self {
            Self::Tokens(candidates) if candidates.iter().any(is_named) => {}
            Self::Tokens(_) | Self::App(_) => return Ok(()),
        }
        if input.gate != "default" {
            let help = "leave `gate` out: each line of `tokens` names its own";
            let other = "gate";
            return Err(InputError::Both { name, other, help });
        }
        if self.gates("").len() > 1 && !input.repositories.is_empty() {
            let help = "leave `repositories` out, and name in the policy what each gate opens; with one gate alone it can stay";
            let other = "repositories";
            return Err(InputError::Both { name, other, help });
        }
        Ok(())
    }
}

impl Candidate {
    /// The gate that it is for.
    pub(super) fn gate<'a>(&'a self, given: &'a str) -> &'a str {
        self.line.as_ref().map_or(given, |(_, gate)| gate)
    }

    /// Why it is no token, and on which line it stands.
    fn mistake(&self) -> Option<(usize, TokenError)> {
        let (line, _) = self.line.as_ref()?;
        Some((*line, *self.token.as_ref().err()?))
    }
}
