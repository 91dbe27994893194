//! The corpus as a whole is sound.

use mcp_conform::load;

#[test]
fn the_built_in_cases_have_no_mistake() {
    let corpus = match load::embedded() {
        Ok(corpus) => corpus,
        Err(problems) => {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))
        }
    };
    let problems = load::lint::lint(&corpus);
    let shown: Vec<String> = problems.iter().take(20).map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{} mistakes:\n\n{}", problems.len(), shown.join("\n\n"));
}
