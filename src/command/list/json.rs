//! `list WHAT --format json`: an array of objects, each with an `id`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serde_saphyr::Spanned;

use super::requirements::state;
use crate::cli::{List, What};
use crate::explain::{caught_by, cited_by};
use crate::model::corpus::Corpus;
use crate::model::deviation::Deviation;
use crate::model::diagnosis::Diagnosis;
use crate::model::requirement::{Level, Requirement};

/// The array, indented, with a newline at its end. Members are only ever added to its objects.
pub(super) fn render(corpus: &Corpus, arguments: &List) -> Result<String, serde_json::Error> {
    let objects: Vec<Value> = match arguments.what {
        What::Cases => corpus.cases.keys().map(|id| case(corpus, id)).collect(),
        What::Requirements => corpus
            .requirements
            .iter()
            .map(|(id, filed)| requirement(corpus, id, &filed.value))
            .filter(|object| !arguments.uncited || object["cited-by"] == json!([]))
            .collect(),
        What::Probes => {
            corpus.probes.iter().map(|(id, one)| json!({ "id": id, "title": one.value.title })).collect()
        }
        What::Tokens => {
            corpus.tokens.iter().map(|(id, one)| json!({ "id": id, "title": one.value.title })).collect()
        }
        What::Diagnoses => corpus.diagnoses.iter().map(|(id, one)| diagnosis(id, &one.value)).collect(),
        What::Defects => corpus.defects.iter().map(|(id, one)| defect(corpus, id, &one.value)).collect(),
        What::Variants => corpus.variants.iter().map(|(id, one)| deviation(corpus, id, &one.value)).collect(),
        What::Profiles => corpus
            .profiles
            .iter()
            .map(|(id, one)| {
                let profile = &one.value;
                json!({ "id": id, "title": profile.title, "era": profile.era, "released": profile.released,
                        "revision": profile.revision })
            })
            .collect(),
    };
    Ok(serde_json::to_string_pretty(&objects)? + "\n")
}

fn names(names: &[Spanned<String>]) -> Vec<&str> {
    names.iter().map(|name| name.value.as_str()).collect()
}

fn case(corpus: &Corpus, id: &str) -> Value {
    let Some(case) = corpus.cases.get(id).map(|filed| &filed.value) else { return Value::Null };
    let level = |profile: &String| Some((profile.clone(), corpus.level(case, profile)?));
    let level: BTreeMap<String, Level> = corpus.profiles.keys().filter_map(level).collect();
    json!({ "id": id, "title": case.title, "level": level, "requirements": names(&case.requirements),
            "probe": case.probe.value, "caught-by": names(&case.caught_by) })
}

fn diagnosis(id: &str, diagnosis: &Diagnosis) -> Value {
    json!({ "id": id, "title": diagnosis.title, "explains": names(&diagnosis.explains),
            "shown-by": names(&diagnosis.shown_by) })
}

fn requirement(corpus: &Corpus, id: &str, requirement: &Requirement) -> Value {
    let level = |profile: &String| Some((profile.clone(), requirement.level_in(profile)?));
    let level: BTreeMap<String, Level> = corpus.profiles.keys().filter_map(level).collect();
    let cited_by = cited_by(corpus, id);
    let state = state(requirement, &cited_by);
    let mut object = json!({ "id": id, "role": requirement.role, "level": level, "summary": requirement.summary,
        "source": requirement.source, "url": requirement.url, "state": state, "cited-by": cited_by });
    if let (Some(why), Some(object)) = (&requirement.untestable, object.as_object_mut()) {
        object.insert("untestable".to_owned(), json!(why));
    }
    object
}

fn deviation(corpus: &Corpus, id: &str, deviation: &Deviation) -> Value {
    let newest = || corpus.newest_profile().into_iter().map(str::to_owned).collect();
    let stated = deviation.profiles().to_vec();
    let profiles: Vec<String> = if stated.is_empty() { newest() } else { stated };
    json!({ "id": id, "title": deviation.title, "profiles": profiles })
}

fn defect(corpus: &Corpus, id: &str, defect: &Deviation) -> Value {
    let mut object = deviation(corpus, id, defect);
    object["caught-by"] = json!(caught_by(corpus, id));
    object
}
