//! The proof that cases bite: every case on the reference servers, clean, with each defect, and with each variant.
//!
//! One recording a column; all cases are judged over it under the profile that the servers speak in that column.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use reference_servers::{Clock, Profile, Running, StartError, UnknownProfile};

use crate::credentials::{Credentials, GivenClient, Way};
use crate::judge::{Conclusion, Judgement, Judgements, judge};
use crate::login::secret::Secret;
use crate::model::corpus::Corpus;
use crate::model::deviation::{Deviation, TokenWay};
use crate::model::recording::{Recording, Target};
use crate::model::requirement::Role;
use crate::model::verdict::Verdict;
use crate::net::settings::{self, Settings};
use crate::run::Quiet;
use crate::session::{CheckError, Options, record};

/// What the reference servers do in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing wrong.
    Clean,
    /// Unusual but right.
    Variant,
    /// Wrong.
    Defect,
}

/// The reference servers in one state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Column {
    /// What they do.
    pub kind: Kind,
    /// The defect or variant; empty for clean ones.
    pub name: String,
    /// The profile that they speak.
    pub profile: String,
    /// Which of them is looked at: the MCP server, with its authorization server, or the client.
    pub role: Role,
}

impl Column {
    /// As in `challenge-without-resource-metadata (2025-06-18)` and `clean (2025-06-18)`.
    pub fn title(&self) -> String {
        let name = match (self.kind, self.role) {
            (Kind::Clean, Role::Client) => "clean client",
            (Kind::Clean, _) => "clean",
            _ => &self.name,
        };
        format!("{name} ({})", self.profile)
    }
}

/// Every column: clean ones, then variants, then defects.
pub fn columns(corpus: &Corpus) -> Vec<Column> {
    let newest = corpus.newest_profile().unwrap_or_default();
    let clean = |role| {
        let exists = move |profile: &&String| has_cases(corpus, role, profile);
        corpus.profiles.keys().filter(exists).map(move |profile| Column {
            kind: Kind::Clean,
            name: String::new(),
            profile: profile.clone(),
            role,
        })
    };
    let of = |kind, name: &str, deviation: &Deviation| -> Vec<Column> {
        let mut profiles = deviation.profiles().to_vec();
        if profiles.is_empty() {
            profiles.push(newest.to_owned());
        }
        let role = role_of(deviation);
        profiles.into_iter().map(|profile| Column { kind, name: name.to_owned(), profile, role }).collect()
    };
    let variants = corpus.variants.iter().flat_map(|(name, filed)| of(Kind::Variant, name, &filed.value));
    let defects = corpus.defects.iter().flat_map(|(name, filed)| of(Kind::Defect, name, &filed.value));
    clean(Role::Server).chain(clean(Role::Client)).chain(variants).chain(defects).collect()
}

/// Whether a case about `role` exists in `profile`.
fn has_cases(corpus: &Corpus, role: Role, profile: &str) -> bool {
    let mut about = corpus.cases.iter().filter(|(id, _)| Corpus::role_of(id) == role);
    about.any(|(_, filed)| corpus.level(&filed.value, profile).is_some())
}

/// What a deviation changes: the client, if nothing else.
fn role_of(deviation: &Deviation) -> Role {
    let of_client = |edit: &reference_servers::Edit| edit.on.server == reference_servers::Server::Client;
    let edits = &deviation.edits;
    let client = deviation.behaviours.is_empty() && !edits.is_empty() && edits.iter().all(of_client);
    if client { Role::Client } else { Role::Server }
}

