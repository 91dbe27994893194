//! One case over each of several items, such as the authorization servers that a resource lists.
//!
//! A client chooses among them. So where nothing required is broken in one of them, what is broken in another is a
//! warning; where each of them breaks something, all of it counts.

use std::collections::BTreeSet;

use super::Conclusion;
use crate::model::recording::Item;
use crate::model::verdict::Verdict;

/// What a case found in each item.
pub(super) type Instances = Vec<(Option<Item>, Conclusion)>;

/// The instances of a case as one: what is wrong in any outweighs what could not be seen in others.
pub(super) fn together(each: impl Iterator<Item = Conclusion>) -> Conclusion {
    let mut broken = Vec::new();
    let mut rest: Option<Conclusion> = None;
    for conclusion in each {
        match conclusion {
            Conclusion::Broken(flawed) => broken.extend(flawed),
            other => {
                if rest.as_ref().is_none_or(|known| weight(&other) > weight(known)) {
                    rest = Some(other);
                }
            }
        }
    }
    match rest {
        _ if !broken.is_empty() => Conclusion::Broken(broken),
        Some(conclusion) => conclusion,
        None => Conclusion::Untested {
            why: "there was nothing to look at".to_owned(),
            because: None,
            options: None,
        },
    }
}

/// Which conclusion speaks for several. What is not known outweighs what is right, unless another case says what is
/// wrong with that item already.
fn weight(conclusion: &Conclusion) -> u8 {
    match conclusion {
        Conclusion::Untested { because: Some(_), .. } => 0,
        Conclusion::NotApplicable(_) => 1,
        Conclusion::Holds => 2,
        Conclusion::Untested { because: None, .. } => 3,
        Conclusion::Broken(_) => 4,
        Conclusion::Error(_) => 5,
    }
}

/// Whether a client has an item to choose: one in which something holds and nothing is broken, by the instances of the
/// cases that bind as a MUST.
pub(super) fn leave_a_choice<'a>(required: impl Iterator<Item = &'a Instances>) -> bool {
    let (mut broken, mut holds) = (BTreeSet::new(), BTreeSet::new());
    for (item, conclusion) in required.flatten() {
        let Some(item) = item else { continue };
        match conclusion {
            Conclusion::Broken(_) => broken.insert(item.index),
            Conclusion::Holds => holds.insert(item.index),
            _ => false,
        };
    }
    holds.difference(&broken).next().is_some()
}

/// The verdict where there is a choice: a failure that is one of items only is a warning.
pub(super) fn with_a_choice(verdict: Verdict, conclusion: &Conclusion) -> Verdict {
    match conclusion {
        Conclusion::Broken(flawed) if flawed.iter().all(|one| one.item.is_some()) => {
            verdict.max(Verdict::Warn)
        }
        _ => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Finding;
    use crate::judge::Flawed;

    fn item(index: usize) -> Option<Item> {
        Some(Item { index, value: format!("https://as{index}.example") })
    }

    fn broken(item: Option<Item>) -> Conclusion {
        Conclusion::Broken(vec![Flawed { item, finding: Finding::new("wrong") }])
    }

    fn untested(because: Option<&str>) -> Conclusion {
        Conclusion::Untested { why: "unseen".to_owned(), because: because.map(str::to_owned), options: None }
    }

    fn all(each: &[Conclusion]) -> Conclusion {
        together(each.iter().cloned())
    }

    #[test]
    fn the_worst_that_is_not_said_elsewhere_speaks_for_all() {
        let elsewhere = untested(Some("another/case"));
        assert_eq!(all(&[Conclusion::Holds, broken(item(1)), untested(None)]), broken(item(1)));
        assert_eq!(all(&[Conclusion::Holds, untested(None)]), untested(None));
        assert_eq!(all(&[Conclusion::Holds, elsewhere.clone()]), Conclusion::Holds);
        let not_applicable = Conclusion::NotApplicable("no keys".to_owned());
        assert_eq!(all(&[not_applicable.clone(), elsewhere.clone()]), not_applicable);
        assert_eq!(all(&[elsewhere.clone(), elsewhere.clone()]), elsewhere);
        assert!(matches!(all(&[]), Conclusion::Untested { .. }));
    }

    #[test]
    fn there_is_a_choice_while_one_item_is_right_in_everything() {
        let published: Instances = vec![(item(0), Conclusion::Holds), (item(1), broken(item(1)))];
        let issuer: Instances = vec![(item(0), broken(item(0))), (item(1), untested(Some("published")))];
        assert!(leave_a_choice([&published].into_iter()));
        assert!(!leave_a_choice([&published, &issuer].into_iter()));
        let silent: Instances = vec![(item(0), untested(None)), (item(1), broken(item(1)))];
        assert!(!leave_a_choice([&silent].into_iter()));
        let alone: Instances = vec![(None, Conclusion::Holds)];
        assert!(!leave_a_choice([&alone].into_iter()));
    }

    #[test]
    fn a_choice_makes_a_failure_of_an_item_a_warning_and_no_more() {
        assert_eq!(with_a_choice(Verdict::Fail, &broken(item(1))), Verdict::Warn);
        assert_eq!(with_a_choice(Verdict::Info, &broken(item(1))), Verdict::Info);
        assert_eq!(with_a_choice(Verdict::Fail, &broken(None)), Verdict::Fail);
        assert_eq!(with_a_choice(Verdict::Pass, &Conclusion::Holds), Verdict::Pass);
    }
}
