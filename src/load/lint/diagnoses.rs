//! Diagnoses: that what they name exists, and that a defect shows them.

use super::Desk;
use crate::plan::diagnosis_references;

pub(super) fn lint(desk: &mut Desk<'_>) {
    let corpus = desk.corpus;
    for filed in corpus.diagnoses.values() {
        let (diagnosis, file) = (&filed.value, filed.file);
        for case in &diagnosis.explains {
            desk.known(file, case, "case", &corpus.cases);
        }
        for reference in diagnosis_references(diagnosis) {
            desk.known_probe(file, &diagnosis.probe, reference);
        }
        for defect in &diagnosis.shown_by {
            desk.known(file, defect, "defect", &corpus.defects);
        }
        let wanted = [
            ("explains", diagnosis.explains.is_empty(), "a diagnosis explains at least one case"),
            ("when", diagnosis.when.is_empty(), "a diagnosis that asks for nothing is always given"),
            ("shown-by", diagnosis.shown_by.is_empty(), "no defect shows that this diagnosis is ever given"),
        ];
        for (key, missing, message) in wanted {
            if missing {
                desk.at_key(file, key, message.to_owned(), None);
            }
        }
    }
}
