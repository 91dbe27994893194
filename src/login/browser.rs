//! The user's own browser.

use std::io;

/// Why no browser was opened.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// A server names its authorization endpoint, and a URL of another scheme could start any program.
    #[error("only http and https URLs are opened in a browser")]
    Scheme,
    /// None is there, or it does not start.
    #[error("no browser could be opened ({0}): open the URL yourself, or log in without one with --headless")]
    NotOpened(io::Error),
}

/// Opens `url` where the user browses. It returns once the browser has been told, except for one that runs in the
/// terminal, and those are waited for.
pub fn open(url: &str) -> Result<(), BrowserError> {
    open_with(url, &webbrowser::BrowserOptions::new())
}

fn open_with(url: &str, options: &webbrowser::BrowserOptions) -> Result<(), BrowserError> {
    match url::Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => {}
        _ => return Err(BrowserError::Scheme),
    }
    webbrowser::open_browser_with_options(webbrowser::Browser::Default, url, options)
        .map_err(BrowserError::NotOpened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_nothing_but_the_web() {
        let mut options = webbrowser::BrowserOptions::new();
        options.with_dry_run(true);
        for url in
            ["file:///bin/sh", "javascript:alert(1)", "x-app://run", "/bin/sh", "--help", "", "C:\\x.exe"]
        {
            assert!(matches!(open_with(url, &options), Err(BrowserError::Scheme)), "{url}");
        }
    }

    #[test]
    fn a_missing_browser_is_a_sentence() {
        let error = BrowserError::NotOpened(io::Error::new(io::ErrorKind::NotFound, "none here"));
        assert_eq!(
            error.to_string(),
            "no browser could be opened (none here): open the URL yourself, or log in without one with --headless"
        );
    }
}
