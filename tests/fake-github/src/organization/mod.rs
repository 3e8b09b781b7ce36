//! Organisations, and what they demand of the tokens that reach for them.

mod refusal;

use refusal::Reason;
pub(crate) use refusal::Refusal;

use jiff::Timestamp;

use crate::account::{Holder, Kind};

/// What an organisation demands of tokens; nothing, at first.
///
/// It holds for its repositories, by REST and by git, and below `/orgs/NAME`. Of several demands that a token fails, the
/// first one made is told.
#[derive(Clone, Debug, Default)]
pub struct Organization {
    demands: Vec<Demand>,
}

/// One demand.
#[derive(Clone, Debug)]
enum Demand {
    Sso,
    NoClassic,
    NoFineGrained,
    NoOAuth,
    /// The caller is not at a listed address; perhaps it is told which.
    Listed(Option<String>),
    Lifetime(Lifetime),
}

/// How long a token may live.
#[derive(Clone, Debug)]
struct Lifetime {
    /// The enterprise that says so, or none for the organisation itself.
    enterprise: Option<String>,
    days: u32,
    token_id: u64,
}

impl Organization {
    /// An organisation that demands nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Demands single sign-on: classic and OAuth tokens pass once they are
    /// [authorised](crate::Account::sso_authorized).
    #[must_use]
    pub fn sso(self) -> Self {
        self.demand(Demand::Sso)
    }

    /// Forbids classic tokens.
    #[must_use]
    pub fn forbids_classic(self) -> Self {
        self.demand(Demand::NoClassic)
    }

    /// Forbids fine-grained tokens.
    #[must_use]
    pub fn forbids_fine_grained(self) -> Self {
        self.demand(Demand::NoFineGrained)
    }

    /// Forbids classic and fine-grained tokens that live longer than so many days in total.
    ///
    /// The refusal links to the settings of the token with the number `token_id`. See
    /// [`Account::lifetime`](crate::Account::lifetime).
    #[must_use]
    pub fn max_lifetime(self, days: u32, token_id: u64) -> Self {
        self.demand(Demand::Lifetime(Lifetime {
            enterprise: None,
            days,
            token_id,
        }))
    }

    /// The same, where 'enterprise' says so.
    #[must_use]
    pub fn enterprise_lifetime(
        self,
        enterprise: impl Into<String>,
        days: u32,
        token_id: u64,
    ) -> Self {
        self.demand(Demand::Lifetime(Lifetime {
            enterprise: Some(enterprise.into()),
            days,
            token_id,
        }))
    }

    /// Refuses every token, since the caller's address is not on the list; the refusal may name the address.
    #[must_use]
    pub fn ip_allow_list(self, address: Option<&str>) -> Self {
        self.demand(Demand::Listed(address.map(str::to_owned)))
    }

    /// Refuses the tokens of OAuth apps.
    #[must_use]
    pub fn oauth_restricted(self) -> Self {
        self.demand(Demand::NoOAuth)
    }

    fn demand(mut self, demand: Demand) -> Self {
        self.demands.push(demand);
        self
    }

    /// Why the organisation, called 'name', refuses 'holder'.
    pub(crate) fn refusal(&self, name: &str, holder: &Holder, now: Timestamp) -> Option<Refusal> {
        let demands = self.demands.iter();
        let mut failed = demands.filter_map(|demand| demand.fails(holder, now));
        failed.next().map(|reason| Refusal::new(name, reason))
    }

    /// Why it refuses whoever asks, if there is an allow list.
    pub(crate) fn address_refusal(&self, name: &str) -> Option<Refusal> {
        self.demands.iter().find_map(|demand| match demand {
            Demand::Listed(address) => Some(Refusal::new(name, Reason::NotListed(address.clone()))),
            Demand::Sso
            | Demand::NoClassic
            | Demand::NoFineGrained
            | Demand::NoOAuth
            | Demand::Lifetime(_) => None,
        })
    }
}

impl Demand {
    /// Why 'holder' fails it.
    fn fails(&self, holder: &Holder, now: Timestamp) -> Option<Reason> {
        let kind = holder.kind;
        match self {
            Self::Sso if kind.has_permissions() || holder.account.sso_authorized => None,
            Self::Sso => Some(Reason::Sso(kind)),
            Self::NoClassic => (kind == Kind::Classic).then_some(Reason::Classic),
            Self::NoFineGrained => (kind == Kind::FineGrained).then_some(Reason::FineGrained),
            Self::NoOAuth => (kind == Kind::OAuth).then_some(Reason::OAuth),
            Self::Listed(address) => Some(Reason::NotListed(address.clone())),
            Self::Lifetime(lifetime) => {
                let is_personal = [Kind::Classic, Kind::FineGrained].contains(&kind);
                let is_longer = is_personal && lives_longer(holder, lifetime.days, now);
                is_longer.then(|| Reason::Lifetime(lifetime.clone(), kind))
            }
        }
    }
}

/// Whether the token lives longer than 'days' in total, as far as that is known.
fn lives_longer(holder: &Holder, days: u32, now: Timestamp) -> bool {
    let account = &holder.account;
    match (account.lifetime, &account.expires) {
        (Some(lifetime), _) => lifetime > days,
        (None, Some(expires)) => instant(expires).is_none_or(|end| {
            let left = end.as_second() - now.as_second();
            left > i64::from(days) * 86_400
        }),
        (None, None) => true,
    }
}

/// The instant that `GitHub-Authentication-Token-Expiration` tells.
fn instant(expires: &str) -> Option<Timestamp> {
    let numeric = expires.replace("UTC", "+0000");
    Timestamp::strptime("%Y-%m-%d %H:%M:%S %z", numeric).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;

    #[test]
    fn a_lifetime_is_what_was_said_or_else_what_is_left() {
        let now = instant("2026-01-01 00:00:00 UTC").unwrap();
        let lives_longer =
            |account: Account| lives_longer(&Holder::new("secret", account), 30, now);
        let account = || Account::user("octocat");
        assert!(lives_longer(account()), "it never ends");
        assert!(lives_longer(account().expires("2026-01-31 02:00:01 +0200")));
        assert!(!lives_longer(account().expires("2026-01-31 00:00:00 UTC")));
        assert!(lives_longer(account().expires("some day")));
        let tomorrow = account().expires("2026-01-02 00:00:00 UTC");
        assert!(lives_longer(tomorrow.lifetime(31)), "the total counts");
    }
}
