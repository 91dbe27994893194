//! What a response edit cannot say: ways to be wrong, or unusual, that need to know more than one response.
//!
//! ```yaml
//! behaviours: [accepts-expired, ignores-scope]
//! ```
//!
//! Each acts in one place; search for its name.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! behaviours {
    ($($behaviour:ident = $name:literal: $about:literal,)*) => {
        /// One named way in which the pair differs from the reference.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Behaviour {
            $(
                #[doc = $about]
                #[serde(rename = $name)]
                $behaviour,
            )*
        }

        impl Behaviour {
            /// Every behaviour with one line about it.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$behaviour, $about)),*];

            /// The name as it is written in a file or on a command line.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$behaviour => $name,)*
                }
            }
        }
    };
}

behaviours! {
    // Which tokens the MCP server accepts.
    AcceptsNoToken = "accepts-no-token": "The MCP server is open: it checks nothing.",
    AcceptsAnyToken = "accepts-any-token": "Any bearer token is accepted, however made up.",
    AcceptsBadSignature = "accepts-bad-signature": "Signatures are not verified.",
    AcceptsUnsigned = "accepts-unsigned": "A token with alg none is accepted.",
    TrustsEmbeddedKey = "trusts-embedded-key": "A token is verified with the key in its own header (jwk), if it brings one.",
    AcceptsPublicKeyAsSecret = "accepts-public-key-as-secret": "A token that is an HS256 MAC under a published key, written in PEM, is accepted.",
    TrustsKeyUrl = "trusts-key-url": "A token is verified with the key set at the URL in its own header (jku), if it names one.",
    IgnoresKeyId = "ignores-key-id": "A token that names an unknown key is verified with every key there is.",
    AcceptsUnknownKeyId = "accepts-unknown-key-id": "A token that names an unknown key is not verified.",
    BlocksNoneAsSpelled = "blocks-none-as-spelled": "A token whose alg is none in any spelling but `none` is accepted.",
    IgnoresCriticalHeaders = "ignores-critical-headers": "What the crit header lists is not looked at.",
    IgnoresType = "ignores-type": "The typ of a token is not looked at.",
    RefusesBoundTokens = "refuses-bound-tokens": "A token that is bound to a key (cnf) is refused where it is sent as a bearer token.",
    AcceptsEndless = "accepts-endless": "A token without exp is accepted.",
    AcceptsMissingIssuer = "accepts-missing-issuer": "A token without iss is accepted.",
    AcceptsExpired = "accepts-expired": "The exp claim is not checked.",
    AcceptsNotYetValid = "accepts-not-yet-valid": "The nbf claim is not checked.",
    AcceptsWrongIssuer = "accepts-wrong-issuer": "The iss claim is not checked.",
    AcceptsWrongAudience = "accepts-wrong-audience": "The aud claim is not checked.",
    AcceptsAudiencePrefix = "accepts-audience-prefix": "An aud that merely begins with the server's URL is accepted.",
    AcceptsMissingAudience = "accepts-missing-audience": "A token without aud is accepted.",
    AcceptsSameOriginAudience = "accepts-same-origin-audience": "An aud that is any URL on the server's origin is accepted.",
    AcceptsAudienceOfAnyHost = "accepts-audience-of-any-host": "Only the path of an aud is compared.",
    AcceptsAudienceBelow = "accepts-audience-below": "An aud that is a path below the server's URL is accepted.",
    AcceptsAudienceMention = "accepts-audience-mention": "An aud that has the server's URL anywhere in it is accepted.",
    AcceptsEmptyAudience = "accepts-empty-audience": "An aud of no characters is taken for none, and not looked at.",
    AcceptsAnyAudienceList = "accepts-any-audience-list": "An aud that is a list is not looked at.",
    AcceptsAudienceWithSlash = "accepts-audience-with-slash": "A slash at the end of aud is ignored.",
    AcceptsAudienceInCapitals = "accepts-audience-in-capitals": "The case of letters in aud is ignored.",
    AcceptsClientAsAudience = "accepts-client-as-audience": "An aud that is the client_id of the token is accepted.",
    ComparesAudienceByteByByte = "compares-audience-byte-by-byte": "Scheme and host of aud are compared as they are spelled.",
    RefusesAudienceLists = "refuses-audience-lists": "An aud that is a list is refused, whatever is on it.",
    ChecksAudienceAtStartOnly = "checks-audience-at-start-only": "In a session that was begun the aud claim is not checked.",
    CachesValidation = "caches-validation": "In a session that was begun the exp claim is not checked.",
    AcceptsIssuerWithSlash = "accepts-issuer-with-slash": "A slash at the end of iss is ignored.",
    AcceptsIdToken = "accepts-id-token": "The type of a token and its use are not checked, so that an id token for the client passes.",
    AcceptsRevoked = "accepts-revoked": "Revocation is not looked at.",
    AcceptsTokenInQuery = "accepts-token-in-query": "A token in the access_token query parameter is accepted.",
    QueryTokenWins = "query-token-wins": "A token in the access_token query parameter is taken in place of that in the header.",
    AcceptsSessionAsToken = "accepts-session-as-token": "A request that names a session needs no token.",
    RefusesLowerCaseScheme = "refuses-lower-case-scheme": "The scheme of the Authorization header is compared as spelled: `bearer` is refused.",
    RefusesUpperCaseScheme = "refuses-upper-case-scheme": "The scheme of the Authorization header is Bearer or bearer: `BEARER` is refused.",
    IgnoresScope = "ignores-scope": "Any valid token may do everything.",
    IgnoresScopeHierarchy = "ignores-scope-hierarchy": "mcp:admin does not include mcp:tools.",

    Leeway = "leeway": "exp and nbf may be off by two minutes.",
    NamesOneScopeAtATime = "names-one-scope-at-a-time": "Every request needs mcp:tools and mcp:admin; a 401 names both, a 403 the first that is missing.",
    NamesUnhelpfulScope = "names-unhelpful-scope": "A 403 names a scope that does not help.",
    InsufficientScopeIs401 = "insufficient-scope-is-401": "A token of too little scope is called invalid, with a 401.",
    InsufficientScopeInJsonRpc = "insufficient-scope-in-json-rpc": "A token of too little scope is a JSON-RPC error in a 200.",

    // Where the MCP server looks at tokens at all.
    OpenInitialize = "open-initialize": "initialize, server/discover and the lists are open, tools/call is challenged.",
    ChecksNothingOnGet = "checks-nothing-on-get": "GET and DELETE on the endpoint need no token: a stranger gets an event stream and a 204.",
    ChecksNothingOnNotifications = "checks-nothing-on-notifications": "Notifications need no token: a stranger's gets a 202.",

    GetInSessionNeedsNoToken = "get-in-session-needs-no-token": "GET in a session needs no token.",
    DeleteInSessionNeedsNoToken = "delete-in-session-needs-no-token": "A session can be ended without a token.",
    UnknownSessionIs401 = "unknown-session-is-401": "A session that never was is a 401, whatever the token.",
    ShortSessions = "short-sessions": "Session ids are ten characters long.",
    CountsSessions = "counts-sessions": "Sessions have the ids 1, 2, 3.",
    Stateless = "stateless": "There are no sessions, and one that a request names is ignored.",
    SharesSessions = "shares-sessions": "A session may be used with anybody's token, not only that of its user.",

    CachesAnswers = "caches-answers": "What a good token was answered is answered to the same request without one.",

    // How the MCP server answers.
    PutsTokenInCookie = "puts-token-in-cookie": "The token comes back as a cookie that may travel in the clear.",
    PutsTokenInSecureCookie = "puts-token-in-secure-cookie": "The token comes back as a cookie for TLS alone.",
    EchoesToken = "echoes-token": "The challenge repeats the token it refuses.",
    FoldsChallenges = "folds-challenges": "The MCP server's challenges are folded over two lines.",
    FailsOnUnknownScheme = "fails-on-unknown-scheme": "An Authorization header of another scheme is a 500.",
    BreaksOnTwoAuthorizations = "breaks-on-two-authorizations": "Two Authorization headers are a 500.",
    PreflightWantsAToken = "preflight-wants-a-token": "A browser's preflight is refused like any request without a token.",
    IgnoresOrigin = "ignores-origin": "A foreign Origin header is not refused.",
    VariesScope = "varies-scope": "The same request is asked for another scope each time.",

    // The shape of the pair.
    EndpointAtRoot = "endpoint-at-root": "The MCP endpoint is the origin itself, without a path.",
    LegacyOnly = "legacy-only": "A request of the modern era is a 400 before authentication.",
    ModernOnly = "modern-only": "A request of the legacy era is a 400 before authentication.",
    IssuerWithPath = "issuer-with-path": "The issuer has the path /tenant.",
    IssuerWithTrailingSlash = "issuer-with-trailing-slash": "The issuer identifier ends with a slash.",
    TwoAuthorizationServers = "two-authorization-servers": "A second issuer under /second is listed and works, too.",

    // What access tokens are like.
    AbstractAudience = "abstract-audience": "The audience of the MCP server is urn:reference:mcp.",
    AudienceIsTheClient = "audience-is-the-client": "The aud of an access token is the client that asked for it.",
    NoAudience = "no-audience": "Access tokens have no aud, and the MCP server asks for none.",
    OriginIsNoName = "origin-is-no-name": "The origin is no audience of the MCP server, but its endpoint alone.",
    ListAudience = "list-audience": "The audience of a token is a list, on which the authorization server is, too.",
    OpaqueTokens = "opaque-tokens": "Access tokens are random strings; the MCP server asks what they stand for.",
    TypJwt = "typ-jwt": "Access tokens have the typ JWT.",
    Rs256Tokens = "rs256-tokens": "Access tokens are signed with RS256.",

    // The authorization server.
    CodeWithoutPkce = "code-without-pkce": "A code is issued although no code_challenge was sent.",
    IgnoresVerifier = "ignores-verifier": "The code_verifier is not compared with the challenge.",
    DowngradeGoesUnnoticed = "downgrade-goes-unnoticed": "A code without a challenge is redeemed with any code_verifier.",
    VerifierMayBeMissing = "verifier-may-be-missing": "A token request without code_verifier is not checked against the challenge.",
    ChallengeIsNotHashed = "challenge-is-not-hashed": "A code_verifier that is the challenge itself passes.",
    TakesAnyChallengeMethod = "takes-any-challenge-method": "Every code_challenge_method but S256 is taken for plain.",
    MissingChallengeIsUnauthorized = "missing-challenge-is-unauthorized": "A missing code_challenge is an unauthorized_client.",
    UnknownMethodIsAServerError = "unknown-method-is-a-server-error": "A code_challenge_method that is not known is a server_error.",
    AllowsPlainPkce = "allows-plain-pkce": "code_challenge_method=plain is accepted.",
    CodesWorkTwice = "codes-work-twice": "A code can be redeemed again.",
    ReplayedCodeKeepsTheLogin = "replayed-code-keeps-the-login": "A code that comes back is refused, and what it gave stays good.",
    CodeForAnyClient = "code-for-any-client": "A code works for any client.",
    CodeForAnyResource = "code-for-any-resource": "A code can be redeemed for any resource.",
    RedirectsByPrefix = "redirects-by-prefix": "A redirect URI that begins with the registered one is accepted.",
    RedirectsWhateverTheQuery = "redirects-whatever-the-query": "The query of a redirect URI is not compared.",
    RedirectsErrorsAnywhere = "redirects-errors-anywhere": "An error because of an unregistered redirect URI is sent there.",
    ComparesLoopbackPorts = "compares-loopback-ports": "The port of a loopback redirect URI has to be the registered one.",
    RedirectsUnregistered = "redirects-unregistered": "Any redirect URI is accepted.",
    RedirectsUnknownClients = "redirects-unknown-clients": "An error for an unknown client is sent to the redirect URI it names.",
    RedirectsMissingClient = "redirects-missing-client": "A request without a client_id is redirected, to its redirect URI or a registered one.",
    AsksForConsent = "asks-for-consent": "The authorization endpoint shows a consent page with a form.",
    ConsentWithoutCsrf = "consent-without-csrf": "The consent form may be submitted by any site, for any browser.",
    ConsentHidesRedirectHost = "consent-hides-redirect-host": "The consent page does not say where the user is sent.",
    OmitsIss = "omits-iss": "Authorization responses carry no iss.",
    OmitsIssOnErrors = "omits-iss-on-errors": "Authorization error responses carry no iss.",
    FirstParameterWins = "first-parameter-wins": "Of a parameter that is twice in an authorization request the first value counts.",
    IgnoresResponseType = "ignores-response-type": "Every authorization request gets a code, whatever its response_type.",
    TakesUnknownResponseTypes = "takes-unknown-response-types": "Every response_type gets a code.",
    AllowsImplicit = "allows-implicit": "response_type=token gets an access token in the fragment.",
    WantsScope = "wants-scope": "An authorization request without a scope is a server_error.",
    WantsResource = "wants-resource": "An authorization request without a resource is an invalid_request.",
    OmitsStateOnErrors = "omits-state-on-errors": "Authorization error responses do not return the state.",
    QuotesErrors = "quotes-errors": "The error of an authorization response stands in quotes.",
    ShowsErrors = "shows-errors": "Errors of authorization requests are shown on a page and never sent back.",
    IssWithSlash = "iss-with-slash": "The iss of authorization responses ends with a slash.",
    IssWithFragment = "iss-with-fragment": "The iss of authorization responses ends with an empty fragment.",
    AnswersInFragment = "answers-in-fragment": "Authorization responses stand in the fragment of the redirect URI.",
    RepeatsState = "repeats-state": "Authorization responses return the state twice.",
    AddsSessionState = "adds-session-state": "Authorization responses have a session_state, as of OpenID Connect.",
    OmitsState = "omits-state": "Authorization responses do not return the state.",
    IgnoresClientSecret = "ignores-client-secret": "Confidential clients are not authenticated.",
    IgnoresAssertionSignature = "ignores-assertion-signature": "The signature of a client's assertion is not verified.",
    IgnoresAssertionAudience = "ignores-assertion-audience": "The aud of a client's assertion is not checked.",
    IgnoresAssertionTime = "ignores-assertion-time": "The exp of a client's assertion is not checked.",
    IgnoresAssertionIssuer = "ignores-assertion-issuer": "The iss of a client's assertion is not compared with its sub.",
    AcceptsAssertionReplay = "accepts-assertion-replay": "An assertion of a client can be used again.",
    IgnoresResource = "ignores-resource": "The resource parameter is ignored; every token is for the MCP server.",
    IgnoresUnknownScopes = "ignores-unknown-scopes": "Scopes that do not exist are left out of what is granted, in place of a refusal.",
    RefusesResource = "refuses-resource": "The resource parameter is an invalid_request.",
    ResourceOnlyOnce = "resource-only-once": "An authorization request with two resources is an invalid_request.",
    CutsFragmentsOff = "cuts-fragments-off": "A resource with a fragment is taken for the one without.",
    UnknownResourceIsAnInvalidRequest = "unknown-resource-is-an-invalid-request": "A resource that does not exist is an invalid_request.",
    IssuesForAnyResource = "issues-for-any-resource": "A token is issued for whatever resource is asked for, fragment or not.",
    PublicClientCredentials = "public-client-credentials": "The public client gets a token for its client_id alone.",
    CodeForSecretWithoutPkce = "code-for-secret-without-pkce": "A client with a secret gets a code although it sent no code_challenge.",
    RefreshTokenStays = "refresh-token-stays": "A refresh gives the refresh token that was used.",
    RefreshNotRotated = "refresh-not-rotated": "A public client may use the same refresh token again and again.",
    AcceptsRefreshReuse = "accepts-refresh-reuse": "A refresh token that was rotated away is still accepted.",
    RefreshReuseKeepsFamily = "refresh-reuse-keeps-family": "A refresh token that comes back is refused, and what came from the same login stays good.",
    RefreshWidensScope = "refresh-widens-scope": "A refresh gives any scope that is asked for.",
    RefreshForAnyClient = "refresh-for-any-client": "A refresh token works for any client.",
    RemovalKeepsClient = "removal-keeps-client": "A client that removes its registration gets a 204 and stays registered.",
    ManagementForAnybody = "management-for-anybody": "A registration can be read, changed and removed without its registration access token.",
    RevokesNothing = "revokes-nothing": "The revocation endpoint answers 200 and does nothing.",
    IntrospectsRevokedAsActive = "introspects-revoked-as-active": "Introspection knows of no revocation.",
    RegistersAnyRedirectUri = "registers-any-redirect-uri": "Redirect URIs are registered whatever they look like.",
    RegistersHttpRedirectUris = "registers-http-redirect-uris": "Redirect URIs over http are registered, whatever their host.",
    RegistersPrivateSchemes = "registers-private-schemes": "Redirect URIs with any private scheme are registered.",
    RegistersWithoutRedirectUris = "registers-without-redirect-uris": "Clients are registered without a redirect URI.",
    RegistersAnyMethod = "registers-any-method": "Any token_endpoint_auth_method is registered, and none is used.",
    RegistrationRefusesUnknownMembers = "registration-refuses-unknown-members": "A registration with a member that is not known is refused.",
    ClientsChooseTheirId = "clients-choose-their-id": "A client that sends a client_id is registered with it.",
    ListsClients = "lists-clients": "GET on the registration endpoint lists every client.",
    IntrospectsForAnybody = "introspects-for-anybody": "The introspection endpoint asks for no authentication.",
    BelievesTokenTypeHints = "believes-token-type-hints": "A token is revoked only where token_type_hint says what it is.",
    RevokesForAnybody = "revokes-for-anybody": "The revocation endpoint asks for no authentication.",
    IgnoresSlashOfClientId = "ignores-slash-of-client-id": "A slash at the end of the client_id in a client's metadata document is ignored.",
    TakesNamelessDocuments = "takes-nameless-documents": "A client's metadata document needs no client_name.",
    IgnoresStatusOfDocuments = "ignores-status-of-documents": "A client's metadata document is read whatever the status that it comes with.",
    IgnoresClientIdMismatch = "ignores-client-id-mismatch": "The client_id in a client's metadata document is not compared with the URL of the document.",
    FirstGrantTypeWins = "first-grant-type-wins": "A grant_type that is sent twice counts as its first value.",
    TokenByGet = "token-by-get": "The token endpoint answers GET, credentials in the query and all.",
    TokenWantsJson = "token-wants-json": "The token endpoint reads JSON only.",
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A behaviour name that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("unknown behaviour `{0}`")]
pub struct UnknownBehaviour(String);

impl FromStr for Behaviour {
    type Err = UnknownBehaviour;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|(behaviour, _)| behaviour.name() == name);
        found.map(|(behaviour, _)| *behaviour).ok_or_else(|| UnknownBehaviour(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Behaviour;

    #[test]
    fn names_are_kebab_case_and_unique() {
        let mut names: Vec<&str> = Behaviour::ALL.iter().map(|(behaviour, _)| behaviour.name()).collect();
        assert!(
            names
                .iter()
                .all(|name| name.chars().all(|c| c == '-' || c.is_ascii_lowercase() || c.is_ascii_digit()))
        );
        assert!(Behaviour::ALL.iter().all(|(behaviour, _)| serde_json::json!(behaviour) == behaviour.name()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Behaviour::ALL.len());
    }
}
