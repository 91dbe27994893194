//! Lists every file of `cases/` in a table that the program embeds, so that a new file is seen: its path, its text, and what it
//! says as JSON, which a start reads faster. A file that is no YAML has no JSON: the program says what is wrong with it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println_cargo("rerun-if-changed=cases");
    let mut files = Vec::new();
    collect(Path::new("cases"), &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        println_cargo(&format!("rerun-if-changed={}", file.display()));
        let whole = fs::canonicalize(file)?;
        let said = serde_saphyr::from_str::<serde_json::Value>(&fs::read_to_string(file)?);
        let json = said.ok().map(|said| said.to_string());
        writeln!(table, "    ({:?}, include_str!({:?}), {json:?}),", slashes(file), whole)
            .map_err(io::Error::other)?;
    }
    table.push(']');
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("cases.rs"), table)
}

/// Cargo reads a build script's standard output.
fn println_cargo(line: &str) {
    println!("cargo::{line}");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println_cargo(&format!("rerun-if-changed={}", path.display()));
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}

fn slashes(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