/// Why a column could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    /// The reference servers did not start.
    #[error("the reference servers did not start: {0}")]
    Start(#[from] StartError),
    /// They do not know the profile.
    #[error(transparent)]
    Profile(#[from] UnknownProfile),
    /// The check could not be made.
    #[error(transparent)]
    Check(#[from] CheckError),
}

/// Starts the reference servers as `profile` with the deviations in `with`, by name.
pub async fn start(
    profile: &str,
    with: &[&Deviation],
    mut options: reference_servers::Options,
) -> Result<Running, MatrixError> {
    options.profile = profile.parse::<Profile>()?;
    options.edits = with.iter().flat_map(|deviation| deviation.edits.iter().cloned()).collect();
    options.behaviours = with.iter().flat_map(|deviation| deviation.behaviours.iter().copied()).collect();
    for deviation in with {
        options.tls.mcp = deviation.tls.mcp.or(options.tls.mcp);
        options.tls.authorization = deviation.tls.authorization.or(options.tls.authorization);
    }
    Ok(reference_servers::start(options).await?)
}

/// Records what the servers of `column` answer.
pub async fn record_column(corpus: &Corpus, column: &Column) -> Result<Recording, MatrixError> {
    record_column_by(corpus, column, column.way(corpus)).await
}

/// The same, with a good token that is got in this way, or without one.
pub async fn record_column_by(
    corpus: &Corpus,
    column: &Column,
    way: Option<Way>,
) -> Result<Recording, MatrixError> {
    let deviations = match column.kind {
        Kind::Clean => None,
        Kind::Variant => corpus.variants.get(&column.name),
        Kind::Defect => corpus.defects.get(&column.name),
    };
    let with: Vec<&Deviation> = deviations.iter().map(|filed| &filed.value).collect();
    let options = reference_servers::Options { clock: Clock::Fixed(1_785_196_800), ..Default::default() };
    let servers = start(&column.profile, &with, options).await?;
    let url = match column.role {
        Role::Client => &servers.client_metadata_url,
        Role::Server | Role::AuthorizationServer => &servers.server_url,
    };
    let target = Target { role: column.role, url: url.clone() };
    let mut options = trusting(&servers);
    options.credentials = way.map_or_else(Credentials::default, |way| credentials(&servers, way));
    Ok(record(corpus, target, &options, &Quiet).await?)
}

/// Options with which a check trusts the certificates of `servers`, and logs in there.
pub fn trusting(servers: &Running) -> Options {
    let authority = servers.certificate_authority.as_deref().unwrap_or_default();
    let roots = settings::roots(authority.as_bytes()).unwrap_or_default();
    let network = Settings { roots, lookups: false, ..Settings::default() };
    Options {
        network,
        credentials: credentials(servers, Way::Login { headless: true }),
        ..Options::default()
    }
}

/// What a user of `servers` would give, which ask nobody for consent.
pub fn credentials(servers: &Running, way: Way) -> Credentials {
    let client = (way == Way::ClientCredentials).then(|| GivenClient {
        id: servers.client_id.clone(),
        secret: Some(Secret::new(servers.client_secret.clone())),
    });
    Credentials {
        way: Some(way),
        client,
        broader_scope: Some("mcp:admin".to_owned()),
        ..Credentials::default()
    }
}

impl Column {
    /// How a token is got here, if one is.
    fn way(&self, corpus: &Corpus) -> Option<Way> {
        let deviation = match self.kind {
            Kind::Clean => None,
            Kind::Variant => corpus.variants.get(&self.name),
            Kind::Defect => corpus.defects.get(&self.name),
        };
        match deviation.map(|filed| filed.value.token).unwrap_or_default() {
            TokenWay::Login => Some(Way::Login { headless: true }),
            TokenWay::ClientCredentials => Some(Way::ClientCredentials),
            TokenWay::None => None,
        }
    }

    /// Whether `case` is about what is looked at in this column.
    pub fn concerns(&self, case: &str) -> bool {
        (Corpus::role_of(case) == Role::Client) == (self.role == Role::Client)
    }
}

/// What every case says in one column.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The column.
    pub column: Column,
    /// By case; cases that do not exist in the column's profile are left out.
    pub cases: BTreeMap<String, Judgement>,
}

impl Judged {
    /// Judges the recording of `column`.
    pub fn new(corpus: &Corpus, column: Column, recording: &Recording) -> Self {
        let all: Judgements = judge(corpus, recording);
        // Variants show that nothing is complained of, and need not show what takes an option that they have no use for.
        let is_unasked = |judgement: &Judgement| {
            let unasked = matches!(&judgement.conclusion, Conclusion::Untested { options: Some(_), .. });
            column.kind == Kind::Variant && unasked
        };
        let here = all.into_iter().filter_map(|(case, mut by)| Some((case, by.remove(&column.profile)?)));
        let here = here.filter(|(_, judgement)| !is_unasked(judgement));
        let cases = here.collect();
        Self { column, cases }
    }

    /// The verdict of `case`, if it exists here.
    pub fn verdict(&self, case: &str) -> Option<Verdict> {
        self.cases.get(case).map(|judgement| judgement.verdict)
    }

    /// Every case and each diagnosis that it is given here.
    pub fn diagnoses(&self) -> impl Iterator<Item = (&str, &str)> {
        let given = self.cases.iter().map(|(case, judgement)| (case.as_str(), &judgement.diagnoses));
        given.flat_map(|(case, given)| given.iter().map(move |one| (case, one.as_str())))
    }

    /// Whether `case` finds something here: what a defect is for, and what a clean or variant column must not show.
    pub fn finds(&self, case: &str) -> bool {
        self.verdict(case).is_some_and(Verdict::is_finding)
    }
}

/// Whether `case` names `defect`, or a variant that it takes note of, in its `caught-by`.
pub fn is_caught_by(corpus: &Corpus, case: &str, defect: &str) -> bool {
    let case = corpus.cases.get(case);
    case.is_some_and(|case| case.value.caught_by.iter().any(|caught| caught.value == defect))
}

/// Whether `verdict` of `case` is right on a clean or variant column: nothing is found, or something that is no
/// complaint, on a variant that the case foresees.
pub fn is_green(corpus: &Corpus, column: &Column, case: &str, verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::NotApplicable => true,
        Verdict::Info => column.kind == Kind::Variant && is_caught_by(corpus, case, &column.name),
        _ => false,
    }
}

