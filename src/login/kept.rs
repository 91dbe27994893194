//! Tokens that are kept between runs, for users who ask for that: a JSON file that nobody else may read.
//!
//! `{ "format": 1, "tokens": [{ "target": "https://h.example/mcp", "issuer": …, "client_id": …, "access_token": … }] }`

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pkce;
use super::secret::Secret;

const FORMAT: u64 = 1;

/// What is kept of one login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// URL of the server that the token is for.
    pub target: String,
    /// Who issued it.
    pub issuer: String,
    /// The client that it was issued to.
    pub client_id: String,
    /// That client's secret, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// Where the client can be read and removed, if it was registered for this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
    /// The token.
    pub access_token: Secret,
    /// What gets the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Secret>,
    /// Seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// What was granted, where the server said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// A client's management endpoint (RFC 7592 §3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// `registration_client_uri`.
    pub uri: String,
    /// `registration_access_token`.
    pub access_token: Secret,
}

/// Why tokens cannot be read or kept. None of the messages quotes the file, which holds secrets.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The file could be read by others, so that its tokens may be known.
    #[error("{path} can be read by other users of this machine: chmod 600 {path}", path = path.display())]
    Readable {
        /// The file.
        path: PathBuf,
    },
    /// It is of another version of this program, or of another program.
    #[error("{path} has tokens in a format that is not known here: it needs \"format\": {FORMAT}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// It is no file of tokens.
    #[error("{path} does not hold tokens: line {line}, column {column}", path = path.display())]
    NoTokens {
        /// The file.
        path: PathBuf,
        /// From 1; 0 where the JSON is right and its keys are not.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// The system does not let us.
    #[error("{path} cannot be {what}: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        what: &'static str,
        /// What the system says.
        error: io::Error,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u64,
    tokens: Vec<Kept>,
}

/// What is kept in the file at `path`; nothing where there is none yet.
pub fn read(path: &Path) -> Result<Vec<Kept>, KeptError> {
    let failed = |error| KeptError::Io { path: path.to_owned(), what: "read", error };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    if is_for_others(&file).map_err(failed)? {
        return Err(KeptError::Readable { path: path.to_owned() });
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    let no_tokens = |error: serde_json::Error| KeptError::NoTokens {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
    };
    let value: Value = serde_json::from_str(&text).map_err(no_tokens)?;
    if value.get("format").and_then(Value::as_u64) != Some(FORMAT) {
        return Err(KeptError::Format { path: path.to_owned() });
    }
    let written: Written = serde_json::from_str(&text).map_err(no_tokens)?;
    Ok(written.tokens)
}

/// Keeps `token` in the place of the one for the same target, issuer and client; all others stay.
pub fn keep(path: &Path, token: Kept) -> Result<(), KeptError> {
    let mut tokens = read(path)?;
    tokens.retain(|other| {
        (&other.target, &other.issuer, &other.client_id) != (&token.target, &token.issuer, &token.client_id)
    });
    tokens.push(token);
    write(path, tokens)
}

/// Writes a new file beside the old one and puts it in its place, so that no reader sees half of it and it is never
/// open to others.
fn write(path: &Path, tokens: Vec<Kept>) -> Result<(), KeptError> {
    let failed = |error| KeptError::Io { path: path.to_owned(), what: "written", error };
    let text =
        serde_json::to_vec_pretty(&Written { format: FORMAT, tokens }).map_err(|e| failed(e.into()))?;
    let name = path.file_name().ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
    let unique = pkce::random_state().ok_or_else(|| failed(io::Error::other("no randomness")))?;
    let beside = path.with_file_name(format!(".{}.{unique}", name.to_string_lossy()));
    let written = create(&beside).and_then(|mut file| {
        file.write_all(&text)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        failed(error)
    })
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether group or others may do anything with the file; elsewhere than on Unix a home folder is closed to them.
#[cfg(unix)]
fn is_for_others(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata()?;
    Ok(metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_for_others(_: &File) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(target: &str, client_id: &str) -> Kept {
        Kept {
            target: target.to_owned(),
            issuer: "https://as.example".to_owned(),
            client_id: client_id.to_owned(),
            client_secret: Some(Secret::new("client-s3cret")),
            registration: Some(Registration {
                uri: "https://as.example/register/1".to_owned(),
                access_token: Secret::new("manage-s3cret"),
            }),
            access_token: Secret::new("access-s3cret"),
            refresh_token: Some(Secret::new("refresh-s3cret")),
            expires_at: Some(1_800_000_000),
            scope: None,
        }
    }

    fn write_as(path: &Path, text: &str) {
        let _ = fs::remove_file(path);
        create(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn what_is_kept_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        assert_eq!(read(&path).unwrap(), []);
        keep(&path, token("https://a/mcp", "1")).unwrap();
        keep(&path, token("https://b/mcp", "1")).unwrap();
        keep(&path, Kept { scope: Some("x".to_owned()), ..token("https://a/mcp", "1") }).unwrap();
        keep(&path, token("https://a/mcp", "2")).unwrap();
        let kept = read(&path).unwrap();
        let names: Vec<_> = kept.iter().map(|kept| (kept.target.as_str(), kept.client_id.as_str())).collect();
        assert_eq!(names, [("https://b/mcp", "1"), ("https://a/mcp", "1"), ("https://a/mcp", "2")]);
        assert_eq!(kept[1].scope.as_deref(), Some("x"));
        assert_eq!(kept[0].access_token.expose(), "access-s3cret");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        keep(&path, token("https://a/mcp", "1")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let message = read(&path).unwrap_err().to_string();
            assert!(message.ends_with(&format!("chmod 600 {}", path.display())), "{message}");
            assert!(keep(&path, token("https://b/mcp", "1")).is_err());
        }
    }

    #[test]
    fn says_what_is_wrong_and_quotes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.json");
        for (text, wanted) in [
            (r#"{"format":2,"tokens":[]}"#, "format that is not known"),
            (r#"{"tokens":[]}"#, "format that is not known"),
            (r#"["s3cret"]"#, "format that is not known"),
            ("{\"format\":1,\n\"tokens\":[\"s3cret\"]}", "line 2, column 18"),
            (r#"{"format":1,"tokens":[],"s3cret":1}"#, "does not hold tokens"),
            ("s3cret", "line 1, column 1"),
        ] {
            write_as(&path, text);
            let error = read(&path).unwrap_err();
            assert!(error.to_string().contains(wanted), "{error}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
            assert!(
                keep(&path, token("https://a/mcp", "1")).is_err(),
                "what is not understood is not written over"
            );
        }
        assert!(read(folder.path()).unwrap_err().to_string().contains("cannot be read"));
        assert!(keep(Path::new("/"), token("https://a/mcp", "1")).is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", token("https://a/mcp", "1")).contains("s3cret"));
    }
}
