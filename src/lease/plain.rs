//! A lease in plain text, for tools that can ask no helper: whoever reads the file has the token.
//!
//! No helper stands before it, so that nothing keeps its reach but the lines of a `store`, nothing
//! keeps its end but post, and nothing counts its uses.

use std::fmt::Write as _;

use jiff::Timestamp;
use patgate_credential::secrecy::zeroize::Zeroizing;
use patgate_credential::{LeaseName, Origin, Reach};
use secrecy::ExposeSecret as _;

use crate::policy::Clearance;
use crate::token::Token;

use super::drop_box::DropBox;
use super::{LeaseError, USER, git_config, reach};

/// What the file looks like.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// `.netrc`: a host, a user, a password. It knows no path and no port.
    /// <https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html>
    Netrc,
    /// The file of `git credential-store`: a URL with the password in each line.
    /// <https://git-scm.com/docs/git-credential-store#_storage_format>
    Store,
}

impl Form {
    /// The file name of the lease `name`.
    pub fn file(self, name: &LeaseName) -> String {
        format!("{}{}", name.step(), self.suffix())
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Netrc => ".netrc",
            Self::Store => ".credentials",
        }
    }
}

/// Reads the file name of such a lease.
pub(super) fn of_file(file: &str) -> Option<LeaseName> {
    [Form::Netrc, Form::Store]
        .into_iter()
        .find_map(|form| LeaseName::parse(file.strip_suffix(form.suffix())?))
}

/// Whether a file of this name is such a lease.
pub fn is_lease(file: &str) -> bool {
    of_file(file).is_some()
}

/// What leases of this form open, if one file can keep them apart.
pub fn opened<'c>(
    form: Form,
    cleared: impl Iterator<Item = &'c Clearance>,
) -> Result<Vec<Reach>, LeaseError> {
    let opened: Vec<_> = cleared.map(|one| as_written(form, reach(one))).collect();
    match form {
        Form::Netrc if opened.len() > 1 => Err(LeaseError::OneMachine),
        Form::Store if opened.len() > 1 && opened.contains(&Reach::Origin) => {
            Err(LeaseError::OneHost)
        }
        Form::Netrc | Form::Store => Ok(opened),
    }
}

/// Writes the tokens of one step into one file, as [`opened`] says.
///
/// Takes the clearances, so that there is no lease without a passing verdict.
pub fn write(
    cleared: Vec<(&Token, Clearance)>,
    form: Form,
    origin: &Origin,
    name: &LeaseName,
    drop_box: &DropBox,
    now: Timestamp,
) -> Result<(), LeaseError> {
    let mut text = Zeroizing::new(String::new());
    for (token, clearance) in cleared {
        if clearance.is_over(now) {
            return Err(LeaseError::NoTime);
        }
        let opened = as_written(form, reach(&clearance));
        let _spent = clearance.spend();
        let secret = token.secret().expose_secret();
        // Writing to a string cannot fail.
        let _ = match (form, &opened) {
            (Form::Netrc, _) => write!(
                text,
                "machine {}\nlogin {USER}\npassword {secret}\n",
                origin.host()
            ),
            (Form::Store, Reach::Origin) => line(&mut text, secret, origin, ""),
            (Form::Store, Reach::Repositories { open, .. }) => git_config::store_paths(open)
                .iter()
                .try_for_each(|path| line(&mut text, secret, origin, &format!("/{path}"))),
        };
    }
    drop_box.write(&form.file(name), text.as_bytes(), 0o600)?;
    Ok(())
}

fn line(text: &mut String, secret: &str, origin: &Origin, path: &str) -> std::fmt::Result {
    let origin = origin.to_string();
    let (scheme, authority) = origin.split_once("://").unwrap_or_default();
    writeln!(text, "{scheme}://{USER}:{secret}@{authority}{path}")
}

/// What a lease of this form opens of `reach`: such a file has no patterns.
fn as_written(form: Form, reach: Reach) -> Reach {
    match (form, &reach) {
        (Form::Store, Reach::Repositories { open, .. })
            if !open.iter().any(|pattern| pattern.contains('*')) =>
        {
            reach
        }
        (Form::Netrc | Form::Store, _) => Reach::Origin,
    }
}