/// What is wrong with the proof, a sentence each: defects not caught, clean or variant columns not green, and cases
/// that no column shows passing.
pub fn gaps(corpus: &Corpus, matrix: &[Judged]) -> Vec<String> {
    let mut gaps = Vec::new();
    for judged in matrix.iter().filter(|judged| judged.column.kind != Kind::Defect) {
        for (case, judgement) in &judged.cases {
            if !is_green(corpus, &judged.column, case, judgement.verdict) {
                gaps.push(format!("{case} is {} on {}", judgement.verdict.word(), judged.column.title()));
            }
        }
    }
    for (case, filed) in &corpus.cases {
        for defect in &filed.value.caught_by {
            let mut columns = matrix.iter().filter(|judged| judged.column.name == defect.value);
            if !columns.any(|judged| judged.finds(case)) {
                gaps.push(format!("{case} does not catch {}", defect.value));
            }
        }
        if !matrix.iter().any(|judged| judged.verdict(case) == Some(Verdict::Pass)) {
            gaps.push(format!("{case} passes nowhere"));
        }
    }
    for (name, filed) in &corpus.diagnoses {
        for defect in &filed.value.shown_by {
            let mut columns = matrix.iter().filter(|judged| judged.column.name == defect.value);
            if !columns.any(|judged| judged.diagnoses().any(|(_, given)| given == name)) {
                gaps.push(format!("{name} is not given on {}", defect.value));
            }
        }
    }
    gaps
}

/// The whole matrix as text: for each column what is not green in it.
///
/// `=` marks a finding that the case's `caught-by` foresees, `!` one beside it; a diagnosis on a defect that does not
/// show it by its own account has a `?`.
pub fn render(corpus: &Corpus, matrix: &[Judged]) -> String {
    let mut text = String::new();
    for judged in matrix {
        let count = |verdict| judged.cases.values().filter(|judgement| judgement.verdict == verdict).count();
        let counts = [Verdict::Pass, Verdict::NotApplicable, Verdict::Untested]
            .map(|verdict| format!("{} {}", count(verdict), verdict.word()));
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}: {}", judged.column.title(), counts.join(", "));
        for (case, judgement) in &judged.cases {
            let mark = match judgement.verdict {
                Verdict::Pass | Verdict::NotApplicable | Verdict::Untested => continue,
                _ if is_caught_by(corpus, case, &judged.column.name) => '=',
                _ => '!',
            };
            let _ = writeln!(text, "  {mark} {} {case}", judgement.verdict.word());
        }
        for (_, diagnosis) in judged.diagnoses() {
            let shown_by = corpus.diagnoses.get(diagnosis).map_or(&[][..], |filed| &filed.value.shown_by);
            let foreseen = shown_by.iter().any(|defect| defect.value == judged.column.name);
            let _ = writeln!(text, "  {} likely {diagnosis}", if foreseen { '=' } else { '?' });
        }
        for (root, count) in roots(judged) {
            let _ = writeln!(text, "  - {count} untested because {root}");
        }
    }
    text
}

/// How many cases are untested for each cause.
fn roots(judged: &Judged) -> BTreeMap<String, usize> {
    let mut roots = BTreeMap::new();
    for judgement in judged.cases.values() {
        if let Conclusion::Untested { why, because, .. } = &judgement.conclusion {
            let root = because.as_ref().map_or_else(|| without_ports(why), |root| format!("of {root}"));
            *roots.entry(root).or_default() += 1;
        }
    }
    roots
}

/// Ports differ from run to run.
fn without_ports(text: &str) -> String {
    let mut rest = text;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("127.0.0.1:") {
        out.push_str(before);
        out.push_str("127.0.0.1");
        rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out + rest
}
